"""Archives of all that a machine needs: wheels, units, and the script that starts what it is for."""

import io
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from deployment import wheels

BOOT = "boot.sh"


@dataclass(frozen=True)
class Machine:
    """What an archive is for.

    Attributes:
        kind: A folder in ``userdata``.
        processor: As ``uname -m`` names it.
        lock: Lock file in the checkout.
        extras: Folders of the checkout that go along.
    """

    kind: str
    processor: str
    lock: str
    extras: tuple[str, ...] = ()

    @property
    def archive(self) -> str:
        """Its name."""
        return f"{self.kind}-{self.processor}.tar"


WORKERS = tuple(Machine("worker", processor, "requirements/worker.lock") for processor in ("x86_64", "aarch64"))
WORKSTATION = Machine("workstation", "x86_64", "requirements/workstation.lock", ("notebooks",))
MACHINES = (*WORKERS, WORKSTATION)


def make(checkout: Path, into: Path, machines: Sequence[Machine] = MACHINES) -> None:
    """Make the archives and, beside them, the script that machines boot with; the same checkout gives the same bytes.

    Raises:
        WheelsError: a wheel cannot be had.
    """
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        ours = Path(folder, "ours")
        wheels.build(checkout, ours)
        copyfile(checkout / "userdata" / BOOT, into / BOOT)
        for machine in machines:
            theirs = Path(folder, machine.archive)
            wheels.download((checkout / machine.lock).read_text(), machine.processor, theirs)
            entries = _files(theirs, "wheels/") | _files(ours, "wheels/")
            for part in ("machine", machine.kind):
                entries |= _files(checkout / "userdata" / part)
            for extra in machine.extras:
                entries |= _files(checkout / extra, f"{extra}/")
            _pack(entries, into / machine.archive)


def _files(folder: Path, prefix: str = "") -> dict[str, Path]:
    files = {file.relative_to(folder) for file in folder.rglob("*") if file.is_file()}
    return {f"{prefix}{file}": folder / file for file in files if not any(part[0] in "._" for part in file.parts)}


def _pack(entries: dict[str, Path], file: Path) -> None:
    with tarfile.open(file, "w") as archive:
        for name, source in sorted(entries.items()):
            content = source.read_bytes()
            entry = tarfile.TarInfo(name)  # of no time and no owner
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
