from itertools import islice
from typing import TYPE_CHECKING

import pytest

from fleet.bucket import Bucket
from fleet.errors import BucketError, FleetError, HandleRefusedError, MissingObjectError, QueueError
from fleet.events import Event
from worker.events import Troubled
from worker.outcomes import Released
from worker.retrying import LONGEST_PAUSE_SECONDS, PatientBucket, pauses, retry_until_shutdown
from worker.shutdown import Shutdown, ShutdownDeadline

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


def test_pauses_grow_up_to_a_limit() -> None:
    found = list(islice(pauses(), 10))
    assert found[:4] == [0.5, 1, 2, 4]
    assert found[-1] == LONGEST_PAUSE_SECONDS


class Flaky:
    """Fails with these errors, one after the other, then succeeds."""

    def __init__(self, *errors: FleetError) -> None:
        self._errors = list(errors)

    def __call__(self) -> str:
        if self._errors:
            raise self._errors.pop(0)
        return "done"


@pytest.mark.parametrize("error", [BucketError("slow down"), QueueError("throttled")])
def test_what_fails_is_done_again_until_it_succeeds(error: FleetError) -> None:
    emitted: list[Event] = []
    assert retry_until_shutdown(Flaky(error), Shutdown(), emitted.append) == "done"
    assert emitted == [Troubled(reason=str(error), pause_seconds=0.5)]


@pytest.mark.parametrize("error", [MissingObjectError("no such object"), HandleRefusedError("not yours")])
def test_what_cannot_succeed_is_not_done_again(error: FleetError) -> None:
    with pytest.raises(type(error)):
        retry_until_shutdown(Flaky(error), Shutdown(), [].append)


def test_who_has_to_go_before_the_pause_is_over_hands_back() -> None:
    shutdown = Shutdown(clock=lambda: 100.0)
    shutdown.request(ShutdownDeadline("emitted to go", by=102.4))
    with pytest.raises(Released, match="slow down"):
        retry_until_shutdown(Flaky(BucketError("slow down")), shutdown, [].append)


def test_who_has_to_go_but_has_the_time_tries_again() -> None:
    shutdown = Shutdown(clock=lambda: 100.0)
    shutdown.request(ShutdownDeadline("emitted to go", by=110))
    assert retry_until_shutdown(Flaky(BucketError("slow down")), shutdown, [].append) == "done"


class Refusing(Bucket):
    """Refuses every second request."""

    requests = 0

    def get(self, key: str) -> bytes:
        self.requests += 1
        if self.requests % 2:
            raise BucketError("slow down")
        return super().get(key)


def test_many_requests_in_a_row_come_to_an_end_though_every_second_one_is_refused(
    clients: tuple["SQSClient", "S3Client"], bucket: Bucket
) -> None:
    shutdown = Shutdown()
    shutdown.pause = lambda seconds: None
    bucket.put("key", b"content")
    patient = PatientBucket(Refusing(clients[1], bucket.name), shutdown, [].append)
    assert retry_until_shutdown(lambda: [patient.get("key") for _ in range(10)], shutdown, [].append)[-1] == b"content"


def test_a_patient_bucket_is_the_same_in_all_else(bucket: Bucket) -> None:
    patient = PatientBucket(bucket, Shutdown(), [].append)
    patient.put("folder/one", b"1")
    assert patient.put_new("folder/two", b"2")
    assert not patient.put_new("folder/two", b"3")
    assert patient.get("folder/two") == b"2"
    assert patient.exists("folder/one")
    assert list(patient.names("folder/")) == ["one", "two"]
    assert [entry.key for entry in patient.list("folder/")] == ["folder/one", "folder/two"]
    patient.delete("folder/one")
    assert not patient.exists("folder/one")
    with pytest.raises(MissingObjectError):
        patient.get("folder/one")
