"""Real worker processes on a real queue."""

import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.message import message
from fleet.progress import cancel, status
from fleet.queue import Queue
from fleet.results import fetch_results
from fleet.settings import Settings
from montecarlo.tally import BLOCK_PATHS
from spotmc.run import run_job
from spotmc.stack.emulator import MAX_RECEIVE_COUNT
from spotmc.stack.processes import Child
from spotmc.worker import command
from worker.loop import POLL_SECONDS
from worker.work import do

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

Submit = Callable[[Job], None]
Start = Callable[..., Child]
Eventually = Callable[..., None]


def ended(worker: Child) -> int:
    return worker.process.wait(60)


def results(bucket: Bucket, job: Job) -> dict[str, bytes]:
    """What a job leaves in its folder, without the notes that tell times."""
    folder = keys.folder(job.id)
    names = (keys.PATHS, keys.TALLIES, keys.SUMMARY)
    listed = [entry.key for name in names for entry in bucket.list(folder + name)]
    return {key.removeprefix(folder): bucket.get(key) for key in listed}


def test_a_job_is_done_unless_it_is_cancelled_and_its_message_deleted(
    *,
    job: Job,
    submit_job: Submit,
    queue: Queue,
    dead_letters: Queue,
    bucket: Bucket,
    start_worker: Start,
    tmp_path: Path,
) -> None:
    unwanted = replace(job, simulation=replace(job.simulation, seed=8))
    submit_job(unwanted)
    submit_job(job)
    cancel(bucket, unwanted.id)
    assert ended(start_worker("--drain")) == 0
    assert queue.depth().empty
    assert dead_letters.depth().empty

    assert status(bucket, job.id).state == "complete"
    run_job(job, tmp_path / "here", threads=1)
    assert bucket.get(keys.part_key(job.id, 0, 500)) == (tmp_path / "here" / "paths.csv").read_bytes()
    assert bucket.get(keys.summary_key(job.id)) == (tmp_path / "here" / "summary.csv").read_bytes()
    assert status(bucket, unwanted.id).state == "cancelled"
    assert results(bucket, unwanted) == {}


def test_a_drained_worker_waits_for_what_another_has_in_hand(
    *, job: Job, submit_job: Submit, queue: Queue, bucket: Bucket, start_worker: Start, eventually: Eventually
) -> None:
    """And a message that comes twice does no harm."""
    submit_job(job)
    submit_job(job)
    [in_hand] = queue.receive(wait_seconds=1, visibility_seconds=300)
    worker = start_worker("--drain")
    eventually(lambda: status(bucket, job.id).state == "complete")
    eventually(lambda: queue.depth().visible == 0)
    before = results(bucket, job)
    with pytest.raises(subprocess.TimeoutExpired):
        worker.process.wait(POLL_SECONDS + 1)
    queue.release(in_hand)
    assert ended(worker) == 0
    assert queue.depth().empty
    assert results(bucket, job) == before


