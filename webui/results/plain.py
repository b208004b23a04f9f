"""What came of a job, for a script."""

from typing import Any

from fleet import results
from fleet.bucket import Bucket
from fleet.progress import Status
from webui.results.kinds import KINDS


def results_as_json(bucket: Bucket, status: Status) -> dict[str, Any]:
    """All numbers of a complete job as JSON can have them, with what there is to say about them.

    Raises:
        NotCompleteError: it is not complete.
        UnreadableObjectError: its results are damaged.
        BucketError
    """
    job = status.job
    results.require_complete(bucket, job)
    kind = KINDS[job.experiment.kind]
    return {
        "job_id": job.id,
        "kind": job.experiment.kind,
        "title": job.experiment.title,
        "symbol": job.symbol,
        "source": job.source,
        "sentence": kind.sentence(bucket, job),
        "warnings": list(status.warnings),
        **kind.plain(bucket, job),
        "job": job.to_dict(),
    }
