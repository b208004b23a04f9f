"""Where the command starts: Ctrl-C is quiet from the first line on."""

import _signal  # type: ignore[import-not-found]  # ``signal`` takes longer to import than Python takes to start
import os


def _leave(*_: object) -> None:
    os._exit(128 + _signal.SIGINT)


if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _leave)

from spotmc import interruption  # noqa: E402
from spotmc.cli import main as command  # noqa: E402


def main() -> None:
    with interruption.quiet():
        command()


if __name__ == "__main__":
    main()
