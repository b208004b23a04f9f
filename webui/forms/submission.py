"""One job from one form, however often its button is pressed.

A form carries a seed, drawn when it is shown, for a job where none is typed: what is sent twice is the same job,
whatever process gets it, and the page loaded anew makes another one.
"""

import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.progress import state_of
from fleet.queue import Queue
from fleet.submit import submit
from montecarlo.data.joint_history import Prices
from montecarlo.experiments.traded_paths import seed_or_new
from montecarlo.limits import MAX_SEED

DRAWN = "drawn_seed"  # name of the field

PRICES_SECONDS = 20.0  # that a submission waits for prices over the network
PRESSED_TWICE = timedelta(minutes=1)
_LOCKS = [threading.Lock() for _ in range(64)]  # jobs share them, rarely at the same time


def drawn_seed(sent: Mapping[str, str]) -> int:
    """That of the form that was sent, or else a new one."""
    text = sent.get(DRAWN, "")
    known = re.fullmatch("[0-9]{1,20}", text) is not None and int(text) <= MAX_SEED
    return int(text) if known else seed_or_new(None)


def submit_once(job: Job, history: Prices, queue: Queue, bucket: Bucket, inputs: Mapping[str, bytes]) -> None:
    """As ``fleet.submit.submit``, but for a job that was sent a moment ago, and that nobody has cancelled.

    Raises:
        BucketError, QueueError
    """
    once(job, bucket, lambda: submit(job, history, queue, bucket, inputs))


def once(job: Job, bucket: Bucket, send: Callable[[], None]) -> None:
    """Call ``send``, but for a job that was sent a moment ago, and that nobody has cancelled.

    Raises:
        BucketError, and what ``send`` raises.
    """
    with _LOCKS[hash(job.id) % len(_LOCKS)]:
        names = bucket.names(keys.folder(job.id))
        sent = names.get(keys.SENT)
        is_recent = sent is not None and sent > datetime.now(UTC) - PRESSED_TWICE
        if not (is_recent and state_of(names) in ("queued", "running")):
            send()
