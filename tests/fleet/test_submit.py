import json
from dataclasses import replace

import pytest

from fleet import keys, marks
from fleet.bucket import Bucket
from fleet.errors import QueueError
from fleet.job import Job
from fleet.message import message
from fleet.progress import cancel, recent, status
from fleet.queue import Queue
from fleet.settings import Settings
from fleet.submit import send, submit
from montecarlo.history import PriceHistory


@pytest.fixture
def no_queue(settings: Settings) -> Queue:
    return Queue.connect(replace(settings, queue_url=f"{settings.queue_url}-gone"))


def test_prices_job_and_message_are_all_there(job: Job, history: PriceHistory, queue: Queue, bucket: Bucket) -> None:
    submit(job, history, queue, bucket)
    assert bucket.get(f"prices/{history.digest}.csv") == history.to_csv()
    assert bucket.get(f"jobs/{job.id}/job.json") == job.to_json()
    [received] = queue.receive(wait_seconds=1, visibility_seconds=30)
    body, attributes = message(job, bucket.name)
    assert received.body == body
    assert received.attributes == {name: str(value) for name, value in attributes.items()}


def test_when_sending_fails_the_job_is_not_sent_and_submitting_again_sends_it_under_the_same_id(
    job: Job, history: PriceHistory, queue: Queue, no_queue: Queue, bucket: Bucket
) -> None:
    with pytest.raises(QueueError):
        submit(job, history, no_queue, bucket)
    assert status(bucket, job.id).state == "not sent"
    assert [each.state for each in recent(bucket)] == ["not sent"]
    submit(job, history, queue, bucket)
    assert [(each.job.id, each.state) for each in recent(bucket)] == [(job.id, "queued")]
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
    assert len(recent(bucket)) == 1


def test_a_complete_job_is_not_sent_again(job: Job, history: PriceHistory, queue: Queue, bucket: Bucket) -> None:
    bucket.put(keys.summary_key(job.id), b"done")
    submit(job, history, queue, bucket)
    assert queue.depth().empty


def test_submitting_again_forgets_that_the_job_was_cancelled_or_failed(
    job: Job, history: PriceHistory, queue: Queue, bucket: Bucket
) -> None:
    submit(job, history, queue, bucket)
    marks.leave(bucket, keys.running_key(job.id))
    for _ in range(2):
        marks.record_failure(bucket, job.id, "worker", "out of memory")
    cancel(bucket, job.id)
    submit(job, history, queue, bucket)
    assert status(bucket, job.id).state == "queued"


def test_prices_that_the_job_was_not_made_from_are_refused(
    job: Job, history: PriceHistory, queue: Queue, bucket: Bucket
) -> None:
    with pytest.raises(ValueError, match="other prices"):
        submit(replace(job, snapshot="0" * 64), history, queue, bucket)
    assert bucket.names("") == set()


def test_a_note_says_when_it_was_left(job: Job, history: PriceHistory, queue: Queue, bucket: Bucket) -> None:
    submit(job, history, queue, bucket)
    assert json.loads(bucket.get(keys.sent_key(job.id)))["at"].endswith("+00:00")
