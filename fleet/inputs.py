"""What jobs were made of: prices and rules, in the bucket under the digest of their content."""

import hashlib

from fleet import keys, reading
from fleet.bucket import Bucket
from fleet.errors import MessageError


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