def test_a_worker_that_is_killed_loses_nothing_and_another_finishes_with_the_same_bytes(
    *, long_job: Job, submit_job: Submit, bucket: Bucket, start_worker: Start, eventually: Eventually, tmp_path: Path
) -> None:
    submit_job(long_job)
    victim = start_worker()
    eventually(lambda: status(bucket, long_job.id).paths_done >= 3 * BLOCK_PATHS)
    victim.process.kill()
    assert ended(victim) == -signal.SIGKILL
    left = results(bucket, long_job)
    assert keys.SUMMARY not in left, "killed in the middle"

    assert ended(start_worker("--drain")) == 0
    finished = results(bucket, long_job)
    assert len(finished) == 2 * len(long_job.sittings()) + 1
    assert left.items() <= finished.items(), "nothing that was stored has changed"
    fetch_results(bucket, long_job, tmp_path / "fleet")
    run_job(long_job, tmp_path / "here", threads=1)
    for name in ("paths.csv", "summary.csv"):
        assert (tmp_path / "fleet" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_go_hands_its_message_back_and_leaves(
    *,
    long_job: Job,
    submit_job: Submit,
    queue: Queue,
    bucket: Bucket,
    start_worker: Start,
    eventually: Eventually,
    signal_number: int,
) -> None:
    submit_job(long_job)
    worker = start_worker("--lease-seconds", "300")
    eventually(lambda: status(bucket, long_job.id).paths_done >= 3 * BLOCK_PATHS)
    worker.process.send_signal(signal_number)
    assert ended(worker) == 0
    assert status(bucket, long_job.id).state == "queued"
    [message] = queue.receive(wait_seconds=1, visibility_seconds=30)
    assert message.receive_count == 2
    stored = results(bucket, long_job)
    assert len(stored) == 2 * status(bucket, long_job.id).paths_done // BLOCK_PATHS, "rows and tally of whole sittings"


def hostile_messages(job: Job) -> list[str]:
    """What a worker cannot do; its log must say why."""
    body = message(job, "bucket")[0]
    return [
        "hello",
        "{}",
        "[" * 100_000,
        "\u2028 line\n2026-01-01 INFO forged event",
        body[:-1],
        body.replace('"seed":7', '"seed":8'),
        body.replace('"seed":7', f'"seed":{10**400}'),
        body.replace('"stop":500', '"stop":1000000000000'),
        body.replace('"long":20', '"long":NaN'),
        body.replace(f'"symbol":"{job.symbol}"', '"symbol":"../../secret"'),
        body.replace('"format":1', '"format":2'),
        message(replace(job, engine="0"), "bucket")[0],
    ]


def test_poison_reaches_the_dead_letter_queue_and_hurts_nobody_else(
    *, job: Job, submit_job: Submit, queue: Queue, dead_letters: Queue, bucket: Bucket, start_worker: Start
) -> None:
    hostile = hostile_messages(job)
    good = [replace(job, simulation=replace(job.simulation, seed=seed)) for seed in (1, 2)]
    submit_job(good[0])
    for body in hostile:
        queue.send(body, {})
    submit_job(good[1])
    worker = start_worker("--drain")
    assert ended(worker) == 0
    assert [status(bucket, each.id).state for each in good] == ["complete", "complete"]
    assert sorted(bodies(dead_letters)) == sorted(hostile)
    lines = worker.log.read_text().splitlines()
    assert sum(" is left" in line for line in lines) == len(hostile) * MAX_RECEIVE_COUNT
    assert any("needs engine 0" in line for line in lines)
    assert not any("Traceback" in line for line in lines)
    assert all(line.startswith("20") for line in lines), "one line for each event"
    assert not any("forged" in line.split("INFO")[-1] for line in lines if " INFO " in line)


def bodies(queue: Queue) -> list[str]:
    found = []
    while messages := queue.receive(wait_seconds=0, visibility_seconds=300, at_most=10):
        found += [each.body for each in messages]
    return found


def test_a_job_that_cannot_be_done_is_failed_with_its_reason_until_it_is_sent_again(
    *, job: Job, submit_job: Submit, dead_letters: Queue, bucket: Bucket, start_worker: Start, eventually: Eventually
) -> None:
    """Here because a tally is damaged, or the rows that belong to it are gone."""
    damaged, incomplete = job, replace(job, simulation=replace(job.simulation, seed=8))
    bucket.put(keys.tally_key(damaged.id, 0, 500), b"not a tally")
    do(incomplete, bucket, lambda: False)
    bucket.delete(keys.part_key(incomplete.id, 0, 500))
    bucket.delete(keys.summary_key(incomplete.id))
    for each in (damaged, incomplete):
        submit_job(each)
    start_worker()
    eventually(lambda: dead_letters.depth().visible == 2)
    for each, words in ((damaged, "JSONDecodeError"), (incomplete, "there is no jobs/")):
        assert status(bucket, each.id).state == "failed"
        assert words in status(bucket, each.id).reason

    for each in (damaged, incomplete):
        bucket.delete(keys.tally_key(each.id, 0, 500))
        submit_job(each)
        eventually(lambda job_id=each.id: status(bucket, job_id).state == "complete")


def test_a_worker_outlives_a_bucket_that_is_gone_for_a_while(
    *,
    job: Job,
    queue: Queue,
    clients: tuple["SQSClient", "S3Client"],
    bucket: Bucket,
    start_worker: Start,
    eventually: Eventually,
) -> None:
    worker = start_worker()
    eventually(lambda: "waits for jobs" in worker.log.read_text())
    clients[1].delete_bucket(Bucket=bucket.name)
    queue.send(*message(job, bucket.name))
    eventually(lambda: "there is no such bucket" in worker.log.read_text())
    clients[1].create_bucket(Bucket=bucket.name)
    eventually(lambda: bucket.exists(keys.summary_key(job.id)))
    worker.process.terminate()
    assert ended(worker) == 0, "idle, it leaves when it is told to"


def test_without_a_queue_a_worker_does_not_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTMC_QUEUE_URL", f"{settings.queue_url}-gone")
    said = CliRunner().invoke(command, standalone_mode=False)
    assert "no such queue" in str(said.exception)
    monkeypatch.delenv("SPOTMC_BUCKET")
    said = CliRunner().invoke(command, standalone_mode=False)
    assert "lacks SPOTMC_BUCKET" in str(said.exception)
