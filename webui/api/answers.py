"""What a script is told of jobs: values, and beside each the schema that describes it."""

import csv
import io
import math
from collections.abc import Sequence
from typing import Any, get_args

from fleet import results
from fleet.bucket import Bucket
from fleet.progress import State, Status, UnreadableJob
from fleet.wording import in_words
from montecarlo.experiments.kinds import KINDS as EXPERIMENTS
from webui.api.schemas import ANY_OBJECT, COUNT, NUMBER, TEXT, TEXTS, TIME, Schema, exactly, items, named, or_null, told
from webui.results.kind import Figure
from webui.results.kinds import KINDS
from webui.results.running import while_it_runs

_CELL: Schema = {"type": ["number", "string", "boolean", "null"]}

_FIGURES = "The few that tell jobs apart at a glance; none of a job that is not complete."

_JOB: dict[str, Schema] = {
    "job_id": TEXT,
    "symbol": TEXT,
    "kind": {"type": "string", "enum": list(EXPERIMENTS)},
    "title": told(TEXT, "What is asked for, in a few words."),
    "state": {"type": "string", "enum": list(get_args(State))},
    "submitted": told(TIME, "When it was submitted."),
    "done": told(COUNT, "How many of its units are done, as far as the bucket tells."),
    "units": told(COUNT, "How many it has at most."),
    "unit": told(TEXT, 'Such as "path".'),
    "expected_units": told(COUNT, "How many it will have when it is complete, as far as can be told now."),
    "standing": told(or_null(TEXT), "How precise it is, where a precision was asked for."),
    "units_per_second": or_null(NUMBER),
    "seconds_left": or_null(NUMBER),
    "progress": told(TEXT, "The same in words."),
    "reason": told(TEXT, "Why it failed; empty otherwise."),
    "damage": told(TEXT, "What of it in the bucket cannot be read; empty otherwise."),
    "lacks": told(TEXT, "What the workers lack that took it last and left it to others; empty otherwise."),
}

_WHILE_IT_RUNS: dict[str, Schema] = {
    "ahead": told(or_null(COUNT), "How many unfinished jobs were submitted before it, while it is queued."),
    "waiting": told(TEXT, "What it waits for beside the jobs before it, in words; or empty."),
    "workers": told(
        items(exactly("In words.", {"name": TEXT, "place": TEXT, "doing": TEXT})),
        "Those that are at it, as they said last.",
    ),
    "warnings": told(TEXTS, "What is doubtful about it."),
}

SCHEMAS: dict[str, Schema] = {
    "Figure": exactly("A number for a person.", {"name": TEXT, "text": TEXT}),
    "JobStatus": exactly("How far a job has come.", {**_JOB, **_WHILE_IT_RUNS}),
    "ListedJob": exactly("A job in a list.", {**_JOB, "figures": told(items(named("Figure")), _FIGURES)}),
    "UnreadableJob": exactly(
        "A job of which not even that can be told.",
        {"job_id": TEXT, "state": {"type": "string", "const": "unreadable"}, "submitted": TIME, "reason": TEXT},
    ),
    "SoFar": exactly(
        "What a running job amounts to: the final figures may differ.",
        {
            "units": told(COUNT, "From so many of its units; 0 where nothing is known as yet."),
            "words": TEXT,
            "lines": items(exactly("A statistic, in words.", {"name": TEXT, "value": TEXT, "interval": TEXT})),
            "charts": {
                "type": "object",
                "description": "As plotly has them, by name.",
                "additionalProperties": ANY_OBJECT,
            },
        },
    ),
    "Results": exactly(
        "What came of a complete job.",
        {
            "job_id": TEXT,
            "kind": {"type": "string", "enum": list(EXPERIMENTS)},
            "title": TEXT,
            "sentence": told(TEXT, "As a person repeats it."),
            "figures": told(items(named("Figure")), _FIGURES),
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


def status_told(status: Status) -> dict[str, Any]:
    """A JobStatus."""
    return {**_job_told(status), **while_it_runs(status), "warnings": list(status.warnings)}


def listed(status: Status | UnreadableJob, figures: Sequence[Figure] | str) -> dict[str, Any]:
    """A ListedJob, or an UnreadableJob; where there is a text in place of figures, that says why there are none."""
    if isinstance(status, UnreadableJob):
        return status.to_dict()
    if isinstance(figures, str):
        return {**_job_told(status), "figures": [], "damage": figures}
    return {**_job_told(status), "figures": _plain(figures)}


def _job_told(status: Status) -> dict[str, Any]:
    return {**status.to_dict(), "progress": in_words(status)}


def _plain(figures: Sequence[Figure]) -> list[dict[str, str]]:
    return [{"name": each.name, "text": each.text} for each in figures]


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
        if name.endswith(".csv")
    }
    return {
        "job_id": job.id,
        "kind": job.experiment.kind,
        "title": job.experiment.title,
        "sentence": kind.sentence(bucket, job),
        "figures": _plain(results.parsed(bucket, job, kind.figures)),
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
