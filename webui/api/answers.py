"""What a script is told of jobs: values, and beside each the schema that describes it."""

import csv
import io
import math
from dataclasses import asdict
from typing import Any

from fleet import results
from fleet.bucket import Bucket
from fleet.progress import Status, UnreadableJob
from fleet.reports import WorkerReport
from fleet.wording import in_words
from montecarlo.experiments.kinds import KINDS as EXPERIMENTS
from webui.api.schemas import COUNT, NUMBER, TEXT, TEXTS, TIME, Schema, exactly, items, named, or_null, told
from webui.results.kinds import KINDS

_STATES = ("not sent", "queued", "running", "complete", "failed", "cancelled")
_TABLES = (".csv",)  # of result files, those that are told as lines

_CELL: Schema = {"type": ["number", "string", "boolean", "null"]}

SCHEMAS: dict[str, Schema] = {
    "Figure": exactly("A number for a person.", {"name": TEXT, "text": TEXT}),
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
    "JobStatus": exactly(
        "How far a job has come.",
        {
            "job_id": TEXT,
            "symbol": TEXT,
            "kind": {"type": "string", "enum": list(EXPERIMENTS)},
            "title": told(TEXT, "What is asked for, in a few words."),
            "state": {"type": "string", "enum": list(_STATES)},
            "submitted": told(TIME, "When it was submitted first."),
            "done": told(COUNT, "How many of its units are stored, or reported by workers that are at them."),
            "units": told(COUNT, "How many it has at most."),
            "unit": told(TEXT, 'Such as "path".'),
            "expected_units": told(COUNT, "How many it will have when it is complete, as far as can be told now."),
            "standing": told(or_null(TEXT), "How precise it is, where a precision was asked for."),
            "units_per_second": or_null(NUMBER),
            "seconds_left": or_null(NUMBER),
            "progress": told(TEXT, "The same in words."),
            "ahead": told(or_null(COUNT), "How many unfinished jobs were submitted before it, while it is queued."),
            "workers": told(items(named("Worker")), "Those that are at it, as they said last."),
            "reason": told(TEXT, "Why it failed; empty otherwise."),
            "damage": told(TEXT, "What of it in the bucket cannot be read and is not needed; empty otherwise."),
            "warnings": told(TEXTS, "What is doubtful about it."),
        },
    ),
    "UnreadableJob": exactly(
        "A job of which not even that can be told.",
        {"job_id": TEXT, "state": {"const": "unreadable"}, "submitted": TIME, "reason": TEXT},
    ),
    "Results": exactly(
        "What came of a complete job.",
        {
            "job_id": TEXT,
            "kind": {"type": "string", "enum": list(EXPERIMENTS)},
            "title": TEXT,
            "sentence": told(TEXT, "As a person repeats it."),
            "figures": told(items(named("Figure")), "The few that tell jobs apart at a glance."),
            "warnings": told(TEXTS, "What is doubtful about it."),
            "tables": {
                "type": "object",
                "description": "The lines of each result file that is a CSV, by its name without .csv: summary of any "
                "job, uncertainty where it was asked for, sweep of a sweep. Fractions, never percent; null where a "
                "number is undefined.",
                "required": ["summary"],
                "additionalProperties": items({"type": "object", "additionalProperties": _CELL}),
            },
            "files": {
                "type": "object",
                "description": "Addresses of the files, by name.",
                "additionalProperties": TEXT,
            },
        },
    ),
}


def status_told(status: Status | UnreadableJob) -> dict[str, Any]:
    """A JobStatus, or an UnreadableJob."""
    if isinstance(status, UnreadableJob):
        submitted = status.submitted.isoformat()
        return {"job_id": status.id, "state": status.state, "submitted": submitted, "reason": status.reason}
    experiment = status.job.experiment
    return {
        "job_id": status.id,
        "symbol": status.job.symbol,
        "kind": experiment.kind,
        "title": experiment.title,
        "state": status.state,
        "submitted": status.submitted.isoformat(),
        "done": status.done,
        "units": experiment.units,
        "unit": experiment.unit,
        "expected_units": status.expected,
        "standing": status.standing.words if status.standing else None,
        "units_per_second": status.rate,
        "seconds_left": status.seconds_left,
        "progress": in_words(status),
        "ahead": status.ahead,
        "workers": [worker_told(each) for each in status.workers],
        "reason": status.reason,
        "damage": status.damage,
        "warnings": list(status.warnings),
    }


def worker_told(report: WorkerReport) -> dict[str, Any]:
    """A Worker."""
    return asdict(report) | {"since": report.since.isoformat(), "at": report.at.isoformat()}


def results_told(bucket: Bucket, status: Status, files: dict[str, str]) -> dict[str, Any]:
    """Results.

    Args:
        bucket: Where they are.
        status: Of a job.
        files: Addresses by name.

    Raises:
        NotCompleteError: it is not complete.
        UnreadableObjectError: a file is damaged.
        BucketError
    """
    job = status.job
    kind = KINDS[job.experiment.kind]
    tables = {
        name.removesuffix(".csv"): results.parsed(bucket, job, lines_of, name)
        for name in reversed(job.experiment.result_files)  # the summary first
        if name.endswith(_TABLES)
    }
    return {
        "job_id": job.id,
        "kind": job.experiment.kind,
        "title": job.experiment.title,
        "sentence": kind.sentence(bucket, job),
        "figures": [{"name": each.name, "text": each.text} for each in results.parsed(bucket, job, kind.figures)],
        "warnings": list(status.warnings),
        "tables": tables,
        "files": files,
    }


def lines_of(content: bytes) -> list[dict[str, Any]]:
    """The lines of a CSV with a header, numbers as numbers."""
    header, *lines = csv.reader(io.StringIO(content.decode()))
    return [dict(zip(header, map(_cell, line), strict=True)) for line in lines]


def _cell(text: str) -> float | int | str | bool | None:
    if text in ("True", "False"):
        return text == "True"
    for read in (int, float):
        try:
            number = read(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else None
    return text or None

