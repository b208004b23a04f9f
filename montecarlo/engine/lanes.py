"""Paths side by side: the memory layout and the compiler settings that every stage shares."""

import hashlib
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import binding
from numba import config, from_dtype, njit, types
from numpy.typing import NDArray

from montecarlo.engine.compile_cache import cache_of

LANES = 16  # paths in a group: one AVX-512 register of float32, two of float64; 8 measured three times slower
STRIDE = 4  # days in one pass over the lanes: LLVM unrolls them and keeps a lane's state in registers


def _use_whole_registers(settings: Any) -> None:
    """Let LLVM use 512-bit registers where there are any: on Intel it takes 256 bits unless told, a third slower here.

    Numba has one such setting for the whole process; a person's own is left alone.
    """
    features = binding.get_host_cpu_features()
    if features.get("avx512f") and settings.CPU_FEATURES is None and settings.CPU_NAME is None:
        settings.CPU_FEATURES = f"{features.flatten()},-prefer-256-bit"


_use_whole_registers(config)

# Exact IEEE 754 arithmetic: no contraction, no reassociation, so the bits do not depend on the processor.
_EXACT: dict[str, Any] = {"error_model": "numpy", "fastmath": False}
inline = njit(forceinline=True, **_EXACT)  # called functions must be part of the loop that calls them


def stage(function: Callable[..., Any]) -> Any:
    """Compile an entry point: once per machine, and again whenever any source of compiled code has changed."""
    compiled = njit(nogil=True, **_EXACT)(function)
    # Numba would look at the function's own file only, but its machine code holds what it calls in other files too.
    compiled._cache = cache_of(function, digest())
    return compiled


def sources() -> list[Path]:
    """The files that compiled code takes functions and constants from; a test finds one that is missing here."""
    package = Path(__file__).parents[1]
    folders = (package / name for name in ("engine", "models", "strategies", "trained"))
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@cache
def digest() -> str:
    """Of all that compiled code comes from, SHA-256 in hexadecimal."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources())).hexdigest()


# Records, not plain arrays: their fields lie at constant distances, which tells LLVM that they do not overlap.
DAY = np.dtype([("lane", "f8", (LANES,))])
"""A day's price of each lane, or its growth: the price over that of the day before."""
BAR = np.dtype([(name, "f8", (LANES,)) for name in ("open", "high", "low")])
"""What a day's price did before its close, of each lane."""
TARGET = np.dtype([("lane", "i1", (LANES,))])
"""The position that each lane wants at a day's close."""

Records = NDArray[np.void]
Stage = Callable[..., None]
"""A compiled function."""


def aligned(dtype: np.dtype[np.void], *shape: int) -> Records:
    """An array of zeroed records that starts on a cache line."""
    size = math.prod(shape) * dtype.itemsize
    raw = np.zeros(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype).reshape(shape)


def array_of(dtype: np.dtype[np.void], dimensions: int = 1) -> types.Array:
    """What Numba calls an array of records."""
    return types.Array(from_dtype(dtype), dimensions, "C")
