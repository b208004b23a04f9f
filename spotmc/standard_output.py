"""Standard output that says what it is where it cannot be written, such as ``> /dev/full``."""

import io
import os
import sys
from typing import Any

NAME = "standard output"


def name_standard_output() -> None:
    """From now on its errors have a name, as those of files have; but where a test has put something in its place."""
    if type(sys.stdout) is io.TextIOWrapper and sys.stdout is sys.__stdout__:
        plain = sys.stdout
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Output(plain.fileno(), "w", closefd=False)),
            encoding=plain.encoding,
            errors=plain.errors,
            line_buffering=plain.line_buffering,
            write_through=plain.write_through,
        )


def flush() -> None:
    """
    Raises:
        OSError: it cannot be written.
    """
    if sys.stdout is not None:  # closed by whoever has started this
        sys.stdout.flush()


def forget() -> None:
    """Let what could not be written go nowhere, or Python tries it once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


class _Output(io.FileIO):
    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise  # nobody listens any more, and there is nothing to be said about that
        except OSError as error:
            raise OSError(error.errno, error.strerror, NAME) from None
