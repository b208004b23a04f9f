"""What SageMaker runs: ``train`` and ``serve`` by its documented contract, and as well on AWS Batch or a laptop."""
