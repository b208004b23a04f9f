"""Jobs for scripts: listing, following, reading and ending them."""

from typing import Any

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from fleet import keys, listing, progress
from fleet.bucket import Bucket
from fleet.errors import MessageError, QueueError
from fleet.job_store import load_job
from fleet.submit import send as send_again
from montecarlo.errors import ParameterError
from montecarlo.experiments.kinds import KINDS as EXPERIMENTS
from montecarlo.parameters import Parameter, Whole, shown
from webui import connection
from webui.api import answers
from webui.api.operations import Query, operation
from webui.api.problems import NOT_SENT, form_problem, no_such_chart, problem
from webui.api.schemas import ANY_OBJECT, TEXT, Schema, exactly, items, named, told
from webui.forms.submission import once
from webui.results.files import files_of
from webui.results.kinds import KINDS
from webui.results.listed import figures_of, load_remembered
from webui.results.so_far import so_far as amounts_to
from webui.results.theme import THEMES, themed
from webui.shared_look import SharedLook, arrived

WATCHED = 256  # jobs of which it is remembered how far they were

SCHEMAS: dict[str, Schema] = {
    "Definition": told(ANY_OBJECT, "A job's job.json: with the inputs that it names, all that its answer depends on."),
    "Jobs": exactly(
        "A page of jobs, newest first.",
        {
            "jobs": items({"anyOf": [named("ListedJob"), named("UnreadableJob")]}),
            "older": told(TEXT, "For the query parameter after, of the next page; empty where there is no more."),
            "back_to": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "When the last submission that was looked at was made: a page looks at a fixed number "
                "of jobs, so it may have few of those that are wanted, or none, and still not be the last.",
            },
        },
    ),
}

_STATES = tuple(state.replace(" ", "-") for state in listing.STATES)


def _choices_of_charts() -> list[Query]:
    """What can be chosen of charts, by the names of choices; a chart takes its own words of them."""
    words: dict[str, dict[str, None]] = {}
    for kind in KINDS.values():
        for chart in kind.charts.values():
            for choice, each in chart.choices.items():
                words.setdefault(choice, {}).update(dict.fromkeys(each))
    return [
        Query(name, {"type": "string", "enum": list(each)}, "Of charts that have it.") for name, each in words.items()
    ]


@operation(
    "GET",
    "/jobs",
    answer=(200, named("Jobs")),
    query=(
        Query("name", {"type": "string", "maxLength": 64}, "How a symbol or the id of a job begins."),
        Query("words", {"type": "string", "maxLength": 200}, "Each must be in the title or the symbol."),
        Query("state", {"type": "string", "enum": list(_STATES)}, "Those in this state.", several=True),
        Query("kind", {"type": "string", "enum": list(EXPERIMENTS)}, "Those of this kind of experiment."),
        Query("limit", {"type": "integer", "minimum": 1, "maximum": listing.ROWS_AT_MOST}, "How many at the most."),
        Query("after", {"type": "string", "pattern": keys.PREFIXES[keys.SUBMISSIONS]}, "The page behind this one."),
    ),
)
def jobs() -> ResponseReturnValue:
    """A page of the jobs that are in the bucket, newest first."""
    try:
        wanted, limit = _wanted()
    except ParameterError as error:
        return form_problem(error.problems)
    bucket = connection.bucket()
    found = listing.jobs(bucket, wanted, limit, load=load_remembered)
    figures = figures_of(bucket, found)
    return jsonify(
        jobs=[answers.listed(row, figures.get(row.id, ())) for row in found.rows],
        older=found.older,
        back_to=found.back_to.isoformat() if found.back_to else None,
    )


@operation("GET", "/jobs/<job_id>", answer=(200, named("JobStatus")), problems=(404, 409))
def job(job_id: str) -> ResponseReturnValue:
    """How far a job has come."""
    return jsonify(_watched(arrived(), connection.bucket(), job_id))


@operation(
    "GET",
    "/jobs/<job_id>/so-far",
    answer=(200, named("SoFar")),
    problems=(404, 409),
    query=(Query("theme", {"type": "string", "enum": list(THEMES)}, "For which ground."),),
)
def so_far(job_id: str) -> ResponseReturnValue:
    """What a running job amounts to before it is complete."""
    return jsonify(amounts_to(arrived(), connection.bucket(), job_id, request.args.get("theme", THEMES[0])))


