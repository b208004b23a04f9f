from fleet import failures, keys
from fleet.bucket import Bucket
from fleet.message import Shard
from fleet.tree import Range

JOB = "AAPL-5-20-0123456789ab"
ONE, OTHER = Shard(JOB, Range(0, 10)), Shard(JOB, Range(10, 20))
LONGER = Shard(JOB, Range(0, 100))  # its text begins with that of ONE


def test_failures_are_counted_by_shard_whoever_failed(bucket: Bucket) -> None:
    assert failures.record(bucket, ONE, "worker-1", "out of memory") == 1
    assert failures.record(bucket, LONGER, "worker-1", "out of memory") == 1
    assert failures.record(bucket, ONE, "worker-2", "out of luck") == 2
    assert failures.record(bucket, OTHER, "worker-2", "out of luck") == 1


def test_many_failures_are_all_counted(bucket: Bucket) -> None:
    """A listing has 20 to the page."""
    assert [failures.record(bucket, ONE, "worker", "again") for _ in range(23)] == list(range(1, 24))


def test_a_job_has_failed_when_a_shard_is_given_up(bucket: Bucket) -> None:
    failures.record(bucket, ONE, "worker", "out of memory")
    assert failures.last_reason(bucket, JOB) == ""
    failures.give_up(bucket, ONE, "out of memory")
    assert failures.last_reason(bucket, JOB) == "out of memory"


def test_the_account_of_one_shard_begins_anew_without_the_others(bucket: Bucket) -> None:
    for shard in (ONE, LONGER):
        failures.record(bucket, shard, "worker", "out of memory")
        failures.give_up(bucket, shard, f"gave up {shard.range}")
    failures.forget(bucket, ONE)
    assert failures.last_reason(bucket, JOB) == "gave up 0-100"
    assert failures.record(bucket, ONE, "worker", "again") == 1
    assert failures.record(bucket, LONGER, "worker", "again") == 2


def test_the_account_of_a_whole_job_begins_anew(bucket: Bucket) -> None:
    for shard in (ONE, OTHER):
        failures.record(bucket, shard, "worker", "out of memory")
        failures.give_up(bucket, shard, "out of memory")
    bucket.put(keys.job_key(JOB), b"{}")
    failures.forget_all(bucket, JOB)
    assert bucket.names(keys.folder(JOB)).keys() == {keys.JOB}
