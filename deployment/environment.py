"""Python environments for other machines: wheels unpacked where pip would put them, to be copied to their place.

A machine that unpacks one archive starts sooner than one that installs wheels, and Python starts sooner where it finds
bytecode.
"""

import configparser
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath

from deployment.wheels import PYTHON, WheelsError

PLACE = "/opt/spotmc"
"""Where the environment is on a machine."""

PACKAGES = f"lib/python{PYTHON}/site-packages"

LEFT_OUT = (
    "*/tests/*",
    "numba/cuda/*",  # NVIDIA's processors
    "pyarrow/*flight*",  # Arrow over a network, and how Arrow itself reads from S3
    "pyarrow/*arrow_s3*",
    "pyarrow/_s3fs*",
    "pyarrow/include/*",  # for compilers
    "pyarrow/src/*",
    "pyarrow/libarrow_python.so",  # its two other names: a wheel has no links, so each is a copy
    "pyarrow/libarrow_python.so.*.*",
    "numpy/_core/include/*",
    "*.pxd",
    "*.pxi",
    "*.pyx",
)
"""What nothing imports that we run."""

# botocore describes four hundred services; a worker talks to these.
_OF_OTHER_SERVICES = "botocore/data/*/*"
_OF_A_WORKERS_SERVICES = tuple(f"botocore/data/{service}/*" for service in ("s3", "sqs", "sts"))

# matplotlib writes PNG with fonts of its own, and takes little more than a list of names from fontTools, which is for
# PDF and PostScript; the largest codec of Pillow is for AVIF.
_NOT_OF_RESEARCH = (
    "fontTools/[!m]*/*",  # which leaves misc
    "fontTools/*.c",
    "fontTools/*.so",
    "matplotlib/mpl-data/fonts/afm/*",
    "matplotlib/mpl-data/fonts/pdfcorefonts/*",
    "matplotlib/mpl-data/images/*",
    "matplotlib/mpl-data/sample_data/*",
    "PIL/_avif*",
    "pillow.libs/libavif*",
)


def of_a_worker(name: str) -> bool:
    """Whether a worker has a use for a file of its packages."""
    return not fnmatchcase(name, _OF_OTHER_SERVICES) or any(fnmatchcase(name, each) for each in _OF_A_WORKERS_SERVICES)


def of_research(name: str) -> bool:
    """Whether what trains and serves has a use for a file of its packages; it talks to a worker's services."""
    return of_a_worker(name) and not any(fnmatchcase(name, each) for each in _NOT_OF_RESEARCH)


def install(wheels: Iterable[Path], into: Path) -> None:
    """Unpack wheels as their specification says, but for what is left out, and write their commands.

    https://packaging.python.org/en/latest/specifications/binary-distribution-format/

    Raises:
        WheelsError: two wheels have the same file.
    """
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                if not entry.is_dir() and (place := _place(PurePosixPath(entry.filename))):
                    _write(into / place, archive.read(entry), executable=bool(entry.external_attr >> 16 & 0o111))
            for name in archive.namelist():
                if name.endswith(".dist-info/entry_points.txt"):
                    _write_commands(archive.read(name).decode(), into)


@cache
def python_here() -> str | None:
    """The machines' Python on this machine, which compiles bytecode, and its version; None where there is none."""
    python = sys.executable if sys.version.startswith(f"{PYTHON}.") else f"python{PYTHON}"
    ask = "import sys; print(sys.executable, sys.version)"
    try:
        return subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):  # none, or a name that only tells how to get one
        return None


def compile_bytecode(folder: Path) -> None:
    """Compile all modules for the machines' Python, to be believed without a look at their sources.

    Where that Python is not here, machines compile what they import, which takes each of them some seconds.
    """
    if python := python_here():
        named = ["-s", str(folder), "-p", PLACE]  # in tracebacks
        options = ["-q", "-j0", "--invalidation-mode=unchecked-hash", *named]
        # Some packages carry modules for other versions of Python, which this one cannot compile.
        subprocess.run(
            [python.split()[0], "-m", "compileall", *options, str(folder / "lib")], check=False, capture_output=True
        )


def _place(name: PurePosixPath) -> str | None:
    """Where a file of a wheel belongs, or None."""
    top, *rest = name.parts
    if not top.endswith(".data"):
        wanted = not any(fnmatchcase(str(name), pattern) for pattern in LEFT_OUT)
        return f"{PACKAGES}/{name}" if wanted else None
    kind, *inner = rest
    folder = {"purelib": PACKAGES, "platlib": PACKAGES, "scripts": "bin", "data": "."}.get(kind)
    return folder and "/".join((folder, *inner))  # headers are for compilers


def _write(file: Path, content: bytes, *, executable: bool) -> None:
    if file.exists():
        raise WheelsError(f"two wheels have a file {file.name}, as {file}; one of them has to go from the lock file")
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.parent.name == "bin" and content.startswith(b"#!python"):
        content = f"#!{PLACE}/bin/python\n".encode() + content.partition(b"\n")[2]
        executable = True
    file.write_bytes(content)
    file.chmod(0o755 if executable else 0o644)


def _write_commands(entry_points: str, into: Path) -> None:
    parser = configparser.ConfigParser(delimiters="=")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(entry_points)
    for command, target in parser["console_scripts"].items() if "console_scripts" in parser else ():
        module, _, function = target.partition("[")[0].strip().partition(":")
        first = function.partition(".")[0]
        script = f"#!{PLACE}/bin/python\nimport sys\nfrom {module} import {first}\n\nsys.exit({function}())\n"
        _write(into / "bin" / command, script.encode(), executable=True)
