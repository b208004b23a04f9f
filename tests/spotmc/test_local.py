"""The local stack as a person starts and stops it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from fleet import failures, keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.message import Shard
from fleet.progress import status
from fleet.queue import Queue
from fleet.settings import Settings
from fleet.submit import submit
from fleet.tree import Range
from montecarlo.data.history import PriceHistory
from montecarlo.statistics.tally import BLOCK_PATHS
from spotmc.local import see_through
from spotmc.local_stack import emulator
from spotmc.local_stack.processes import StackError
from spotmc.run import run_job

Eventually = Callable[..., None]


@dataclass
class Started:
    """A local stack that was started as a process."""

    process: "subprocess.Popen[bytes]"
    output: Path
    port: int

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def settings(self) -> Settings:
        return emulator.settings(self.port + 1)

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.said
        return "Ctrl-C stops everything" in self.said

    def ended(self) -> int:
        return self.process.wait(300)

    def read(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as page:
            content: bytes = page.read()
            return content


@pytest.fixture
def port(free_port: Callable[[], int]) -> int:
    return free_port()


@pytest.fixture
def local(port: int, settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Started]]:
    """Start ``spotmc local`` with arguments, always on the same port and with the same data folder."""
    started: list[Started] = []

    def start(*arguments: str) -> Started:
        output = tmp_path / f"output-{len(started)}.txt"
        command = ["spotmc.cli", "local", "--port", str(port), "--data", str(tmp_path / "data"), *arguments]
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], stdout=file, stderr=subprocess.STDOUT, start_new_session=True
            )
        started.append(Started(process, output, port))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.terminate()
            each.ended()


def processes() -> dict[int, tuple[int, str]]:
    """Parent and command of each process, without those that have ended and wait for their parent to take notice."""
    listing = subprocess.run(
        ["ps", "-ewwo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    fields = [line.split(maxsplit=3) for line in listing.splitlines()]
    return {int(pid): (int(parent), command) for pid, parent, state, command in fields if "Z" not in state}


def descendants(pid: int) -> set[int]:
    """Processes that a process started, and those that they started, and so on."""
    found = {child for child, (parent, _) in processes().items() if parent == pid}
    return found.union(*(descendants(child) for child in found))


def alive(pids: set[int]) -> set[int]:
    return pids & processes().keys()


def test_the_demo_ends_with_its_summary_on_the_screen_and_its_csv_on_disk_and_the_number_of_workers_follows_the_queue(
    local: Callable[..., Started], tmp_path: Path
) -> None:
    stack = local("--max-workers", "2", "--demo", "--exit")
    assert stack.ended() == 0, stack.said
    assert "up to 2 workers" in stack.said
    assert "in flight. Workers: 1 wanted, 1 running." in stack.said
    job_id = re.search(rf"http://127.0.0.1:{stack.port}/jobs/(\S+)", stack.said)[1]
    folder = tmp_path / "data" / "jobs" / job_id
    job = Job.from_json((folder / "job.json").read_bytes())
    assert (job.symbol, job.source, job.experiment.days, job.experiment.iterations) == ("AAPL", "sample", 1260, 2000)
    assert (job.experiment.strategy.short, job.experiment.strategy.long) == (40, 100)
    assert "return_mean" in stack.said
    assert str(folder) in stack.said
    assert (folder / "paths" / "0-2000.csv").read_bytes().count(b"\n") == 2001
    assert b"\npaths,2000," in (folder / "summary.csv").read_bytes()


@pytest.mark.thorough
def test_an_interrupted_job_is_taken_up_again_at_the_next_start(
    *, local: Callable[..., Started], long_job: Job, history: PriceHistory, eventually: Eventually, tmp_path: Path
) -> None:
    long_job = long_job.with_experiment(iterations=60 * BLOCK_PATHS)
    stack = local()
    eventually(stack.is_up)
    children = descendants(stack.process.pid)
    assert len(children) >= 4, "emulator, web UI and two workers"
    bucket = Bucket.connect(stack.settings)
    submit(long_job, history, Queue.connect(stack.settings), bucket)
    eventually(lambda: status(bucket, long_job.id).done > 0)
    os.killpg(stack.process.pid, signal.SIGINT)  # as a terminal does
    assert stack.ended() == 0
    assert stack.said.endswith("Stopped\n")
    assert alive(children) == set()
    folder = tmp_path / "data" / keys.folder(long_job.id)
    assert any((folder / "tallies").iterdir())
    assert not (folder / "summary.csv").exists()

    again = local("--workers", "1")
    eventually(again.is_up)
    assert f"Taken up again: {long_job.id}" in again.said
    eventually(lambda: json.loads(again.read(f"/api/jobs/{long_job.id}"))["state"] == "complete")
    run_job(long_job, tmp_path / "here", threads=1)
    assert again.read(f"/jobs/{long_job.id}/paths.csv") == (tmp_path / "here" / "paths.csv").read_bytes()
    assert again.read(f"/jobs/{long_job.id}/summary.csv") == (tmp_path / "here" / "summary.csv").read_bytes()
    eventually((folder / "summary.csv").exists)


def test_a_job_that_is_not_completed_is_no_success(
    job: Job, submit_job: Callable[[Job], None], bucket: Bucket, tmp_path: Path
) -> None:
    submit_job(job)
    failures.give_up(bucket, Shard(job.id, Range(0, 500)), "out of luck")
    with pytest.raises(StackError, match=f"job {job.id} is failed: out of luck"):
        see_through(SimpleNamespace(bucket=bucket), job.id, tmp_path)


def test_a_number_of_workers_and_a_maximum_exclude_each_other(local: Callable[..., Started]) -> None:
    stack = local("--workers", "1", "--max-workers", "2")
    assert stack.ended() == 2
    assert "--workers and --max-workers exclude each other" in stack.said


@pytest.mark.thorough
def test_a_large_job_is_shared_by_all_workers_and_a_second_stack_on_the_same_data_says_who_has_it(
    *,
    local: Callable[..., Started],
    long_job: Job,
    history: PriceHistory,
    eventually: Eventually,
    free_port: Callable[[], int],
    tmp_path: Path,
) -> None:
    first = local("--workers", "2")
    eventually(first.is_up)
    bucket = Bucket.connect(first.settings)
    submit(long_job, history, Queue.connect(first.settings), bucket)
    eventually(lambda: status(bucket, long_job.id).state == "complete")
    records = [json.loads(bucket.get(entry.key)) for entry in bucket.list(keys.folder(long_job.id) + keys.RECORDS)]
    assert len(records) == long_job.tree.chunks
    assert len({record["worker"] for record in records}) == 2

    for other_port in ([], ["--port", str(free_port())]):
        second = local(*other_port)
        assert second.ended() == 1
        assert second.said == (
            f"spotmc: {tmp_path / 'data'} is in use: process {first.process.pid} (spotmc local, web UI on "
            f"http://127.0.0.1:{first.port}) has it; use that one, stop it, or choose another folder with --data\n"
        )
    children = descendants(first.process.pid)
    first.process.kill()
    eventually(lambda: alive(children) == set())

    third = local("--workers", "1")
    eventually(third.is_up)
    children = descendants(third.process.pid)
    [worker] = [pid for pid in children if processes()[pid][1].endswith("spotmc.cli worker")]
    os.kill(worker, signal.SIGKILL)
    assert third.ended() == 1
    assert "spotmc: worker-1 was ended from outside by SIGKILL" in third.said
    assert alive(children) == set(), "when a part of it dies the stack says which and stops"


@pytest.mark.parametrize("offset", [0, 1], ids=["web UI", "emulator"])
def test_a_port_that_is_taken_is_an_error_that_names_it(
    local: Callable[..., Started], port: int, offset: int, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", port + offset)):
        stack = local()
        assert stack.ended() == 1
    assert stack.said.startswith(f"spotmc: port {port + offset} of 127.0.0.1 cannot be used (Address already in use)")
    assert not (tmp_path / "data").exists()
