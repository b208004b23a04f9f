import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fleet import failures, keys, markers
from fleet.bucket import Bucket
from fleet.dead_letters import dead_letter, peek
from fleet.errors import BucketError, MessageError, QueueError
from fleet.job import Job, canonical
from fleet.listing import recent
from fleet.message import Shard, attributes
from fleet.progress import cancel, status
from fleet.queue import Message, Queue
from fleet.settings import Settings
from fleet.submit import preview, send, submit
from fleet.tree import Range
from montecarlo.data.history import PriceHistory
from montecarlo.limits import MAX_ITERATIONS
from montecarlo.statistics.tally import BLOCK_PATHS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

Clients = tuple["SQSClient", "S3Client"]


@pytest.fixture
def no_queue(settings: Settings) -> Queue:
    return Queue.connect(replace(settings, queue_url=f"{settings.queue_url}-gone"))


def received(queue: Queue) -> list[Message]:
    return queue.receive(wait_seconds=1, visibility_seconds=30, at_most=10)


def test_prices_job_and_message_are_all_there(job: Job, history: PriceHistory, queue: Queue, bucket: Bucket) -> None:
    submit(job, history, queue, bucket)
    assert bucket.get(f"prices/{history.digest}.csv") == history.to_csv()
    assert bucket.get(f"jobs/{job.id}/job.json") == job.to_json()
    [message] = received(queue)
    assert Shard.from_body(message.body) == Shard(job.id, Range(0, 500))
    assert message.attributes == attributes(job, bucket.name)


@pytest.mark.parametrize("paths", [10**3, 10**8, MAX_ITERATIONS])
def test_a_job_of_any_size_is_a_handful_of_messages_in_one_batch(
    job: Job, history: PriceHistory, queue: Queue, bucket: Bucket, paths: int
) -> None:
    job = job.with_experiment(iterations=paths, rows=False)
    job = replace(job, chunk=job.experiment.chunk)
    submit(job, history, queue, bucket)
    ranges = sorted(Shard.from_body(message.body).range for message in received(queue))
    assert 1 <= len(ranges) <= 10
    assert queue.depth().visible == 0, "that was all"
    firsts, stops = zip(*ranges, strict=True)
    assert (*firsts, paths) == (0, *stops)


def test_a_preview_is_what_is_sent(job: Job, history: PriceHistory, queue: Queue, bucket: Bucket) -> None:
    job = replace(job.with_experiment(iterations=3 * BLOCK_PATHS), chunk=BLOCK_PATHS)
    shown = preview(job, bucket.name)
    submit(job, history, queue, bucket)
    messages = received(queue)
    assert sorted(message.body for message in messages) == sorted(canonical(each) for each in shown["messages"])
    assert [message.attributes for message in messages] == [shown["attributes"]] * 3
    assert canonical(shown["job"]).encode() == bucket.get(keys.job_key(job.id))


def test_when_sending_fails_the_job_is_not_sent_and_submitting_again_sends_it_under_the_same_id(
    job: Job, history: PriceHistory, queue: Queue, no_queue: Queue, bucket: Bucket
) -> None:
    with pytest.raises(QueueError):
        submit(job, history, no_queue, bucket)
    assert status(bucket, job.id).state == "not sent"
    assert [each.state for each in recent(bucket).rows] == ["not sent"]
    submit(job, history, queue, bucket)
    assert [(each.job.id, each.state) for each in recent(bucket).rows] == [(job.id, "queued")]
    assert queue.depth().visible == 1


def test_a_job_in_the_bucket_can_be_sent_without_its_prices(
    job: Job, history: PriceHistory, queue: Queue, no_queue: Queue, bucket: Bucket
) -> None:
    with pytest.raises(QueueError):
        submit(job, history, no_queue, bucket)
    send(job, queue, bucket)
    assert status(bucket, job.id).state == "queued"


def test_submitting_again_keeps_the_time_of_the_first(
    job: Job, history: PriceHistory, queue: Queue, bucket: Bucket
) -> None:
    submit(job, history, queue, bucket)
    submitted = status(bucket, job.id).submitted
    submit(job, history, queue, bucket)
    assert status(bucket, job.id).submitted == submitted
    assert len(recent(bucket).rows) == 1


