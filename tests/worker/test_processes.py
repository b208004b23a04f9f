"""Real worker processes that are emitted to go, or killed."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.progress import status
from fleet.queue import Queue
from fleet.results import fetch_results
from fleet.settings import Settings
from montecarlo.statistics.tally import BLOCK_PATHS
from spotmc.local_stack.processes import Child
from spotmc.run import run_job
from spotmc.worker import command
from tests.metadata_server import MetadataServer
from worker.status_file import workers

Submit = Callable[[Job], None]
Start = Callable[..., Child]
Eventually = Callable[..., None]
Results = Callable[[Bucket, Job], dict[str, bytes]]

LEASE_SECONDS = 3  # of the workers that the fixture starts


@pytest.fixture(autouse=True)
def run_folder(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the workers of this test leave their status files."""
    monkeypatch.setenv("SPOTMC_RUN_DIR", str(tmp_path / "run"))
    return tmp_path / "run"


def ended(worker: Child, seconds: float = 300) -> int:
    return worker.process.wait(seconds)


def emitted(worker: Child, event: str) -> list[dict[str, Any]]:
    """What its log tells of one kind; each line is JSON."""
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if line.endswith("}")]
    return [line for line in lines if line.get("event") == event]


def assert_handed_back(job: Job, queue: Queue, bucket: Bucket) -> None:
    """Others may have the message at once, and nothing but deliveries was counted."""
    [message] = queue.receive(wait_seconds=1, visibility_seconds=300)
    assert message.receive_count in (2, 3), "a poll of the other hand that is under way may get it, and hand it back"
    assert not list(bucket.list(keys.failures_folder(job.id)))


def test_on_a_signal_a_worker_hands_back_what_it_would_not_finish_and_leaves_in_time(
    *, endless: Job, submit_job: Submit, queue: Queue, bucket: Bucket, start_worker: Start, eventually: Eventually
) -> None:
    submit_job(endless)
    worker = start_worker("--lease-seconds", "300", "--stop-seconds", "15")
    eventually(lambda: emitted(worker, "begun"))
    worker.process.send_signal(signal.SIGINT)
    assert ended(worker, seconds=60) == 0
    assert_handed_back(endless, queue, bucket)
    assert emitted(worker, "left")[0]["reason"] == "SIGINT was received"


def test_a_signal_ends_a_worker_that_waits_for_work_in_good_order_even_if_it_is_repeated(
    start_worker: Start, eventually: Eventually
) -> None:
    worker = start_worker("--stop-seconds", "15")
    eventually(lambda: emitted(worker, "started"))
    time.sleep(0.5)
    while worker.process.poll() is None:
        worker.process.terminate()
        time.sleep(0.001)
    assert worker.process.returncode == 0
    assert emitted(worker, "left")[0]["reason"] == "SIGTERM was received"


