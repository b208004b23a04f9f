"""The jobs that a worker has lately worked on, so that not every shard asks the bucket what its job is."""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import replace

from fleet import keys, markers
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, NoSuchJobError, UnreadableObjectError
from fleet.job import FORMAT, Job
from fleet.job_store import load_job
from montecarlo.errors import HistoryError, ParameterError, TrainedModelError
from montecarlo.experiments.traded_paths import ENGINE_VERSION
from montecarlo.strategies.own_rule import RULE
from worker.outcomes import Poison

KEPT = 8


class JobCache:
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
        """The job, with its inputs at hand but for a person's own rule, and without them where it lacks something here.

        Raises:
            Poison: there is no such job, it is not what its name says, or what it needs is gone or altered.
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

    def rule(self, job: Job) -> bytes:
        """The source text of the person's own rule in the job, as it was submitted.

        Raises:
            Poison, BucketError: as ``get``.
        """
        return self._content(job, RULE, job.inputs[RULE])

    def forget(self, job_id: str) -> None:
        """Read it anew when it is asked for again: it was cancelled, or failed, and may be sent again."""
        with self._lock:
            self._kept.pop(job_id, None)

    def _load(self, job_id: str) -> Job:
        try:
            job = load_job(self._bucket, job_id)
        except (NoSuchJobError, UnreadableObjectError) as error:
            raise Poison(str(error)) from error
        if job.format != FORMAT:
            raise Poison(
                f"job {job_id} has format {job.format}, which an older version of spotmc wrote; this worker "
                f"understands {FORMAT}: submit the job again"
            )
        contents = {what: self._content(job, what, digest) for what, digest in job.inputs.items()}
        if lacks := job.experiment.lacks:
            markers.write_marker(self._bucket, keys.lacking_key(job_id), worker=self._worker, lacks=lacks)
            return job
        if job.engine == ENGINE_VERSION:  # otherwise it is another worker's
            try:
                job = replace(job, experiment=job.experiment.with_inputs(contents))
            except (ParameterError, HistoryError, TrainedModelError) as error:
                raise Poison(f"what job {job_id} was made from cannot be used: {error}") from error
        markers.write_marker(self._bucket, keys.running_key(job_id), worker=self._worker)
        return job

    def _content(self, job: Job, what: str, digest: str) -> bytes:
        """Of prices the work needs only what was fitted to them, but a result must be able to show where it is from."""
        key = keys.input_key(what, digest)
        try:
            content = self._bucket.get(key)
        except MissingObjectError as error:
            raise Poison(f"what job {job.id} was made from is not in the bucket: {key}") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise Poison(f"what job {job.id} was made from has been altered: {key}")
        return content