def test_a_complete_job_is_not_sent_again(job: Job, history: PriceHistory, queue: Queue, bucket: Bucket) -> None:
    bucket.put(keys.summary_key(job.id), b"done")
    submit(job, history, queue, bucket)
    assert queue.depth().empty


def test_submitting_again_forgets_that_the_job_was_cancelled(
    job: Job, history: PriceHistory, queue: Queue, bucket: Bucket
) -> None:
    submit(job, history, queue, bucket)
    markers.write_marker(bucket, keys.running_key(job.id))
    cancel(bucket, job.id)
    submit(job, history, queue, bucket)
    assert status(bucket, job.id).state == "queued"


def test_submitting_again_takes_what_failed_out_of_the_dead_letter_queue(
    *, job: Job, history: PriceHistory, queue: Queue, dead_letters: Queue, bucket: Bucket
) -> None:
    """But not what failed of other jobs."""
    submit(job, history, queue, bucket)
    [message] = received(queue)
    queue.delete(message)
    shard = Shard.from_body(message.body)
    failures.record(bucket, shard, "worker", "out of memory")
    dead_letter(dead_letters, message, "out of memory", "worker")
    dead_letter(dead_letters, replace(message, body="of another"), "not JSON", "worker")
    failures.give_up(bucket, shard, "out of memory")
    assert status(bucket, job.id).state == "failed"

    submit(job, history, queue, bucket)
    assert status(bucket, job.id).state == "queued"
    assert [each.body for each in received(queue)] == [message.body]
    assert failures.record(bucket, shard, "worker", "again") == 1
    with peek(dead_letters) as letters:
        assert [letter.message.body for letter in letters] == ["of another"]


class DyingBucket(Bucket):
    """Deletes so many objects and no more."""

    deletions = 0

    def delete(self, key: str) -> None:
        if self.deletions == 0:
            raise BucketError("no more")
        self.deletions -= 1
        super().delete(key)


@pytest.mark.parametrize("deletions", range(4))
def test_a_job_that_is_sent_again_only_by_half_is_not_taken_for_one_on_the_queue(
    *, job: Job, submit_job: Callable[[Job], None], queue: Queue, settings: Settings, clients: Clients, deletions: int
) -> None:
    submit_job(job)
    bucket = DyingBucket(clients[1], settings.bucket)
    markers.write_marker(bucket, keys.running_key(job.id))
    markers.write_marker(bucket, keys.cancelled_key(job.id))
    failures.give_up(bucket, Shard(job.id, Range(0, 500)), "out of luck")
    bucket.deletions = deletions
    with pytest.raises(BucketError):
        send(job, queue, bucket)
    assert status(bucket, job.id).state in ("cancelled", "failed")
    bucket.deletions = 10
    send(job, queue, bucket)
    assert status(bucket, job.id).state == "queued"


def test_an_unfinished_job_of_another_engine_is_not_sent(
    job: Job, history: PriceHistory, queue: Queue, bucket: Bucket
) -> None:
    older = replace(job, engine="4")
    with pytest.raises(MessageError, match=r"needs engine 4, and workers of this version have \d+: submit it anew"):
        submit(older, history, queue, bucket)
    assert queue.depth().empty
    bucket.put(keys.summary_key(older.id), b"done")
    send(older, queue, bucket)


def test_prices_that_the_job_was_not_made_from_are_refused(
    job: Job, history: PriceHistory, queue: Queue, bucket: Bucket
) -> None:
    with pytest.raises(ValueError, match="other prices"):
        submit(replace(job, inputs={"prices": "0" * 64}), history, queue, bucket)
    assert bucket.names("") == {}


def test_a_note_says_when_it_was_left(job: Job, history: PriceHistory, queue: Queue, bucket: Bucket) -> None:
    submit(job, history, queue, bucket)
    assert json.loads(bucket.get(keys.sent_key(job.id)))["at"].endswith("+00:00")
