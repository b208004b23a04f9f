"""``spotmc worker status``, of a worker process that has told of some events."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from spotmc.worker_status import command, lines, of_queue
from worker.status import InHand, Status
from worker.status_file import Seen, workers

Eventually = Callable[..., None]

SHARD = InHand(job="j", first=0, stop=1000, path_days=60_000, began=90, progressed=90)

WORKER = """
import sys
from pathlib import Path
from worker.events import *
from worker.status_file import status_file
shard = {"message": "one", "job": "j" * 64, "first": 0, "stop": 4_000_000}
with status_file(Path(sys.argv[1])) as tell:
    tell(Started(worker="host-1", queue="https://q/jobs", version="1.0", engine="7", instance="i-1", lease_seconds=60))
    tell(Claimed(message="one", delivery=1))
    tell(Claimed(message="two", delivery=1))
    tell(Stored(path_days=1_000_000, seconds=0.5, **shard))
    tell(Begun(path_days=5_040_000_000, **shard))
    tell(Progressed(done=1_000_000, **shard))
    tell(Failed(message="three", job="", reason="[bold]bad\\n\\33[2J", failures=1, dead=True))
    tell(Noticed(reason="Spot interruption notice", seconds_left=3600))
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def worker(folder: Path, eventually: Eventually) -> "Iterator[subprocess.Popen[bytes]]":
    with subprocess.Popen([sys.executable, "-c", WORKER, str(folder)], stdin=subprocess.PIPE) as process:
        eventually(lambda: any(seen.status and seen.status.notice for seen in workers(folder)))
        yield process
        process.kill()


def ask(folder: Path, *arguments: str) -> Result:
    return CliRunner(env={"SPOTMC_RUN_DIR": str(folder), "COLUMNS": "120", "SPOTMC_QUEUE_URL": None}).invoke(
        command, arguments
    )


def test_a_person_sees_what_the_worker_does(folder: Path, worker: "subprocess.Popen[bytes]") -> None:
    said = ask(folder)
    assert said.exit_code == 0
    words = " ".join(said.output.replace("│", " ").split())
    for expected in (
        "─ host-1 ─",
        f"shard paths 0 to 4,000,000 of job {'j' * 64}: 25 % after ",
        "claimed 1 more, for ",
        " path-days/s now, 2,000,000 path-days/s on average",
        "shards done 1, that is 1,000,000 path-days in 0 s",
        "failures 1",
        "lease 60 s on https://q/jobs",
        "version 1.0, engine 7, on i-1",
        f"process {worker.pid} ",
        r" ago: [bold]bad | \x1b[2J",
        "notice Spot interruption notice, ",
    ):
        assert expected in words
    assert "\33[2J" not in said.output


def test_a_program_gets_json(folder: Path, worker: "subprocess.Popen[bytes]") -> None:
    [told] = json.loads(ask(folder, "--json").stdout)
    assert told["pid"] == worker.pid
    assert told["in_hand"]["one"]["done"] == 1_000_000
    assert told["in_hand"]["one"]["rate"] > 0
    assert told["rate"] == 2_000_000
    assert told["last_error"] == "[bold]bad\n\33[2J"


def test_it_can_be_followed_until_ctrl_c(folder: Path, worker: "subprocess.Popen[bytes]") -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "SPOTMC_RUN_DIR": str(folder), "TERM": "xterm"}
    code = "from spotmc.worker_status import command; command(['--follow'])"
    with subprocess.Popen([sys.executable, "-c", code], stdout=theirs, env=environment) as process:
        shown = b""
        while shown.count(b"host-1") < 2:
            shown += os.read(ours, 65536)
        process.send_signal(signal.SIGINT)
        assert process.wait(300) == 0
    os.close(theirs)
    os.close(ours)


def test_workers_of_other_queues_are_counted_but_not_shown(folder: Path, worker: "subprocess.Popen[bytes]") -> None:
    assert "host-1" in ask(folder, "--queue", "https://q/jobs").output
    said = ask(folder, "--queue", "https://q/others")
    assert said.exit_code == 1
    assert said.output == (
        "Error: no worker takes its work from this queue; not shown: 1 worker of another queue (--all)\n"
    )
    assert "host-1" in ask(folder, "--queue", "https://q/others", "--all").output
    assert json.loads(ask(folder, "--queue", "https://q/others", "--json").stdout) == []
    found, others = of_queue(folder, "https://q/others")
    assert (found, others) == ([], 1)


def test_where_no_worker_is_it_says_what_to_do(tmp_path: Path) -> None:
    said = ask(tmp_path)
    assert said.exit_code == 1
    assert "systemctl status spotmc-worker" in said.output
    assert "journalctl -u spotmc-worker" in said.output
    assert str(tmp_path) in said.output
    assert json.loads(ask(tmp_path, "--json").stdout) == []


def test_a_worker_of_another_version_is_at_least_named() -> None:
    [(_, process), _, (_, status)] = lines(Seen(1, False, 1_000_000, None), 0)
    assert process == "1"
    assert "another version" in status


def test_a_stopped_worker_is_said_to_be_stopped() -> None:
    assert ("process", "1, stopped: it does nothing before `kill -CONT 1`") in lines(Seen(1, True, 1, None), 0)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status(since=0), {"shard": "none", "claimed": "none besides", "rate": "unknown on average"}),
        (Status(since=0, notice="n", deadline=190), {"notice": "n, 1 min 30 s left", "up": "for 1 min 40 s, since"}),
        (Status(since=-7300, notice="n"), {"notice": "n", "up": "for 2 h 3 min, since"}),
        (Status(since=200), {"up": "for 0 s, since"}),
        (
            Status(since=0, in_hand={"m": replace(SHARD, done=1000)}),
            {"shard": "paths 0 to 1,000 of job j: simulated, being stored after 10 s"},
        ),
        (
            Status(since=0, claimed={"m": 90, "n": 95}, in_hand={"m": replace(SHARD, done=500, progressed=95)}),
            {
                "shard": "paths 0 to 1,000 of job j: 50 % after 10 s, without progress for 5 s",
                "claimed": "1 more, for 5 s",
                "rate": "6,000 path-days/s now, unknown on average",
            },
        ),
    ],
)
def test_what_a_status_is_in_words(status: Status, expected: dict[str, str]) -> None:
    told = dict(lines(Seen(1, False, 1_000_000, status), 100))
    for title, words in expected.items():
        assert told[title].startswith(words)
