"""The fleet for scripts: what waits, what failed, and who works."""

from dataclasses import asdict
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from fleet.reports import WorkerReport
from webui.api.operations import operation
from webui.api.problems import problem
from webui.api.schemas import COUNT, NUMBER, TEXT, TEXTS, TIME, Schema, exactly, items, named, or_null, told
from webui.fleet_state import found
from webui.fleet_watch import Stack, Today

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
    "Depth": exactly(
        "Messages, about as many as SQS counts.", {"visible": COUNT, "in_flight": COUNT, "delayed": COUNT}
    ),
    "Machines": exactly("Of a stack.", {"running": COUNT, "wanted": COUNT}),
    "Stack": exactly(
        "How the stack on AWS stands that this web UI belongs to, as found out within the last minutes.",
        {
            "name": TEXT,
            "status": told(TEXT, "Such as UPDATE_COMPLETE."),
            "workers_on": told(TEXT, "SpotFleet, AutoScalingGroup or Batch."),
            "workers": or_null(named("Machines")),
            "held": {"type": "boolean", "description": "Whether the workers do not follow the queue."},
            "alarms": told(TEXTS, "Names of those that are on and want a person."),
            "failed_boots": told(COUNT, "On the last day."),
            "problems": told(TEXTS, "What is wrong, and what to do."),
        },
    ),
    "Today": exactly(
        "What was computed since midnight UTC, as found out within the last minutes.",
        {
            "machine_hours": told(NUMBER, "On EC2."),
            "dollars": told(NUMBER, "What they cost."),
            "elsewhere_hours": told(NUMBER, "Not on EC2."),
            "interrupted": told(COUNT, "So many workers were told that their Spot instance is taken away."),
            "all_of_it": {"type": "boolean", "description": "Whether that is all; otherwise there is more."},
        },
    ),
    "Fleet": exactly(
        "What waits, what was given up, who works, and what today has cost; null is what is not known, or not yet.",
        {
            "queue": or_null(named("Depth")),
            "dead_letters": told(or_null(named("Depth")), "Of the dead-letter queue."),
            "workers": told(or_null(items(named("Worker"))), "Those that said something within the last minutes."),
            "stack": or_null(named("Stack")),
            "today": or_null(named("Today")),
            "troubles": told(TEXTS, "Why something is not known."),
        },
    ),
}


@operation("GET", "/fleet", answer=(200, named("Fleet")))
def fleet() -> ResponseReturnValue:
    """What waits, what was given up, who works, and what today has cost."""
    parts = found()
    if parts["settings"] is None:
        return problem(503, "Not configured", f"{'; '.join(parts['troubles'])}.")
    depth, dead, workers = parts["depth"], parts["dead_depth"], parts["workers"]
    return jsonify(
        queue=asdict(depth) if depth else None,
        dead_letters=asdict(dead) if dead else None,
        workers=None if workers is None else [_worker(each) for each in workers],
        stack=_stack(parts["stack"]) if parts["stack"] else None,
        today=_today(parts["today"]) if parts["today"] else None,
        troubles=[*parts["troubles"], *filter(None, (parts["stack_trouble"], parts["today_trouble"]))],
    )


def _worker(report: WorkerReport) -> dict[str, Any]:
    return asdict(report) | {"since": report.since.isoformat(), "at": report.at.isoformat()}


def _stack(stack: Stack) -> dict[str, Any]:
    standing = stack.standing
    machines = standing.workers
    return {
        "name": standing.name,
        "status": standing.status,
        "workers_on": standing.workers_on,
        "workers": {"running": machines.running, "wanted": machines.wanted} if machines else None,
        "held": standing.held,
        "alarms": [each.name for each in standing.alarms],
        "failed_boots": standing.failed_boots,
        "problems": [f"{each.what}: {each.what_to_do}" for each in stack.problems],
    }


def _today(today: Today) -> dict[str, Any]:
    return {
        "machine_hours": today.cost.hours,
        "dollars": today.cost.dollars,
        "elsewhere_hours": today.cost.elsewhere_hours,
        "interrupted": today.interrupted,
        "all_of_it": today.all_of_it,
    }
