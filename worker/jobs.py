"""The jobs that a worker has lately worked on, so that not every shard asks the bucket what its job is."""

import hashlib
import threading
from collections import OrderedDict

from fleet import keys, marks
from fleet.bucket import Bucket
from fleet.errors import MessageError, MissingObjectError, NoSuchJobError
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
            Poison: there is no such job, it is not what its name says, or its prices are gone or altered.
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
        self._check_prices(job)
        marks.leave(self._bucket, keys.running_key(job_id), worker=self._worker)
        return job

    def _check_prices(self, job: Job) -> None:
        """The simulation needs only what was fitted to them, but a result must be able to show where it comes from."""
        key = keys.snapshot_key(job.snapshot)
        try:
            digest = hashlib.sha256(self._bucket.get(key)).hexdigest()
        except MissingObjectError as error:
            raise Poison(f"the prices {key} that job {job.id} was made from are not in the bucket") from error
        if digest != job.snapshot:
            raise Poison(f"the prices {key} that job {job.id} was made from have been altered")
