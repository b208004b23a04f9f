"""What jobs were made of: prices, rules and trained models, in the bucket under the digest of their content."""

import hashlib
from dataclasses import replace

from fleet import keys, reading
from fleet.bucket import Bucket
from fleet.errors import MessageError
from fleet.job import Job


def load_input(bucket: Bucket, what: str, digest: str, *, helps: str) -> bytes:
    """The content of that digest.

    Args:
        bucket, what, digest: Where it is, and as ``fleet.job.Job.inputs`` has it.
        helps: What a person can do without it.

    Raises:
        UnreadableObjectError: what lies there is something else.
        MissingObjectError, BucketError
    """

    def read(content: bytes) -> bytes:
        if hashlib.sha256(content).hexdigest() != digest:
            raise MessageError("it was altered: its name is the SHA-256 of other content")
        return content

    return reading.read(bucket, keys.input_key(what, digest), read, helps=reading.Advice(helps, helps))


def at_hand(bucket: Bucket, job: Job, *, helps: str = "submit the same job again") -> Job:
    """The job with its inputs at hand, but for a person's own rule.

    Raises:
        UnreadableObjectError, MissingObjectError, BucketError: as ``load_input``.
        ParameterError, HistoryError, TrainedModelError: one of them is not what it is called.
    """
    contents = {what: load_input(bucket, what, digest, helps=helps) for what, digest in job.inputs.items()}
    return replace(job, experiment=job.experiment.with_inputs(contents))
