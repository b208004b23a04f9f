"""Archives of all that a machine needs: its packages, units, and the script that starts what it is for.

Packages change rarely and are large, so they are apart from the program; and those of the engine, which all machines
have, apart from the others.  A machine unpacks them at the same time.
"""

import gzip
import hashlib
import os
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shutil import copyfile

from deployment import environment, wheels

SCRIPTS = ("boot.sh", "leave.sh", "notebook.sh", "idle.py")
"""What user data and a notebook fetch by themselves; the second goes along in the archive, too."""

SUFFIX = ".tar.gz"

_ENGINE = ("llvmlite", "numba", "numpy")
_KEPT_DAYS = 30
_WANTED: dict[str, Callable[[str], bool]] = {
    "worker": environment.of_a_worker,
    "research": environment.of_research,
    "trader": environment.of_a_worker,  # it talks to a worker's services of AWS
}


@dataclass(frozen=True)
class Machine:
    """What archives are for.

    Attributes:
        kind: A folder in ``userdata``.
        processor: As ``uname -m`` names it.
        lock: Lock file in the checkout.
        extras: Folders of the checkout that go along.
        boots: Whether units and scripts go along, too; a container has none.
    """

    kind: str
    processor: str
    lock: str
    extras: tuple[str, ...] = ()
    boots: bool = True

    @property
    def program(self) -> str:
        """The archive of what changes with every version."""
        return f"{self.kind}-{self.processor}{SUFFIX}"

    @property
    def engine(self) -> str:
        """The archive of what compiles."""
        return f"engine-{self.processor}{SUFFIX}"

    @property
    def packages(self) -> str:
        """The archive of the other packages."""
        return f"{self.kind}-packages-{self.processor}{SUFFIX}"

    @property
    def archives(self) -> tuple[str, ...]:
        """All that it unpacks."""
        return self.engine, self.packages, self.program


def workers(*, learning: bool = False) -> tuple[Machine, ...]:
    """Worker machines; ``learning``: those that train models, too, whose packages are 88 MB in place of 47."""
    lock = "requirements/learning-worker.lock" if learning else "requirements/worker.lock"
    return tuple(Machine("worker", processor, lock) for processor in ("x86_64", "aarch64"))


WORKERS = workers()
WORKSTATION = Machine("workstation", "x86_64", "requirements/workstation.lock", ("notebooks",))
MACHINES = (*WORKERS, WORKSTATION)

# For the images that SageMaker trains and serves with, and that trades; no machine fetches them, so they are not
# published.
RESEARCH = tuple(
    Machine("research", processor, "requirements/container.lock", boots=False) for processor in ("x86_64", "aarch64")
)
TRADERS = tuple(
    Machine("trader", processor, "requirements/trader.lock", boots=False) for processor in ("x86_64", "aarch64")
)


def make(checkout: Path, into: Path, machines: Sequence[Machine] = MACHINES, kept: Path | None = None) -> None:
    """Make the archives and, beside them, the scripts that machines boot with.

    The same checkout and the same Python give the same bytes.

    Args:
        checkout: Of this repository.
        into: A folder.
        machines: For which.
        kept: Where archives of packages are kept for the next time; by default in the person's cache.

    Raises:
        WheelsError: a wheel cannot be had.
    """
    into.mkdir(parents=True, exist_ok=True)
    kept = kept or Path.home() / ".cache" / "spotmc" / "archives"
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    for script in SCRIPTS:
        copyfile(checkout / "userdata" / script, into / script)
    tasks: dict[str, Callable[[], None]] = {}
    for machine in machines:
        lines = list(wheels.wanted((checkout / machine.lock).read_text(), machine.processor))
        for name, of_engine in ((machine.engine, True), (machine.packages, False)):
            wanted = [line for line in lines if (line.partition("==")[0] in _ENGINE) == of_engine]
            tasks[name] = lambda name=name, wanted=wanted, machine=machine: _keep(  # type: ignore[misc]
                name, wanted, machine, kept, into
            )
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        others = [pool.submit(task) for task in tasks.values()]
        ours = Path(folder, "ours")
        wheels.build(checkout, ours)
        program = Path(folder, "program")
        environment.install(ours.iterdir(), program)
        environment.compile_bytecode(program)
        for machine in machines:
            entries = _files(program, "program/")
            if machine.boots:
                entries["leave.sh"] = checkout / "userdata/leave.sh"
                for part in ("machine", machine.kind):
                    entries |= _files(checkout / "userdata" / part)
            for extra in machine.extras:
                entries |= _files(checkout / extra, f"{extra}/", hidden=False)
            _pack(entries, into / machine.program)
        for other in others:
            other.result()


def _keep(name: str, wanted: Sequence[str], machine: Machine, kept: Path, into: Path) -> None:
    """Put an archive of packages into a folder, the one that is kept if they are the same."""
    made_by = [Path(str(module.__file__)).read_bytes() for module in (environment, wheels)]
    made_by += [Path(__file__).read_bytes(), str(environment.python_here()).encode()]
    key = hashlib.sha256(b"\0".join([name.encode(), *(line.encode() for line in wanted), *made_by])).hexdigest()
    archive = kept / f"{key[:32]}-{name}"
    if not archive.exists():
        with tempfile.TemporaryDirectory(dir=kept) as folder:
            wheels.download("\n".join(wanted), machine.processor, Path(folder, "wheels"))
            place = Path(folder, "environment")
            environment.install(sorted(Path(folder, "wheels").iterdir()), place)
            environment.compile_bytecode(place)
            files = _files(place)
            if has_a_use_for := _WANTED.get(machine.kind):
                packages = f"{environment.PACKAGES}/"
                files = {file: path for file, path in files.items() if has_a_use_for(file.removeprefix(packages))}
            _pack(files, Path(folder, "archive"))
            Path(folder, "archive").replace(archive)
    os.utime(archive)
    copyfile(archive, into / name)
    for old in kept.glob(f"*{SUFFIX}"):
        with suppress(FileNotFoundError):  # another deployment has removed it
            if old.stat().st_mtime < time.time() - _KEPT_DAYS * 24 * 60 * 60:
                old.unlink()


def _files(folder: Path, prefix: str = "", *, hidden: bool = True) -> dict[str, Path]:
    files = {file.relative_to(folder) for file in folder.rglob("*") if file.is_file()}
    shown = (file for file in files if hidden or not any(part[0] in "._" for part in file.parts))
    return {f"{prefix}{file}": folder / file for file in shown}


def _pack(entries: dict[str, Path], file: Path) -> None:
    with (
        file.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, source in sorted(entries.items()):
            content = source.read_bytes()
            entry = tarfile.TarInfo(name)  # of no time and no owner
            entry.mode = 0o755 if os.access(source, os.X_OK) else 0o644
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
