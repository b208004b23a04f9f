"""What a fleet does, as CloudWatch metrics: lines of JSON in the log that CloudWatch Logs reads numbers from.

The embedded metric format needs no request of ours, only an agent that ships the log:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import time
from contextlib import suppress
from typing import Any, TextIO

from fleet.events import Emit, Event
from worker.events import Failed, Noticed, Stored
from worker.instance_metadata import SPOT_INTERRUPTION

NAMESPACE = "spot-montecarlo"

_UNITS = {"shards": "Count", "path-days": "Count", "seconds": "Seconds", "failures": "Count", "interruptions": "Count"}


def metrics_to(stream: TextIO, *, queue: str, worker: str) -> Emit:
    """A listener that writes each record as a line.

    Args:
        stream: Where the log goes.
        queue: Name of the queue that the fleet works on.
        worker: The worker's name.
    """

    def emit(event: Event) -> None:
        found = record(event, queue=queue, worker=worker, now=time.time())
        if found:
            # A log that cannot be written is no reason to stop working, and there is nowhere to say so.
            with suppress(OSError):
                stream.write(json.dumps(found) + "\n")
                stream.flush()

    return emit


def record(event: Event, *, queue: str, worker: str, now: float) -> dict[str, Any] | None:
    """The event's numbers in the embedded metric format, ``now`` in seconds since 1970; None if it has none.

    The queue is the only dimension: each value of a dimension is paid for as five metrics more, and the instances of a
    Spot fleet have no end.  The worker's name is there for Logs Insights, which costs nothing until it is asked.
    """
    values = _values(event)
    if not values:
        return None
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["queue"]],
        "Metrics": [{"Name": name, "Unit": _UNITS[name]} for name in values],
    }
    head = {"_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]}}
    return head | {"queue": queue, "worker": worker} | values


def _values(event: Event) -> dict[str, float]:
    match event:
        case Stored():
            return {"shards": 1, "path-days": event.path_days, "seconds": event.seconds}
        case Failed():
            return {"failures": 1}
        case Noticed(reason=reason) if reason == SPOT_INTERRUPTION:
            return {"interruptions": 1}
    return {}
