"""What a figure depends on besides the code: the machine and the versions."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from llvmlite import binding

from benchmarks.markdown import table
from montecarlo.experiments.parallel import available_cores
from montecarlo.wording import count

FLAGS = "sse4.2", "avx2", "fma", "avx512f", "avx512vl", "avx512dq", "neon", "sve"  # that decide about vectors
PACKAGES = "numpy", "numba", "llvmlite", "pandas", "vectorbt", "backtrader", "backtesting"


def as_table() -> str:
    features = binding.get_host_cpu_features()
    rows = [
        ("processor", f"{_processor()}, known to LLVM as {binding.get_host_cpu_name()}"),
        ("cores", f"{available_cores()}, load before the run {os.getloadavg()[0]:.2f}"),
        ("vectors", " ".join(flag for flag in FLAGS if features.get(flag)) or "none"),
        ("system", platform.platform()),
        ("Python", platform.python_version()),
        ("LLVM", ".".join(map(str, binding.llvm_version_info))),
        *((package, version(package)) for package in PACKAGES),
    ]
    return table(("machine", ""), rows)


def in_words() -> str:
    """Such as "2 cores of an AMD EPYC Processor, load before the run 1.5"."""
    return f"{count(available_cores(), 'core')} of {_processor()}, load before the run {os.getloadavg()[0]:.1f}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
