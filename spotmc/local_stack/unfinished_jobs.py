"""Jobs that an earlier local stack left behind."""

import logging

from fleet import keys
from fleet.bucket import Bucket
from fleet.errors import MessageError, NoSuchJobError
from fleet.job_store import load_job
from fleet.progress import state_of
from fleet.queue import Queue
from fleet.submit import send
from montecarlo.errors import ParameterError

log = logging.getLogger(__name__)


def resend_unfinished(queue: Queue, bucket: Bucket) -> list[str]:
    """Send the messages of all jobs that wait or run, because the queue that held them is gone; their ids.

    Raises:
        BucketError, QueueError
    """
    sent = []
    for folder in sorted(bucket.names(keys.JOBS)):
        if state_of(bucket.names(keys.JOBS + folder)) not in ("queued", "running"):
            continue
        job_id = folder.rstrip("/")
        try:
            send(load_job(bucket, job_id), queue, bucket)
        except (NoSuchJobError, MessageError, ParameterError) as error:
            log.warning("job %s cannot be taken up again: %s", job_id, error)
        else:
            sent.append(job_id)
    return sent
