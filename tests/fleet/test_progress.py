from collections.abc import Callable
from dataclasses import replace

import pytest

from fleet import keys, marks
from fleet.bucket import Bucket
from fleet.errors import NoSuchJobError
from fleet.job import Job
from fleet.progress import cancel, recent, state_of, status

Submit = Callable[[Job], None]


@pytest.mark.parametrize(
    ("names", "state"),
    [
        ({"job.json", "submitted.json"}, "not sent"),
        ({"job.json", "submitted.json", "sent.json"}, "queued"),
        ({"job.json", "submitted.json", "sent.json", "running.json", "tallies/"}, "running"),
        ({"job.json", "submitted.json", "running.json"}, "running"),
        ({"job.json", "sent.json", "running.json", "failures/"}, "failed"),
        ({"job.json", "sent.json", "running.json", "failures/", "cancelled.json"}, "cancelled"),
        ({"job.json", "sent.json", "running.json", "failures/", "cancelled.json", "summary.csv"}, "complete"),
    ],
)
def test_the_state_follows_from_what_lies_in_the_folder_of_the_job(names: set[str], state: str) -> None:
    assert state_of(names) == state


def test_a_status_tells_the_paths_that_are_stored_and_the_warnings(
    job: Job, submit_job: Submit, bucket: Bucket
) -> None:
    submit_job(job)
    assert status(bucket, job.id).paths_done == 0
    for first, stop in ((0, 200), (200, 300)):
        bucket.put(keys.tally_key(job.id, first, stop), b"")
    marks.leave(bucket, keys.running_key(job.id), worker="someone")
    now = status(bucket, job.id)
    assert (now.state, now.paths_done, now.job, now.reason) == ("running", 300, job, "")
    assert now.warnings == job.simulation.model.warnings != ()


def test_a_failed_job_tells_the_last_reason(job: Job, submit_job: Submit, bucket: Bucket) -> None:
    submit_job(job)
    marks.record_failure(bucket, job.id, "worker-1", "out of memory")
    marks.record_failure(bucket, job.id, "worker-2", "out of luck")
    assert (status(bucket, job.id).state, status(bucket, job.id).reason) == ("failed", "out of luck")


def test_recent_jobs_are_listed_newest_first_and_no_more_than_asked_for(
    job: Job, submit_job: Submit, bucket: Bucket
) -> None:
    jobs = [replace(job, simulation=replace(job.simulation, seed=seed)) for seed in range(5)]
    for each in jobs:
        submit_job(each)
    assert [each.job for each in recent(bucket, 3)] == jobs[:1:-1]


def test_a_submission_that_was_interrupted_is_not_listed(job: Job, bucket: Bucket) -> None:
    marks.leave(bucket, keys.submitted_key(job.id))
    bucket.put(f"submissions/8204772004357-{job.id}", b"")
    assert recent(bucket) == []


def test_a_job_of_another_version_is_left_out_of_the_list_with_a_warning(
    job: Job, submit_job: Submit, bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    submit_job(job)
    bucket.put(keys.job_key(job.id), job.to_json().replace(b'"format":1', b'"format":2'))
    assert recent(bucket) == []
    assert "understands 1" in caplog.text


@pytest.mark.parametrize("job_id", ["AAPL-5-20-0123456789ab", "", "..", "../prices", "a/b", "x" * 5000, "\x00"])
def test_a_job_that_does_not_exist_is_said_so(bucket: Bucket, job_id: str) -> None:
    with pytest.raises(NoSuchJobError):
        status(bucket, job_id)
    with pytest.raises(NoSuchJobError):
        cancel(bucket, job_id)
