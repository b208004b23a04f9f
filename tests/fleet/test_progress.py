from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fleet import failures, keys, markers
from fleet.bucket import Bucket, Entry
from fleet.errors import NoSuchJobError, UnreadableObjectError
from fleet.job import Job
from fleet.job_store import load_job
from fleet.listing import recent
from fleet.message import Shard
from fleet.progress import Status, cancel, state_of, status
from fleet.settings import Settings
from fleet.tree import Range
from fleet.wording import in_words
from montecarlo.statistics.tally import BLOCK_PATHS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

Submit = Callable[[Job], None]


@pytest.mark.parametrize(
    ("names", "state"),
    [
        ({"job.json", "submitted.json"}, "not sent"),
        ({"job.json", "submitted.json", "sent.json"}, "queued"),
        ({"job.json", "submitted.json", "sent.json", "running.json", "tallies/"}, "running"),
        ({"job.json", "submitted.json", "running.json"}, "running"),
        ({"job.json", "sent.json", "running.json", "failures/"}, "running"),
        ({"job.json", "sent.json", "running.json", "failures/", "dead/"}, "failed"),
        ({"job.json", "sent.json", "running.json", "dead/", "cancelled.json"}, "cancelled"),
        ({"job.json", "sent.json", "running.json", "dead/", "cancelled.json", "summary.csv"}, "complete"),
    ],
)
def test_the_state_follows_from_what_lies_in_the_folder_of_the_job(names: set[str], state: str) -> None:
    assert state_of(names) == state


def test_a_status_tells_the_paths_that_are_stored_and_the_warnings(
    job: Job, submit_job: Submit, bucket: Bucket
) -> None:
    job = replace(job.with_experiment(iterations=11 * BLOCK_PATHS + 10), chunk=BLOCK_PATHS)
    submit_job(job)
    assert status(bucket, job.id).done == 0
    *_, last_but_one, last = job.tree.leaves()
    for shard in (last_but_one, last, job.tree.parent(last)):  # the sum of two is not counted once more
        assert shard is not None
        bucket.put(keys.tally_key(job.id, shard, job.tree.ancestors(shard)), b"")
    markers.write_marker(bucket, keys.running_key(job.id), worker="someone")
    now = status(bucket, job.id)
    assert (now.state, now.done, now.job, now.reason) == ("running", BLOCK_PATHS + 10, job, "")
    assert now.warnings == job.experiment.model.warnings != ()


def test_a_failed_job_tells_why(job: Job, submit_job: Submit, bucket: Bucket) -> None:
    submit_job(job)
    failures.give_up(bucket, Shard(job.id, Range(0, 500)), "out of luck")
    assert (status(bucket, job.id).state, status(bucket, job.id).reason) == ("failed", "out of luck")


class LaterBucket(Bucket):
    """Says of objects of the names in ``times`` that they were stored then."""

    def __init__(self, client: "S3Client", name: str) -> None:
        super().__init__(client, name)
        self.times: dict[str, datetime] = {}

    def names(self, folder: str) -> dict[str, datetime | None]:
        return {name: self.times.get(name, stored) for name, stored in super().names(folder).items()}

    def list(self, prefix: str) -> Iterator[Entry]:
        for entry in super().list(prefix):
            yield replace(entry, stored=self.times.get(entry.key.rsplit("/", 1)[-1], entry.stored))


def test_only_what_was_stored_since_the_job_was_sent_tells_its_rate_and_that_it_runs(
    job: Job, submit_job: Submit, clients: tuple["SQSClient", "S3Client"], settings: Settings
) -> None:
    """A job that was cancelled yesterday and sent again is not slow; and workers may know it from yesterday."""
    job = replace(job.with_experiment(iterations=9 * BLOCK_PATHS), chunk=BLOCK_PATHS)
    submit_job(job)
    bucket = LaterBucket(clients[1], settings.bucket)
    first, second, third, fourth, *_ = job.tree.leaves()
    now = datetime.now(UTC)

    def store(shard: Range, age: timedelta) -> None:
        bucket.times[f"{shard}.json"] = now - age
        bucket.put(keys.tally_key(job.id, shard, job.tree.ancestors(shard)), b"")

    bucket.times["sent.json"] = now - timedelta(minutes=1)
    store(first, timedelta(days=1))
    store(second, timedelta(days=1, seconds=1))
    assert (status(bucket, job.id).state, status(bucket, job.id).rate) == ("queued", None)
    store(third, timedelta(seconds=20))
    assert (status(bucket, job.id).state, status(bucket, job.id).rate) == ("running", None)
    store(fourth, timedelta(seconds=10))
    found = status(bucket, job.id)
    assert found.rate == pytest.approx(BLOCK_PATHS / 20, rel=0.2)
    assert found.seconds_left == pytest.approx(5 * 20, rel=0.2)


