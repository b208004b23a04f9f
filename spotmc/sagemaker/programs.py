"""The container's programs as processes of this machine, as SageMaker runs them: their folder, and little else."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from container.opt_ml import ROOT_VARIABLE

PATIENCE = 120.0  # seconds from SIGTERM to SIGKILL, as SageMaker has it

Say = Callable[[str], object]

# Of this environment; no credentials, no settings, and nothing that a container has not.
_PASSED_ON = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    *("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH"),
    *("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "XDG_CACHE_HOME", "MPLCONFIGDIR"),
)


class Program:
    """One of them, running.

    Attributes:
        process: In a session of its own, so that Ctrl-C in a terminal reaches only this one, which stops it.
        printed: All that it has written so far.
    """

    def __init__(self, process: "subprocess.Popen[str]", say: Say) -> None:
        self.process = process
        self._lines: list[str] = []
        self._reading = threading.Thread(target=self._read, args=(say,), daemon=True)
        self._reading.start()

    @property
    def printed(self) -> str:
        return "".join(self._lines)

    def wait(self) -> int:
        """Until it has ended and all that it has written is read; returns its exit code."""
        status = self.process.wait()
        self._reading.join(timeout=10)  # somebody else may hold the other end
        return status

    def stop(self, patience: float = PATIENCE) -> int:
        """Send SIGTERM, and SIGKILL to all that is left where that is not heard; returns the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                pass
            finally:
                _kill(self.process)
        return self.wait()

    def _read(self, say: Say) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self._lines.append(line)
                say(line.rstrip("\n"))


@contextmanager
def running(name: str, root: Path, say: Say, more: Mapping[str, str] | None = None) -> Iterator[Program]:
    """``python -m container NAME`` while the block lasts; it ends with this process, in whatever way that ends.

    Args:
        name: "train" or "serve".
        root: What stands for ``/opt/ml``.
        say: Told each line that it writes, on standard output or standard error.
        more: Of its environment.

    Raises:
        OSError: it cannot be started.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "spotmc.local_stack.tethered", "container", name],
        env={**_environment(), ROOT_VARIABLE: str(root.resolve()), "PYTHONUNBUFFERED": "1", **(more or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    program = Program(process, say)
    try:
        yield program
    finally:
        try:
            program.stop()
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _kill(process: "subprocess.Popen[str]") -> None:
    """Whatever is left of it and its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
