"""What Alpaca is asked with: its own package, held to two hosts, to time-outs, and to sending nothing twice."""
