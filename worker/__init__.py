"""Takes jobs off the queue, simulates, writes the results into the bucket."""
