"""Worker processes that follow the queue."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from capacity.policy import Policy, stack
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.progress import status
from fleet.queue import Depth, Queue
from montecarlo.statistics.tally import BLOCK_PATHS
from spotmc.local_stack.local_fleet import Capacity, LocalFleet
from spotmc.local_stack.processes import StackError

pytestmark = pytest.mark.thorough


def test_workers_are_started_for_messages_and_leave_by_themselves(
    *,
    queue: Queue,
    bucket: Bucket,
    long_job: Job,
    submit_job: Callable[[Job], None],
    eventually: Callable[..., None],
    tmp_path: Path,
) -> None:
    ten_messages = long_job.with_experiment(iterations=10 * BLOCK_PATHS)
    told: list[Capacity] = []
    with LocalFleet(Policy.of(stack(MaxWorkers=2)), queue, tmp_path, told.append) as fleet:
        time.sleep(2)
        assert told == []  # an empty queue asks for nobody
        submit_job(ten_messages)
        eventually(lambda: fleet.check() or told)
        assert told[0] == Capacity(target=2, workers=2, depth=Depth(visible=10, in_flight=0))
        eventually(lambda: fleet.check() or (told[-1].target, told[-1].workers) == (0, 0))
    assert status(bucket, ten_messages.id).state == "complete"
    targets = [each.target for each in told]
    assert targets == sorted(targets, reverse=True)
    logs = sorted(tmp_path.glob("worker-*.log"))
    assert len(logs) == 2
    for log in logs:
        words = log.read_text()
        assert "there was nothing to do" in words
        assert "SIGTERM" not in words


def test_a_worker_that_fails_is_told_with_its_last_words(
    *,
    queue: Queue,
    long_job: Job,
    submit_job: Callable[[Job], None],
    eventually: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    submit_job(long_job)
    monkeypatch.setenv("SPOTMC_BUCKET", "no-such-bucket")
    failed = pytest.raises(StackError, match=r"(?s)worker-1 ended by itself with status 1 .*no such bucket")
    with LocalFleet(Policy.of(stack(MaxWorkers=1)), queue, tmp_path, lambda _: None) as fleet, failed:
        eventually(fleet.check)