@pytest.mark.parametrize(
    ("paths", "done", "rate", "words"),
    [
        (500, 0, None, "0 of 500 paths (0 %)"),
        (1, 0, None, "0 of 1 path (0 %)"),
        (1000, 999, None, "999 of 1,000 paths (99 %)"),
        (500, 500, None, "500 of 500 paths (100 %)"),
        (10**6, 10**5, 1234.5, "100,000 of 1,000,000 paths (10 %), 1,230 paths a second, about 13 minutes left"),
        (500, 499, 0.001, "499 of 500 paths (99 %), less than a path a second, about 17 minutes left"),
        (10**12, 1, 1e6, "1 of 1,000,000,000,000 paths (0 %), 1,000,000 paths a second, about 12 days left"),
    ],
)
def test_progress_is_told_as_a_person_would(job: Job, paths: int, done: int, rate: float | None, words: str) -> None:
    job = job.with_experiment(iterations=paths, rows=False)
    assert in_words(Status(job, "running", datetime.now(UTC), done, rate)) == words


def test_a_job_that_is_not_what_its_name_says_is_refused(job: Job, submit_job: Submit, bucket: Bucket) -> None:
    other = job.with_experiment(seed=8)
    submit_job(job)
    bucket.put(keys.job_key(job.id), other.to_json())
    with pytest.raises(UnreadableObjectError, match=f"what lies in the folder of {job.id} is the job {other.id}"):
        load_job(bucket, job.id)
    bucket.put(keys.job_key(job.id), job.to_json().replace(b'"iterations":500', b'"iterations":501'))
    with pytest.raises(UnreadableObjectError, match="altered"):
        load_job(bucket, job.id)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (b"", "it is empty"),
        (b"\xff\xfe{\x00", "it is no JSON|it breaks off"),
        (b"\xff\xff\xff", "it is no text"),
        (b"hello", "it is no JSON"),
        (b'{"format": 2, "ch', "it breaks off"),
        (b'{"format": 2', "it breaks off"),
        (b"[1]", "a job must be a JSON object"),
        (b'{"a": NaN}', "it is no JSON of ours"),
    ],
)
def test_what_is_wrong_with_an_object_is_said_in_our_words(
    job: Job, submit_job: Submit, bucket: Bucket, damage: bytes, words: str
) -> None:
    submit_job(job)
    bucket.put(keys.job_key(job.id), damage)
    with pytest.raises(UnreadableObjectError, match=f"cannot read {keys.job_key(job.id)}: ({words})") as error:
        load_job(bucket, job.id)
    assert "codec" not in str(error.value)
    assert "Expecting" not in str(error.value)
    if damage:
        assert error.value.__cause__ is not None


def test_a_complete_job_stays_so_when_it_is_cancelled(job: Job, submit_job: Submit, bucket: Bucket) -> None:
    submit_job(job)
    bucket.put(keys.summary_key(job.id), b"done")
    cancel(bucket, job.id)
    assert status(bucket, job.id).state == "complete"


@pytest.mark.parametrize("damage", [None, b"", b"hello", b"{}", b'{"at": 5}', b'{"at": "yesterday"}', b"[1]", b"\xff"])
def test_a_job_whose_time_of_submission_is_gone_says_so_and_is_shown(
    job: Job, submit_job: Submit, bucket: Bucket, damage: bytes | None
) -> None:
    submit_job(job)
    assert status(bucket, job.id).damage == ""
    before = status(bucket, job.id).submitted
    bucket.delete(keys.submitted_key(job.id))
    if damage is not None:
        bucket.put(keys.submitted_key(job.id), damage)
    now = status(bucket, job.id)
    assert keys.submitted_key(job.id) in now.damage
    assert now.state == "queued"
    assert abs(now.submitted - before) < timedelta(minutes=5)


def test_notes_of_others_in_its_folder_change_nothing_about_a_job(job: Job, submit_job: Submit, bucket: Bucket) -> None:
    submit_job(job)
    stray = ("", "dead/", "dead/notes.txt", "tallies/", "tallies/readme.txt", "tallies/copy/0-500.json", "sent.json/x")
    for name in stray:
        bucket.put(keys.folder(job.id) + name, b"")
    now = status(bucket, job.id)
    assert (now.state, now.done, now.damage) == ("queued", 0, "")


def test_a_job_that_was_given_up_for_an_unreadable_reason_says_that(
    job: Job, submit_job: Submit, bucket: Bucket
) -> None:
    submit_job(job)
    failures.record(bucket, Shard(job.id, Range(0, 5)), "worker", "out of luck")
    bucket.put(keys.dead_key(job.id, Range(0, 5)), b"hello")
    [row] = recent(bucket).rows
    assert row.state == "failed"
    assert f"cannot read {keys.dead_key(job.id, Range(0, 5))}" in row.reason
    assert "submit the same job again" in row.reason
    assert row.reason.endswith("noted beside it: out of luck")


@pytest.mark.parametrize("job_id", ["AAPL-5-20-0123456789ab", "", "..", "../prices", "a/b", "x" * 5000, "\x00"])
def test_a_job_that_does_not_exist_is_said_so(bucket: Bucket, job_id: str) -> None:
    with pytest.raises(NoSuchJobError):
        status(bucket, job_id)
    with pytest.raises(NoSuchJobError):
        cancel(bucket, job_id)
