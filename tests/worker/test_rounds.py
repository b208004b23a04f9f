"""A job that stops when it is precise enough: one round after the other, whoever vanishes over it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.events import Event
from fleet.job import Job
from fleet.job_store import load_job
from fleet.message import Shard, attributes
from fleet.progress import cancel, status
from fleet.queue import Queue
from fleet.results import fetch_results
from fleet.settings import Settings
from fleet.submit import send
from fleet.tree import Range
from montecarlo.statistics.tally import BLOCK_PATHS
from spotmc.run import run_job
from tests.worker.one_message import Claim, do_all, do_next
from worker import events
from worker.handler import Disposition, MessageHandler

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

Clients = tuple["SQSClient", "S3Client"]
Submit = Callable[[Job], None]

FILES = ("paths.csv", "uncertainty.csv", "summary.csv")


@pytest.fixture
def undisturbed(precise_job: Job, tmp_path: Path) -> list[bytes]:
    """What the job yields in one process."""
    run_job(precise_job, tmp_path / "here", threads=1)
    return [(tmp_path / "here" / name).read_bytes() for name in FILES]


def fetched(bucket: Bucket, job: Job, folder: Path) -> list[bytes]:
    fetch_results(bucket, job, folder)
    return [(folder / name).read_bytes() for name in FILES]


def waiting(queue: Queue) -> int:
    return queue.depth().visible


def test_a_round_is_sent_when_the_one_before_was_not_enough(
    *,
    precise_job: Job,
    submit_job: Submit,
    queue: Queue,
    bucket: Bucket,
    handler: MessageHandler,
    claim: Claim,
    emitted: list[Event],
    undisturbed: list[bytes],
    tmp_path: Path,
) -> None:
    submit_job(precise_job)
    assert waiting(queue) == 4, "the first round has so many chunks"
    do_all(handler, queue, claim)
    assert [event.children for event in emitted if isinstance(event, events.RoundEnded)] == [2, 2, 4, 4]
    assert [type(event) for event in emitted].count(events.Completed) == 1
    found = status(bucket, precise_job.id)
    assert (found.state, found.done, found.warnings) == ("complete", 16 * BLOCK_PATHS, precise_job.experiment.warnings)
    assert fetched(bucket, precise_job, tmp_path / "fleet") == undisturbed
    plain = precise_job.with_experiment(precision=None, iterations=found.done)
    run_job(plain, tmp_path / "plain", threads=2)
    assert [(tmp_path / "plain" / name).read_bytes() for name in FILES] == undisturbed


class Vanished(BaseException):
    """The process is no more, whatever it would catch."""


class Deadly:
    """Over whatever is done for the first time somebody vanishes: before it is done, or right afterwards."""

    def __init__(self, *, does: bool) -> None:
        self.does = does
        self.victims: set[str] = set()

    def over(self, what: str, do: Callable[[], None]) -> None:
        if what in self.victims:
            do()
            return
        self.victims.add(what)
        if self.does:
            do()
        raise Vanished


class DeadlyBucket(Bucket):
    def __init__(self, client: "S3Client", name: str, deadly: Deadly) -> None:
        super().__init__(client, name)
        self.deadly = deadly

    def put(self, key: str, content: bytes) -> None:
        self.deadly.over(key, lambda: super(DeadlyBucket, self).put(key, content))


class DeadlyQueue(Queue):
    def __init__(self, client: "SQSClient", url: str, deadly: Deadly) -> None:
        super().__init__(client, url)
        self.deadly = deadly

    def send_all(self, bodies: list[str], attributes: dict[str, str | int]) -> None:  # type: ignore[override]
        self.deadly.over(f"{bodies}", lambda: super(DeadlyQueue, self).send_all(bodies, attributes))


@pytest.mark.parametrize(
    "does", [False, pytest.param(True, marks=pytest.mark.thorough)], ids=["before it is done", "after it is done"]
)
def test_whoever_vanishes_between_any_two_steps_the_number_of_paths_and_the_bytes_are_the_same(
    *,
    does: bool,
    precise_job: Job,
    submit_job: Submit,
    clients: Clients,
    settings: Settings,
    queue: Queue,
    bucket: Bucket,
    handler: MessageHandler,
    claim: Claim,
    undisturbed: list[bytes],
    tmp_path: Path,
) -> None:
    """Between the last tally of a round and the messages of the next, and between these and the note of them, too."""
    submit_job(precise_job)
    deadly = Deadly(does=does)
    handler = replace(
        handler,
        bucket=DeadlyBucket(clients[1], settings.bucket, deadly),
        queue=DeadlyQueue(clients[0], settings.queue_url, deadly),
    )
    while not queue.depth().empty:
        with claim() as lease:
            try:
                assert handler.do(lease) is Disposition.ACK
            except Vanished:
                queue.release(lease.message)
                continue
        queue.delete(lease.message)
    sent = {name for name in deadly.victims if name.startswith("[")}
    assert len(sent) == 4, "somebody vanished over the messages of each later round"
    stored = {entry.key for folder in (keys.folder(precise_job.id), keys.TABLES) for entry in bucket.list(folder)}
    ours = {keys.job_key, keys.submitted_key, keys.sent_key, keys.running_key}
    assert deadly.victims - sent == stored - {key(precise_job.id) for key in ours}
    assert status(bucket, precise_job.id).done == 16 * BLOCK_PATHS
    assert fetched(bucket, precise_job, tmp_path / "fleet") == undisturbed


def test_a_message_that_is_delivered_again_much_later_sends_nothing(
    *,
    precise_job: Job,
    submit_job: Submit,
    queue: Queue,
    bucket: Bucket,
    handler: MessageHandler,
    claim: Claim,
) -> None:
    """Otherwise each of them would double all that follows."""
    early = Shard(precise_job.id, Range(0, BLOCK_PATHS)).to_body()
    submit_job(precise_job)
    for _ in range(4):
        with claim() as lease:
            handler.do(lease)
        queue.delete(lease.message)
    assert waiting(queue) == 2, "the second round"
    with claim() as one, claim() as other:
        queue.send(early, attributes(precise_job, bucket.name))
        assert do_next(handler, claim) is Disposition.ACK
        assert waiting(queue) == 0
        assert [handler.do(each) for each in (one, other)] == [Disposition.ACK] * 2
    assert waiting(queue) == 2, "the third"


@pytest.mark.parametrize("lost", [[], ["0-6144"]], ids=["all is there", "what decided is deleted"])
def test_what_was_cancelled_in_the_middle_goes_on_with_its_round_when_it_is_sent_again(
    *,
    lost: list[str],
    precise_job: Job,
    submit_job: Submit,
    queue: Queue,
    bucket: Bucket,
    handler: MessageHandler,
    claim: Claim,
    undisturbed: list[bytes],
    tmp_path: Path,
) -> None:
    submit_job(precise_job)
    for _ in range(6):
        with claim() as lease:
            handler.do(lease)
        queue.delete(lease.message)
    cancel(bucket, precise_job.id)
    do_all(handler, queue, claim)
    assert status(bucket, precise_job.id).done == 6 * BLOCK_PATHS
    for shard in lost:
        bucket.delete(f"{keys.tallies_folder(precise_job.id)}{shard}.json")
    send(load_job(bucket, precise_job.id), queue, bucket)
    assert waiting(queue) == 2, "the third round, or the second once more"
    do_all(handler, queue, claim)
    assert fetched(bucket, precise_job, tmp_path / "fleet") == undisturbed


def test_what_was_deleted_is_made_again_and_changes_nothing(
    *,
    precise_job: Job,
    submit_job: Submit,
    queue: Queue,
    bucket: Bucket,
    handler: MessageHandler,
    claim: Claim,
    undisturbed: list[bytes],
    tmp_path: Path,
) -> None:
    """As a person is told who has a damaged object."""
    submit_job(precise_job)
    do_all(handler, queue, claim)
    before = {entry.key: entry.version for entry in bucket.list(keys.tallies_folder(precise_job.id))}
    for shard in ("4096-6144", "0-8192", "0-16384"):
        bucket.delete(f"{keys.tallies_folder(precise_job.id)}{shard}.json")
    bucket.delete(keys.summary_key(precise_job.id))
    submit_job(precise_job)
    do_all(handler, queue, claim)
    assert {entry.key: entry.version for entry in bucket.list(keys.tallies_folder(precise_job.id))} == before
    assert fetched(bucket, precise_job, tmp_path / "fleet") == undisturbed
