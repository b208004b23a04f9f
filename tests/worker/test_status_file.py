"""The files of real processes, some of which are killed."""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from worker.events import Claimed, Settled
from worker.status_file import run_folder, status_file, workers

Eventually = Callable[..., None]
Begin = Callable[[], "subprocess.Popen[bytes]"]

WORKER = """
import sys
from pathlib import Path
from worker.events import Claimed
from worker.status_file import status_file
with status_file(Path(sys.argv[1])) as emit:
    emit(Claimed(message="one", delivery=1))
    sys.stdin.read()
"""


def claimed(folder: Path) -> set[str]:
    """The messages that workers hold, by their files."""
    return {message for seen in workers(folder) if seen.status for message in seen.status.claimed}


@pytest.fixture
def begin(tmp_path: Path, eventually: Eventually) -> Iterator[Begin]:
    """Start a process that has claimed a message and leaves at the end of its standard input."""
    begun: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        process = subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)], stdin=subprocess.PIPE)
        begun.append(process)
        eventually(lambda: any(seen.pid == process.pid and seen.status for seen in workers(tmp_path)))
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def test_a_worker_is_seen_as_long_as_it_runs(tmp_path: Path, begin: Begin, eventually: Eventually) -> None:
    process = begin()
    eventually(lambda: claimed(tmp_path) == {"one"})
    [seen] = workers(tmp_path)
    assert seen.pid == process.pid
    assert seen.resident > 1_000_000
    process.communicate()
    assert process.returncode == 0
    assert workers(tmp_path) == []
    assert list(tmp_path.iterdir()) == [], "nothing is left"


def test_what_a_killed_worker_leaves_is_swept_by_whoever_looks(tmp_path: Path, begin: Begin) -> None:
    killed, alive = begin(), begin()
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)
    assert len(list(tmp_path.iterdir())) == 2
    assert psutil.Process(killed.pid).status() == psutil.STATUS_ZOMBIE, "nobody has asked how it ended"
    assert [seen.pid for seen in workers(tmp_path)] == [alive.pid]
    assert len(list(tmp_path.iterdir())) == 1


def test_and_by_the_next_worker(tmp_path: Path, begin: Begin, eventually: Eventually) -> None:
    killed = begin()
    killed.kill()
    killed.wait()
    (tmp_path / f"{killed.pid}-1.new").write_text("half")
    (tmp_path / "notes.txt").write_text("not ours")
    with status_file(tmp_path):
        eventually(lambda: workers(tmp_path))
        assert len(list(tmp_path.iterdir())) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_process_with_a_worker_s_old_id_is_not_that_worker(tmp_path: Path) -> None:
    (tmp_path / f"{os.getpid()}-1.json").write_text("{}")
    assert workers(tmp_path) == []


def test_a_stopped_worker_is_seen_as_such(tmp_path: Path, begin: Begin, eventually: Eventually) -> None:
    process = psutil.Process(begin().pid)
    process.suspend()
    eventually(lambda: workers(tmp_path)[0].stopped)
    process.resume()
    eventually(lambda: not workers(tmp_path)[0].stopped)


def test_a_status_of_another_version_is_no_obstacle(tmp_path: Path, begin: Begin) -> None:
    begin()
    [path] = tmp_path.iterdir()
    path.write_text(json.dumps({"since": 0, "in_hand": {}, "mood": "good"}))
    [seen] = workers(tmp_path)
    assert seen.status is None


def test_the_last_event_is_written_however_soon_it_follows(tmp_path: Path, eventually: Eventually) -> None:
    with status_file(tmp_path) as emit:
        for message in "abc":
            emit(Claimed(message=message, delivery=1))
        emit(Settled(message="a"))
        eventually(lambda: claimed(tmp_path) == {"b", "c"})


def test_a_file_that_cannot_be_written_is_one_warning(
    tmp_path: Path, eventually: Eventually, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.status_file.WRITE_SECONDS", 0.01)
    folder = tmp_path / "run"
    folder.write_text("a file where the folder should be")
    caplog.set_level(logging.INFO)
    with status_file(folder) as emit:
        emit(Claimed(message="one", delivery=1))
        eventually(lambda: caplog.records)
        emit(Claimed(message="two", delivery=1))
        folder.unlink()
        eventually(lambda: claimed(folder) == {"one", "two"})
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(folder) in caplog.text


def test_a_folder_that_cannot_be_used_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "run"
    folder.write_text("a file where the folder should be")
    with status_file(folder) as emit:
        emit(Claimed(message="one", delivery=1))
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_planted_link_is_not_written_through(tmp_path: Path, eventually: Eventually) -> None:
    """In a folder that others may write to, such as one below /tmp."""
    precious, folder = tmp_path / "precious", tmp_path / "run"
    precious.write_text("precious")
    with status_file(folder) as emit:
        eventually(lambda: workers(folder))
        [path] = folder.iterdir()
        path.with_suffix(".new").symlink_to(precious)
        emit(Claimed(message="one", delivery=1))
        eventually(lambda: claimed(folder) == {"one"})
    assert precious.read_text() == "precious"


def test_where_the_files_are() -> None:
    assert run_folder({"SPOTMC_RUN_DIR": "/run/spotmc", "XDG_RUNTIME_DIR": "/run/user/1"}) == Path("/run/spotmc")
    assert run_folder({"XDG_RUNTIME_DIR": "/run/user/1"}) == Path("/run/user/1/spotmc")
    assert run_folder({}) == Path(tempfile.gettempdir(), f"spotmc-{os.getuid()}")
    assert workers(Path("/nowhere")) == []
