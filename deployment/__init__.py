"""Setting the fleet up in an AWS account, changing it, and taking it away."""
