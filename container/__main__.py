"""``python -m container train`` and ``python -m container serve``: what SageMaker calls ``train`` and ``serve``."""

import sys
from collections.abc import Sequence

PROGRAMS = ("train", "serve")


def main(arguments: Sequence[str]) -> int:
    """Run one of PROGRAMS; imports nothing that the other needs.

    Args:
        arguments: Its name, and what else whoever starts it says, which nobody reads.

    Returns:
        The exit code.
    """
    program = arguments[0] if arguments else ""
    if program == "train":
        from container.train import main as train

        return train()
    if program == "serve":
        from container.serve import main as serve

        return serve()
    print(f"expected {' or '.join(PROGRAMS)}, got {program!r}: python -m container train", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