@operation("GET", "/jobs/<job_id>/definition", answer=(200, named("Definition")), problems=(404, 409))
def definition(job_id: str) -> ResponseReturnValue:
    """Everything that determines a job's answer, as it is stored."""
    return Response(load_job(connection.bucket(), job_id).to_json(), mimetype="application/json")


@operation("GET", "/jobs/<job_id>/results", answer=(200, named("Results")), problems=(404, 409))
def results(job_id: str) -> ResponseReturnValue:
    """What came of a complete job."""
    bucket = connection.bucket()
    status = progress.status(bucket, job_id)
    files = {name: url_for("job_files.download", job_id=job_id, file=name) for name in files_of(status.job)}
    return jsonify(answers.results_told(bucket, status, files))


@operation(
    "GET",
    "/jobs/<job_id>/charts/<name>",
    answer=(200, ANY_OBJECT),
    problems=(404, 409),
    query=(
        Query("theme", {"type": "string", "enum": list(THEMES)}, "For which ground."),
        *_choices_of_charts(),
    ),
)
def chart(job_id: str, name: str) -> ResponseReturnValue:
    """A chart of a complete job, as plotly has it."""
    bucket = connection.bucket()
    job = load_job(bucket, job_id)
    charts = KINDS[job.experiment.kind].charts
    if (chart := charts.get(name)) is None:
        return no_such_chart(f"a {job.experiment.kind}", charts, name)
    try:
        figure = chart.draw(bucket, job, **chart.chosen(request.args))
    except ParameterError as error:
        return form_problem(error.problems)
    return Response(themed(figure, request.args).to_json(), mimetype="application/json")


@operation("POST", "/jobs/<job_id>/cancel", answer=(200, named("JobStatus")), problems=(404, 409))
def cancel(job_id: str) -> ResponseReturnValue:
    """Tell the workers that nobody wants a job any more; one that is complete stays so."""
    progress.cancel(connection.bucket(), job_id)
    return jsonify(_status(connection.bucket(), job_id))


@operation("POST", "/jobs/<job_id>/send", answer=(200, named("JobStatus")), problems=(404, 409))
def send(job_id: str) -> ResponseReturnValue:
    """Send the messages of a job again, unless it is complete; it is no longer cancelled or failed."""
    queue, bucket = connection.queue(), connection.bucket()
    job = load_job(bucket, job_id)
    try:
        once(job, bucket, lambda: send_again(job, queue, bucket))
    except MessageError as error:
        return problem(409, "Of another version", f"{error}.")
    except QueueError as error:
        return not_sent(job_id, error)
    return jsonify(_status(connection.bucket(), job_id))


def not_sent(job_id: str, error: QueueError) -> Response:
    """What is told of a job that is kept, but whose messages are not on the queue."""
    return problem(503, "Not sent", f"the job is kept, but was not sent: {error}.", kind=NOT_SENT, job_id=job_id)


def _status(bucket: Bucket, job_id: str) -> dict[str, Any]:
    return answers.status_told(progress.status(bucket, job_id))


_watched = SharedLook(_status, most=WATCHED)
_LIMIT = Parameter.of("limit", Whole(1, listing.ROWS_AT_MOST), label="Limit")


def _wanted() -> tuple[listing.Wanted, int]:
    """Which jobs are asked for, and how many at most.

    Raises:
        ParameterError: naming what cannot be used.
    """
    asked, problems = request.args, dict[str, str]()
    limit = listing.ROWS
    try:
        limit = _LIMIT.read(asked.get("limit", str(limit)))
    except ParameterError as error:
        problems |= error.problems
    after = asked.get("after", "")
    if "after" in asked and not listing.is_cursor(after):
        problems["after"] = f"must be what another page tells as older, not {shown(after)}"
    if problems:
        raise ParameterError(problems)
    states = [listing.STATES[_STATES.index(text)] for text in asked.getlist("state")]
    wanted = listing.Wanted(
        name=asked.get("name", ""),
        words=asked.get("words", ""),
        states=states,
        kind=asked.get("kind", ""),
        after=after,
    )
    return wanted, limit
