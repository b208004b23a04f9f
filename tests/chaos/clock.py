"""A wall clock that can be set for one process."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

COMPILER = shutil.which("cc")
SOURCE = Path(__file__).with_name("clock.c")

_SECONDS = struct.Struct("q")


class Clock:
    """The clock of a process that is started with its ``environment``; it shows the real time until it is set.

    Args:
        folder: A folder for it; it needs a C compiler.
    """

    def __init__(self, folder: Path) -> None:
        assert COMPILER, "setting a process's clock takes a C compiler"
        self._file, self._library = folder / "clock", folder / "clock.so"
        self._file.write_bytes(_SECONDS.pack(0))
        subprocess.run([COMPILER, "-shared", "-fPIC", "-O2", "-o", str(self._library), str(SOURCE)], check=True)

    def environment(self) -> dict[str, str]:
        """The variables that make a process go by it."""
        return {"LD_PRELOAD": str(self._library), "CHAOS_CLOCK": str(self._file)}

    def set(self, seconds: float) -> None:
        """Show so many seconds more than the real time from now on."""
        file = os.open(self._file, os.O_WRONLY)
        try:
            os.pwrite(file, _SECONDS.pack(round(seconds)), 0)
        finally:
            os.close(file)