@pytest.mark.parametrize(("notice", "gone_before"), [pytest.param(120, 20, marks=pytest.mark.thorough), (5, -15)])
def test_on_an_interruption_notice_a_worker_is_gone_well_before_the_deadline(
    *,
    notice: float,
    gone_before: float,
    endless: Job,
    submit_job: Submit,
    queue: Queue,
    bucket: Bucket,
    start_worker: Start,
    eventually: Eventually,
    metadata_server: MetadataServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With five seconds it hands back at once, and its end may come before it has ended by itself."""
    for variable, value in metadata_server.environment().items():
        monkeypatch.setenv(variable, value)
    submit_job(endless)
    worker = start_worker("--lease-seconds", "300")
    eventually(lambda: emitted(worker, "begun"))
    metadata_server.announce_interruption(notice)
    assert ended(worker, seconds=notice - gone_before) == 0
    assert_handed_back(endless, queue, bucket)
    [noticed] = emitted(worker, "noticed")
    assert noticed["reason"] == "Spot interruption notice"
    assert not [claim for claim in emitted(worker, "claimed") if claim["time"] > noticed["time"]]


def test_on_a_rebalance_recommendation_a_worker_finishes_what_it_has_begun_and_leaves(
    *,
    long_job: Job,
    submit_job: Submit,
    queue: Queue,
    bucket: Bucket,
    start_worker: Start,
    eventually: Eventually,
    metadata_server: MetadataServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable, value in metadata_server.environment().items():
        monkeypatch.setenv(variable, value)
    metadata_server.recommend_rebalance()
    submit_job(long_job)
    worker = start_worker("--lease-seconds", "300")
    assert ended(worker) == 0
    assert emitted(worker, "left")[0]["reason"] == "rebalance recommendation"
    assert len(emitted(worker, "begun")) == len(emitted(worker, "stored"))
    depth = queue.depth()
    assert depth.in_flight == 0
    assert depth.visible > 0
    assert not list(bucket.list(keys.failures_folder(long_job.id)))


def test_what_a_killed_worker_had_in_hand_is_soon_running_elsewhere(
    *, endless: Job, submit_job: Submit, start_worker: Start, eventually: Eventually
) -> None:
    submit_job(endless)
    victim = start_worker()
    eventually(lambda: emitted(victim, "begun"))
    other = start_worker()
    eventually(lambda: emitted(other, "started"))
    time.sleep(LEASE_SECONDS + 1)
    assert not emitted(other, "claimed"), "the victim's heartbeat kept it hidden"
    victim.process.kill()
    assert ended(victim) == -signal.SIGKILL
    eventually(lambda: emitted(other, "begun"))


def test_what_a_killed_worker_leaves_is_finished_by_another_with_the_same_bytes(
    *,
    long_job: Job,
    submit_job: Submit,
    bucket: Bucket,
    start_worker: Start,
    eventually: Eventually,
    results: Results,
    tmp_path: Path,
) -> None:
    submit_job(long_job)
    victim = start_worker()
    eventually(lambda: status(bucket, long_job.id).done >= 3 * BLOCK_PATHS)
    victim.process.kill()
    assert ended(victim) == -signal.SIGKILL
    left = results(bucket, long_job)
    assert keys.SUMMARY not in left, "killed in the middle"

    assert ended(start_worker("--drain")) == 0
    assert left.items() <= results(bucket, long_job).items(), "nothing that was stored has changed"
    fetch_results(bucket, long_job, tmp_path / "fleet")
    run_job(long_job, tmp_path / "here", threads=1)
    for name in ("paths.csv", "summary.csv"):
        assert (tmp_path / "fleet" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


@pytest.mark.thorough
def test_a_precision_job_has_the_same_paths_and_bytes_whoever_is_killed_over_it(
    *,
    precise_job: Job,
    submit_job: Submit,
    bucket: Bucket,
    start_worker: Start,
    eventually: Eventually,
    tmp_path: Path,
) -> None:
    precise_job = precise_job.with_experiment(precision="probability_of_loss=0.005")
    submit_job(precise_job)
    victim = start_worker()
    eventually(lambda: status(bucket, precise_job.id).done >= 7 * BLOCK_PATHS)
    victim.process.kill()
    assert ended(victim) == -signal.SIGKILL
    assert status(bucket, precise_job.id).state == "running", "killed in the middle"

    assert [ended(worker) for worker in (start_worker("--drain"), start_worker("--drain"))] == [0, 0]
    found = status(bucket, precise_job.id)
    assert (found.state, found.done) == ("complete", 32 * BLOCK_PATHS)
    fetch_results(bucket, precise_job, tmp_path / "fleet")
    for threads in (1, 2):
        run_job(precise_job, tmp_path / str(threads), threads=threads)
    run_job(precise_job.with_experiment(precision=None, iterations=found.done), tmp_path / "plain", threads=2)
    for name in ("paths.csv", "summary.csv"):
        folders = ("fleet", "1", "2", "plain")
        assert len({(tmp_path / folder / name).read_bytes() for folder in folders}) == 1


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        (("--idle-exit-minutes", "0.01"), "there was nothing to do"),
        (("--max-life-hours", "0.0001"), "the end of its life has come"),
    ],
)
def test_a_worker_leaves_by_itself(option: tuple[str, ...], reason: str, start_worker: Start) -> None:
    worker = start_worker(*option)
    assert ended(worker) == 0
    assert emitted(worker, "left")[0]["reason"].startswith(reason)


def test_poison_of_many_kinds_hurts_nobody_else_and_forges_no_line_of_the_log(
    *, job: Job, submit_job: Submit, queue: Queue, dead_letters: Queue, bucket: Bucket, start_worker: Start
) -> None:
    hostile = ["hello", "[" * 100_000, "\u2028 line\n2026-01-01 INFO forged event", '{"format":99}']
    queue.send_all(hostile, {"short": "9" * 5000})
    submit_job(job)
    queue.send('{"event":"left"}', {})
    worker = start_worker("--drain")
    assert ended(worker) == 0
    assert emitted(worker, "left")[0]["reason"].startswith("the queue is empty")
    assert status(bucket, job.id).state == "complete"
    letters = dead_letters.receive(wait_seconds=1, visibility_seconds=300, at_most=10)
    assert sorted(letter.body for letter in letters) == sorted([*hostile, '{"event":"left"}'])
    assert len(emitted(worker, "failed")) == len(letters)
    assert len(emitted(worker, "left")) == 1
    assert not any(line.startswith("2026-01-01") for line in worker.log.read_text().splitlines())


def test_what_a_worker_does_is_seen_in_its_status_and_counted_in_its_metrics(
    *, job: Job, submit_job: Submit, start_worker: Start, eventually: Eventually, run_folder: Path
) -> None:
    submit_job(job)
    worker = start_worker("--metrics")
    eventually(lambda: emitted(worker, "settled"))
    eventually(lambda: [seen.status.shards for seen in workers(run_folder) if seen.status] == [1])
    counted = [json.loads(line) for line in worker.log.read_text().splitlines() if '"_aws"' in line]
    assert [each["path-days"] for each in counted] == [job.experiment.iterations * job.experiment.days]
    worker.process.terminate()
    assert ended(worker) == 0
    assert workers(run_folder) == []


def test_without_a_queue_a_worker_does_not_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTMC_QUEUE_URL", f"{settings.queue_url}-gone")
    said = CliRunner().invoke(command, standalone_mode=False)
    assert "no such queue" in str(said.exception)
    monkeypatch.delenv("SPOTMC_BUCKET")
    said = CliRunner().invoke(command, standalone_mode=False)
    assert "lacks SPOTMC_BUCKET" in str(said.exception)
