"""Jobs that an earlier local stack left behind."""

import logging

from fleet import keys
from fleet.bucket import Bucket
from fleet.errors import MessageError, NoSuchJobError, UnreadableObjectError
from fleet.job_store import load_job
from fleet.progress import state
from fleet.queue import Queue
from fleet.submit import send

log = logging.getLogger(__name__)


def resend_unfinished(queue: Queue, bucket: Bucket) -> list[str]:
    """Send the messages of all jobs that wait or run, because the queue that held them is gone; their ids.

    Raises:
        BucketError, QueueError
    """
    sent = []
    for folder in sorted(bucket.names(keys.JOBS)):
        job_id = folder.removesuffix("/")
        if not keys.JOB_ID.fullmatch(job_id) or state(bucket, job_id) not in ("queued", "running"):
            continue
        try:
            send(load_job(bucket, job_id), queue, bucket)
        except (NoSuchJobError, UnreadableObjectError, MessageError) as error:
            log.warning("job %s cannot be taken up again: %s", job_id, error)
        else:
            sent.append(job_id)
    return sent
