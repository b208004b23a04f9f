"""The jobs in the bucket."""

from fleet import format_1, keys, reading
from fleet.bucket import Bucket
from fleet.canonical import read_json
from fleet.errors import MessageError, MissingObjectError, NoSuchJobError
from fleet.job import FIRST_FORMAT, Job


def load_job(bucket: Bucket, job_id: str) -> Job:
    """
    Raises:
        NoSuchJobError: there is no such job in the bucket.
        UnreadableObjectError: this version does not understand it, or it is not what its name says.
        BucketError
    """
    if not keys.JOB_ID.fullmatch(job_id):
        raise NoSuchJobError(f"{job_id[:80]!r} is not the name of a job")

    def read(content: bytes) -> Job:
        job = read_job(content)
        if job.id != job_id:
            raise MessageError(f"what lies in the folder of {job_id} is the job {job.id}")
        return job

    try:
        return reading.read(bucket, keys.job_key(job_id), read, helps=reading.Advice("submit the same job again"))
    except MissingObjectError as error:
        raise NoSuchJobError(f"there is no job {job_id} in the bucket {bucket.name}") from error


def read_job(content: bytes) -> Job:
    """A job of this version, or one that an older version has left.

    Raises:
        MessageError, ParameterError: it cannot be understood.
    """
    values = read_json(content)
    if isinstance(values, dict) and values.get("format") == FIRST_FORMAT:
        return format_1.read(values)
    return Job.from_dict(values)
