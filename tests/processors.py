"""``python -m tests.processors``: the tests marked ``processors`` on what lesser processors have.

What is decided by equality or order must not hang on the last bit of a matrix product or a logarithm, which other
processors round differently.  Here NumPy, OpenBLAS and the C library are told to do without what this processor has
beyond others, so that one machine speaks for many.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__


def features() -> list[str]:
    """What this processor has of that for which NumPy has code of its own, the most common first.

    NumPy refuses to do without what the processor lacks, and names differ between its versions.
    """
    return [feature for feature in __cpu_dispatch__ if __cpu_features__[feature]]


def lesser() -> dict[str, dict[str, str]]:
    """Variables of the environment that make this processor a lesser one, by what it is then like."""
    found, x86 = features(), platform.machine() in ("x86_64", "AMD64")
    older, oldest = ({"NPY_DISABLE_CPU_FEATURES": " ".join(without)} for without in (found[1:], found))
    if x86:
        older |= {"OPENBLAS_CORETYPE": "Haswell"}
        oldest |= {"OPENBLAS_CORETYPE": "Prescott", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2"}
    return {"a processor of 2013": older, "a processor of 2004": oldest}


def main(arguments: list[str]) -> int:
    status = 0
    for what, variables in lesser().items():
        print(f"{what}: {in_words(variables)}", flush=True)
        command = [sys.executable, "-m", "pytest", "-m", "processors", "-q", "tests", *arguments]
        status |= subprocess.run(command, env=os.environ | variables, check=False).returncode
    return status


def in_words(variables: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in variables.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
