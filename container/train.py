"""``train``: does the work that hyperparameters name, and leaves its results where SageMaker takes them."""


def main() -> int:
    """Returns the exit code."""
    raise NotImplementedError
