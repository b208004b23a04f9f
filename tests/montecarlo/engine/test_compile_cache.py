"""Where machine code is kept: where this user alone can write, or nowhere, and never with a stack trace."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.other_user import CHECKOUT, NOBODY, run_as_nobody

# The engine alone: importing the whole package would take longer than compiling this.
STAGE = f"""
import sys, types
sys.modules["montecarlo"] = types.ModuleType("montecarlo")
sys.modules["montecarlo"].__path__ = [{str(CHECKOUT / "montecarlo")!r}]
from montecarlo.engine.lanes import stage

@stage
def double(number):
    return 2 * number
"""
COMPILE = "from twice import double; print(double(21), double._cache.cache_path, sum(double._cache_hits.values()))"
LIMITED = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); {COMPILE}"  # as good as a full disk
UNKEPT = "some 20 seconds, and again in each process, because there is no folder to keep it in: set NUMBA_CACHE_DIR"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody can get at, in which only this test's own user can write, with a stage in it."""
    folder = Path(tempfile.mkdtemp())
    (folder / "twice.py").write_text(STAGE)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


@pytest.fixture
def theirs(place: Path) -> Path:
    """A folder of the user who runs the stage."""
    return _folder(place / "theirs", 0o700)


def _folder(path: Path, mode: int) -> Path:
    path.parent.chmod(0o755)
    path.mkdir()
    path.chmod(mode)
    if os.getuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    path.parent.chmod(0o555)
    return path


def compile_stage(place: Path, program: str = COMPILE, **environment: str) -> tuple[Path | None, int, str]:
    """Where it is kept, how often it was found there, and what was said."""
    done = run_as_nobody(["-c", program], place, {"HOME": "/nonexistent", **environment})
    assert done.returncode == 0, done.stderr
    answer, kept, found = done.stdout.split()
    assert answer == "42"
    return None if kept == "None" else Path(kept), int(found), done.stderr


def test_it_is_kept_in_the_users_own_folder_where_the_installation_cannot_be_written(place: Path, theirs: Path) -> None:
    kept, found, said = compile_stage(place, HOME=str(theirs))
    assert kept
    assert kept.is_relative_to(theirs / ".cache")
    assert (found, said) == (0, "")
    assert compile_stage(place, HOME=str(theirs)) == (kept, 1, "")
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


@pytest.mark.thorough
def test_without_a_home_it_is_kept_in_a_temporary_folder_of_this_user(place: Path, theirs: Path) -> None:
    kept, found, said = compile_stage(place, TMPDIR=str(theirs))
    assert kept
    assert kept.is_relative_to(theirs)
    assert (found, said) == (0, "")
    assert compile_stage(place, TMPDIR=str(theirs)) == (kept, 1, "")


def test_where_nobody_knows_of_a_home_no_folder_is_made_in_the_one_at_hand(place: Path, theirs: Path) -> None:
    done = run_as_nobody(["-c", f"import sys; sys.path.append('..'); {COMPILE}"], theirs, {"TMPDIR": str(theirs)})
    assert done.returncode == 0, done.stderr
    assert not (theirs / "~").exists()


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
def test_nothing_is_loaded_from_a_folder_that_others_can_write(place: Path, theirs: Path, mode: int) -> None:
    open_to_all = theirs / f"spotmc-compiled-{NOBODY if os.getuid() == 0 else os.getuid()}"
    _folder(open_to_all, mode)
    theirs.chmod(0o700)
    kept, _, said = compile_stage(place, TMPDIR=str(theirs))
    assert kept is None
    assert UNKEPT in said
    assert list(open_to_all.iterdir()) == []


def test_nothing_is_loaded_from_a_folder_that_others_could_put_in_the_place_of_ours(place: Path, theirs: Path) -> None:
    theirs.chmod(0o777)
    assert compile_stage(place, TMPDIR=str(theirs))[0] is None
    theirs.chmod(0o1777)  # as /tmp
    if os.getuid() == 0:
        os.chown(theirs, 0, 0)
    assert compile_stage(place, TMPDIR=str(theirs))[0] is not None


def test_where_there_is_no_folder_it_is_compiled_each_time_and_said_once(place: Path) -> None:
    twice = f"import tempfile; tempfile.tempdir = '/nonexistent'; {COMPILE}; double(0.5)"
    kept, _, said = compile_stage(place, twice)
    assert kept is None
    assert said.count("\n") == 1
    assert UNKEPT in said


def test_nothing_is_said_where_nothing_is_compiled(place: Path) -> None:
    program = "import tempfile; tempfile.tempdir = '/nonexistent'; import montecarlo"
    done = run_as_nobody(["-c", program], place, {"HOME": "/nonexistent"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_full_disk_is_said_once_and_nothing_else_comes_of_it(place: Path, theirs: Path) -> None:
    _, found, said = compile_stage(place, f"{LIMITED}; double(0.5)", NUMBA_CACHE_DIR=str(theirs))
    assert said.count("\n") == 1
    assert f"cannot be kept in {theirs} (File too large) and will be compiled again" in said
    assert compile_stage(place, NUMBA_CACHE_DIR=str(theirs))[1:] == (found, "")


@pytest.mark.thorough
def test_what_a_crash_has_left_of_the_files_is_compiled_anew(place: Path, theirs: Path) -> None:
    kept, _, _ = compile_stage(place, NUMBA_CACHE_DIR=str(theirs))
    assert kept
    for suffix in (".nbi", ".nbc"):
        for file in kept.glob(f"twice*{suffix}"):
            file.write_bytes(b"")
        assert compile_stage(place, NUMBA_CACHE_DIR=str(theirs)) == (kept, 0, "")
    assert compile_stage(place, NUMBA_CACHE_DIR=str(theirs)) == (kept, 1, "")
