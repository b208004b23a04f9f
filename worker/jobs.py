"""The jobs that a worker has lately worked on, so that not every shard asks the bucket what its job is."""

import threading
from collections import OrderedDict

from fleet import keys, marks
from fleet.bucket import Bucket
from fleet.errors import MessageError, NoSuchJobError
from fleet.job import Job
from fleet.progress import load_job
from montecarlo.errors import ParameterError
from worker.endings import Poison

KEPT = 8


class Jobs:
    """Jobs by id, read from the bucket when they are first asked for.

    Args:
        bucket: Where they are.
        worker: Name of the worker, for the note that a job has begun.
    """

    def __init__(self, bucket: Bucket, worker: str) -> None:
        self._bucket = bucket
        self._worker = worker
        self._kept: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, job_id: str) -> Job:
        """The job.

        Raises:
            Poison: there is no such job, its prices are gone, or it is not what its name says.
            BucketError
        """
        with self._lock:
            if job_id in self._kept:
                self._kept.move_to_end(job_id)
            else:
                self._kept[job_id] = self._load(job_id)
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return self._kept[job_id]

    def forget(self, job_id: str) -> None:
        """Read it anew when it is asked for again: it was cancelled, or failed, and may be sent again."""
        with self._lock:
            self._kept.pop(job_id, None)

    def _load(self, job_id: str) -> Job:
        try:
            job = load_job(self._bucket, job_id)
        except (NoSuchJobError, MessageError, ParameterError) as error:
            raise Poison(str(error)) from error
        if not self._bucket.exists(keys.snapshot_key(job.snapshot)):
            raise Poison(f"the prices {job.snapshot} that job {job_id} was made from are not in the bucket")
        marks.leave(self._bucket, keys.running_key(job_id), worker=self._worker)
        return job
