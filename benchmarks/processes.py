"""What whole processes take: peak memory and processor time."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.recommended import SEED, STRATEGY

IMPORTS = [sys.executable, "-c", "import numpy, pandas, numba"]


def processor_seconds(command: Sequence[str]) -> float:
    """User and system time of a process and those it waited for.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=said)
    return usage.ru_utime + usage.ru_stime


def start_up_seconds(times: int = 7) -> tuple[float, float]:
    """Least of several: ``spotmc run`` of the recommended job, and Python importing NumPy, pandas and Numba."""
    with tempfile.TemporaryDirectory() as folder:
        run = [str(Path(sys.executable).with_name("spotmc")), "run", "--symbol", "AAPL", "--source", "sample"]
        run += ["--short", f"{STRATEGY.short}", "--long", f"{STRATEGY.long}", "--seed", f"{SEED}", "--out", folder]
        processor_seconds(run)  # compiles, if that has not been done
        both = [(processor_seconds(run), processor_seconds(IMPORTS)) for _ in range(times)]
    jobs, imports = zip(*both, strict=True)
    return min(jobs), min(imports)


def peak_megabytes(iterations: int) -> float:
    """Most memory that a process held while it simulated so many paths without keeping rows."""
    code = (
        "import resource, montecarlo as mc; from benchmarks.recommended import *; "
        f"mc.simulate(model('normal'), STRATEGY, days=DAYS, iterations={iterations}, seed=SEED, rows=False); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    kilobytes = subprocess.check_output([sys.executable, "-c", code])
    return int(kilobytes) / 1024
