"""The local stack: an emulator of AWS, workers and the web UI as processes on this machine."""
