"""The fleet for scripts: what waits, what failed, and who works."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from fleet.reports import WorkerReport, seen_lately
from webui import connection
from webui.api.operations import operation
from webui.api.schemas import COUNT, NUMBER, TEXT, TIME, Schema, exactly, items, named, or_null, told

SCHEMAS: dict[str, Schema] = {
    "Worker": exactly(
        "What a worker said of itself last.",
        {
            "worker": TEXT,
            "instance": told(TEXT, "EC2 instance id; off EC2 the host's name."),
            "type": or_null(TEXT),
            "zone": or_null(TEXT),
            "version": told(TEXT, "Of the program."),
            "engine": told(TEXT, "Version of the engine."),
            "since": told(TIME, "When the worker was started."),
            "at": told(TIME, "When it said so."),
            "job": told(or_null(TEXT), "What it works on."),
            "first": told(or_null(COUNT), "First unit of the chunk that it has in hand."),
            "stop": told(or_null(COUNT), "The unit behind the last one."),
            "done": told(COUNT, "How many of them are done."),
            "path_days_per_second": or_null(NUMBER),
            "notice": told(TEXT, "Why it is to go; empty while it is not."),
            "left": {"type": "boolean", "description": "Whether it has gone."},
        },
    ),
    "Depth": exactly("Messages, about as many as SQS counts.", {"visible": COUNT, "in_flight": COUNT}),
    "Fleet": exactly(
        "What waits, what was given up, and who works.",
        {
            "queue": named("Depth"),
            "dead_letters": told(named("Depth"), "Of the dead-letter queue."),
            "workers": told(items(named("Worker")), "Those that said something within the last minutes."),
        },
    ),
}


@operation("GET", "/fleet", answer=(200, named("Fleet")))
def fleet() -> ResponseReturnValue:
    """What waits on the queue, what was given up, and which workers were seen lately."""
    queue = connection.queue()
    return jsonify(
        queue=asdict(queue.depth()),
        dead_letters=asdict(queue.dead_letters().depth()),
        workers=[worker_told(each) for each in seen_lately(connection.bucket(), datetime.now(UTC))],
    )


def worker_told(report: WorkerReport) -> dict[str, Any]:
    """A Worker."""
    return asdict(report) | {"since": report.since.isoformat(), "at": report.at.isoformat()}
