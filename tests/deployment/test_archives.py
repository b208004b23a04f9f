"""Archives of a machine, made of this checkout."""

import tarfile
from pathlib import Path

import pytest

from deployment import archives, environment, wheels
from deployment.archives import WORKERS, WORKSTATION
from tests.programs import ROOT

LOCK = "numba==1 --hash=sha256:{0}\nclick==1 --hash=sha256:{0}\n".format("0" * 64)


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of the package index; what it gives is one module."""
    asked: list[str] = []

    def download(lock: str, processor: str, into: Path) -> None:
        asked.append(lock.partition("==")[0])
        into.mkdir()

    def install(found: object, into: Path) -> None:
        (into / environment.PACKAGES).mkdir(parents=True)
        (into / environment.PACKAGES / "module.py").write_text("")

    monkeypatch.setattr(wheels, "download", download)
    monkeypatch.setattr(environment, "install", install)
    monkeypatch.setattr(wheels, "build", lambda checkout, into: into.mkdir())
    return asked


def test_packages_are_packed_once_and_the_same_checkout_gives_the_same_bytes(
    tmp_path: Path, downloads: list[str]
) -> None:
    for folder in ("one", "two"):
        archives.make(ROOT, tmp_path / folder, [WORKERS[0], WORKSTATION], tmp_path / "kept")
    one, two = ({file.name: file.read_bytes() for file in (tmp_path / folder).iterdir()} for folder in ("one", "two"))
    assert one == two
    assert one.keys() == {*archives.SCRIPTS, *WORKERS[0].archives, *WORKSTATION.archives}
    assert len(downloads) == 3  # the engine's, which both have, and each machine's others
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0  # whoever can write there decides what machines run


def test_the_program_is_apart_from_what_changes_rarely_and_brings_units_and_scripts(
    tmp_path: Path, downloads: list[str]
) -> None:
    archives.make(ROOT, tmp_path / "made", [WORKERS[0]], tmp_path / "kept")
    with tarfile.open(tmp_path / "made" / WORKERS[0].program) as archive:
        names = set(archive.getnames())
    assert {"start.sh", "leave.sh", "units/spotmc-worker.service", "units/spotmc-leave@.service"} <= names
    assert f"program/{environment.PACKAGES}/module.py" in names


def test_an_image_takes_the_program_without_what_boots_a_machine(tmp_path: Path, downloads: list[str]) -> None:
    archives.make(ROOT, tmp_path / "made", [archives.RESEARCH[0]], tmp_path / "kept")
    with tarfile.open(tmp_path / "made" / archives.RESEARCH[0].program) as archive:
        assert archive.getnames() == [f"program/{environment.PACKAGES}/module.py"]


def test_a_changed_lock_file_is_packed_anew(tmp_path: Path, downloads: list[str]) -> None:
    machine = archives.Machine("worker", "x86_64", "lock")
    (tmp_path / "userdata").symlink_to(ROOT / "userdata")
    for version in ("1", "2"):
        (tmp_path / "lock").write_text(LOCK.replace("click==1", f"click=={version}"))
        archives.make(tmp_path, tmp_path / "made", [machine], tmp_path / "kept")
    assert sorted(downloads) == ["click", "click", "numba"]
