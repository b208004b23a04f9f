"""What passes between those who make jobs and those who do them: jobs, the queue, the bucket, progress, results."""
