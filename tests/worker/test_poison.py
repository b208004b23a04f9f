"""What becomes of a message that cannot be done."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from fleet import keys, markers
from fleet.bucket import Bucket
from fleet.events import Event
from fleet.job import Job
from fleet.message import Shard
from fleet.progress import status
from fleet.queue import MAX_RECEIVE_COUNT, Queue
from fleet.shards import key_of
from fleet.tree import Range
from montecarlo.data.history import PriceHistory
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.worker.one_message import Claim, dead, do_all, do_next, forget, kinds
from worker import events
from worker.handler import Disposition, MessageHandler
from worker.outcomes import ATTEMPTS, FOREIGN_ATTEMPTS
from worker.shutdown import Shutdown, ShutdownDeadline

Submit = Callable[[Job], None]


def altered(job: Job, **values: object) -> bytes:
    return json.dumps(job.to_dict() | values).encode()


NOT_UNDERSTOOD = [
    "hello",
    "{}",
    "[" * 100_000,
    "\u2028 line\n2026-01-01 INFO forged event",
    '{"format":1,"job":"AAPL-5-20-0123456789ab","first":0,"stop":1}',
    '{"format":2,"job":"../../secret","first":0,"stop":1}',
    '{"format":2,"job":"AAPL-5-20-0123456789ab","first":0,"stop":1e3}',
    '{"format":2,"job":"AAPL-5-20-0123456789ab","first":0,"stop":1,"more":1}',
]


def test_messages_that_are_not_understood_go_to_the_dead_letter_queue_at_once(
    *, handler: MessageHandler, queue: Queue, dead_letters: Queue, claim: Claim, emitted: list[Event]
) -> None:
    queue.send_all(NOT_UNDERSTOOD, {})
    do_all(handler, queue, claim)
    letters = dead(dead_letters)
    assert sorted(letter.body for letter in letters) == sorted(NOT_UNDERSTOOD)
    assert all(letter.attributes["reason"] and letter.attributes["worker"] == "tester" for letter in letters)
    assert kinds(emitted) == [events.Claimed, events.Failed] * len(NOT_UNDERSTOOD)


def without_job(job: Job, bucket: Bucket) -> None:
    bucket.delete(keys.job_key(job.id))


def without_prices(job: Job, bucket: Bucket) -> None:
    bucket.delete(keys.input_key("prices", job.inputs["prices"]))


def with_other_prices(job: Job, bucket: Bucket) -> None:
    bucket.put(keys.input_key("prices", job.inputs["prices"]), b"date,close\n")


def with_another_seed(job: Job, bucket: Bucket) -> None:
    bucket.put(keys.job_key(job.id), altered(job, experiment=job.experiment.to_dict() | {"seed": 8}))


def with_another_job_in_its_place(job: Job, bucket: Bucket) -> None:
    other = job.with_experiment(seed=8)
    bucket.put(keys.job_key(job.id), other.to_json())


def with_another_format(job: Job, bucket: Bucket) -> None:
    bucket.put(keys.job_key(job.id), altered(job, format=99))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (without_job, "there is no job"),
        (without_prices, "is not in the bucket"),
        (with_other_prices, "has been altered"),
        (with_another_seed, "was altered"),
        (with_another_job_in_its_place, "what lies in the folder"),
        (with_another_format, "99"),
    ],
)
def test_a_job_that_cannot_be_done_is_given_up_at_once_with_its_reason(
    *,
    damage: Callable[[Job, Bucket], None],
    words: str,
    job: Job,
    submit_job: Submit,
    handler: MessageHandler,
    claim: Claim,
    bucket: Bucket,
    dead_letters: Queue,
) -> None:
    submit_job(job)
    damage(job, bucket)
    assert do_next(handler, claim) is Disposition.ACK
    [letter] = dead(dead_letters)
    assert words in str(letter.attributes["reason"])
    [failure] = bucket.list(keys.failures_folder(job.id))
    assert markers.read_marker(bucket, failure.key)["reason"] == letter.attributes["reason"]
    assert bucket.exists(keys.dead_key(job.id, Range(0, 500)))


def rows_of(job: Job, chunk: Range) -> str:
    assert job.experiment.rows_format
    return keys.rows_key(job.id, job.experiment.rows_format, chunk)


def told_to_delete(reason: str, key: str) -> list[str]:
    """As a person would do it."""
    [words] = re.findall("; delete (.*), then submit the same job again", reason)
    return [key if each == "it" else each for each in words.split(" and ")]


@pytest.mark.parametrize("damaged", [key_of, rows_of], ids=["a tally", "rows"])
@pytest.mark.parametrize("content", [b"", b"\xff\x00 junk", b"{}", b'{"fan":{"first":0,"counts":[[1]]}}'])
@pytest.mark.thorough
def test_what_rests_on_a_damaged_object_is_given_up_with_its_name_and_done_once_that_is_mended(
    *,
    four_chunks: Job,
    submit_job: Submit,
    handler: MessageHandler,
    queue: Queue,
    claim: Claim,
    bucket: Bucket,
    dead_letters: Queue,
    damaged: Callable[[Job, Range], str],
    content: bytes,
) -> None:
    first, *_ = four_chunks.tree.leaves()
    key = damaged(four_chunks, first)
    submit_job(four_chunks)
    with claim() as lease:
        assert handler.do(lease) is Disposition.ACK
    queue.delete(lease.message)
    bucket.put(key, content)
    do_all(handler, queue, claim)
    [letter] = dead(dead_letters)
    assert str(letter.attributes["reason"]).startswith(f"cannot read {key}: ")
    assert f"cannot read {key}: " in status(bucket, four_chunks.id).reason
    assert not handler.shutdown.deadline, "nothing is wrong with the machine"

    dead_letters.release(letter)
    for each in told_to_delete(str(letter.attributes["reason"]), key):
        bucket.delete(each)
    submit_job(four_chunks)
    do_all(handler, queue, claim)
    assert status(bucket, four_chunks.id).state == "complete"
    assert dead(dead_letters) == []


def test_a_range_that_is_no_shard_of_its_job_is_given_up_at_once(
    *,
    job: Job,
    submit_job: Submit,
    handler: MessageHandler,
    queue: Queue,
    claim: Claim,
    dead_letters: Queue,
    bucket: Bucket,
) -> None:
    submit_job(job)
    do_all(handler, queue, claim)
    queue.send(Shard(job.id, Range(0, 10**12)).to_body(), {})
    assert do_next(handler, claim) is Disposition.ACK
    [letter] = dead(dead_letters)
    assert "is no shard" in str(letter.attributes["reason"])


def attempts(handler: MessageHandler, queue: Queue, claim: Claim) -> list[Disposition]:
    """What becomes of a message until it is deleted."""
    verdicts: list[Disposition] = []
    while Disposition.ACK not in verdicts:
        with claim() as lease:
            verdicts.append(handler.do(lease))
        queue.release(lease.message)
    return verdicts


def test_what_raises_is_tried_again_and_hand_backs_do_not_count(
    *,
    four_chunks: Job,
    submit_job: Submit,
    handler: MessageHandler,
    queue: Queue,
    claim: Claim,
    dead_letters: Queue,
    bucket: Bucket,
) -> None:
    """Here because the rows of a sibling are gone."""
    submit_job(four_chunks)
    do_all(handler, queue, claim)
    forget(bucket, four_chunks)
    bucket.delete(rows_of(four_chunks, Range(0, BLOCK_PATHS)))
    queue.send(Shard(four_chunks.id, Range(BLOCK_PATHS, 2 * BLOCK_PATHS)).to_body(), {})

    gone = Shutdown()
    gone.request(ShutdownDeadline("emitted to go", by=0))
    for _ in range(ATTEMPTS):
        with claim() as lease:
            assert replace(handler, shutdown=gone).do(lease) is Disposition.RELEASE
        queue.release(lease.message)

    assert attempts(handler, queue, claim) == [Disposition.RETRY] * (ATTEMPTS - 1) + [Disposition.ACK]
    [letter] = dead(dead_letters)
    assert str(letter.attributes["reason"]).startswith("there is no jobs/")
    assert status(bucket, four_chunks.id).state == "failed"
    assert status(bucket, four_chunks.id).reason == letter.attributes["reason"]


@pytest.mark.parametrize(
    "shortage", [MemoryError(), OSError(28, "No space left"), RuntimeError("can't start new thread")]
)
def test_a_machine_that_is_short_of_something_hands_back_and_leaves(
    *,
    job: Job,
    submit_job: Submit,
    handler: MessageHandler,
    claim: Claim,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
    shortage: Exception,
) -> None:
    """It would claim the message again at once, until that is dead."""

    def fail(*_: object) -> None:
        raise shortage

    monkeypatch.setattr("worker.handler.compute", fail)
    submit_job(job)
    assert do_next(handler, claim) is Disposition.RELEASE
    assert "this machine cannot work" in handler.shutdown.reason
    assert not bucket.names(keys.failures_folder(job.id)), "no failure of the message"


def test_a_message_whose_workers_all_end_is_given_up_with_a_reason_before_sqs_buries_it_without_one(
    *,
    job: Job,
    submit_job: Submit,
    handler: MessageHandler,
    queue: Queue,
    claim: Claim,
    dead_letters: Queue,
    bucket: Bucket,
) -> None:
    submit_job(job)
    for _ in range(MAX_RECEIVE_COUNT - 1):
        with claim() as lease:
            pass
        queue.release(lease.message)
    assert do_next(handler, claim) is Disposition.ACK
    [letter] = dead(dead_letters)
    assert "delivered 30 times" in str(letter.attributes["reason"])
    assert status(bucket, job.id).state == "failed"


@pytest.fixture
def foreign(job: Job, history: PriceHistory, queue: Queue, bucket: Bucket) -> Job:
    """As another version has submitted it."""
    foreign = replace(job, engine="0")
    bucket.put(keys.input_key("prices", history.digest), history.to_csv())
    bucket.put(keys.job_key(foreign.id), foreign.to_json())
    queue.send(Shard(foreign.id, Range(0, 500)).to_body(), {})
    return foreign


def test_a_job_for_another_engine_is_left_to_others_many_times(
    *, foreign: Job, handler: MessageHandler, queue: Queue, claim: Claim, dead_letters: Queue
) -> None:
    assert attempts(handler, queue, claim) == [Disposition.RETRY] * (FOREIGN_ATTEMPTS - 1) + [Disposition.ACK]
    [letter] = dead(dead_letters)
    assert "needs engine 0" in str(letter.attributes["reason"])


def test_a_mended_job_is_read_anew(
    *, foreign: Job, handler: MessageHandler, queue: Queue, claim: Claim, bucket: Bucket
) -> None:
    with claim() as lease:
        assert handler.do(lease) is Disposition.RETRY
    bucket.delete(keys.job_key(foreign.id))
    queue.release(lease.message)
    assert do_next(handler, claim) is Disposition.ACK, "the job is gone, which no attempt can mend"
