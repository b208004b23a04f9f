"""What a person types: the fields of a job, what they mean, and the job that is made of them."""
