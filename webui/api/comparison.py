"""Jobs beside each other for scripts."""

from typing import Any

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from fleet.errors import NotCompleteError
from fleet.keys import JOB_ID
from montecarlo.experiments.comparison import MOST
from webui import connection
from webui.api.operations import Query, operation
from webui.api.problems import form_problem, no_such_chart
from webui.api.schemas import ANY_OBJECT, COUNT, NUMBER, TEXT, TEXTS, Schema, exactly, items, named, or_null, told
from webui.results.comparison import CHARTS, PAIRED_AT_MOST, compared, problem_with
from webui.results.theme import THEMES, themed

_ESTIMATES: Schema = {"type": "object", "additionalProperties": named("Estimate")}

_YES: Schema = {"type": "boolean"}

_JOBS = Query(
    "job",
    {"type": "string", "pattern": f"^{JOB_ID.pattern}$"},
    f"Name of a job; give two to {MOST}.",
    several=True,
)

SCHEMAS: dict[str, Schema] = {
    "Estimate": exactly(
        "A number with its 95 % interval, null where undefined.",
        {name: or_null(NUMBER) for name in ("value", "low", "high")},
    ),
    "Difference": exactly(
        "By how much the first job ends above another one: its result less the other's.",
        {
            "first": told(TEXT, "What it is called."),
            "second": TEXT,
            "paired": told(_YES, "Whether they are compared path by path."),
            "paths": told(COUNT, f"How many paths are compared one by one, {PAIRED_AT_MOST:,} at most."),
            "unpaired_because": told(TEXT, "Why they are not; empty where they are."),
            "advice": told(TEXT, "What would let them be; empty where nothing would, or nothing need."),
            "sentence": told(TEXT, "As a person repeats it."),
            "narrowing": told(
                or_null(NUMBER), "How many times as wide the interval of the mean return would be with own paths."
            ),
            "estimates": told(
                _ESTIMATES,
                "return_mean, final_value_mean (dollars), max_drawdown_mean, return_median, probability_above, "
                "probability_below.",
            ),
        },
    ),
    "Comparison": exactly(
        "Simulations beside each other.",
        {
            "settings": items(
                exactly(
                    "What can be set.", {"name": TEXT, "values": told(TEXTS, "In the order of jobs."), "differs": _YES}
                )
            ),
            "summaries": told(
                {"type": "object", "additionalProperties": _ESTIMATES}, "The statistics of each, by what it is called."
            ),
            "differences": told(items(named("Difference")), "Of the first from each of the others."),
        },
    ),
    "JobsCompared": exactly(
        "What came of comparing some jobs.",
        {
            "jobs": {"type": "object", "description": "Those that could be, by what they are called: A, B, C …"}
            | {"additionalProperties": TEXT},
            "left_out": told(
                items(exactly("A job that could not be.", {"job_id": TEXT, "reason": TEXT})), "The others, and why."
            ),
            "comparison": told(or_null(named("Comparison")), "Null where fewer than two could be."),
        },
    ),
}


@operation(
    "GET",
    "/compare",
    answer=(200, named("JobsCompared")),
    query=[_JOBS],
)
def compare() -> ResponseReturnValue:
    """Compare complete simulations; what cannot be compared is left out, with the reason."""
    job_ids = request.args.getlist("job")
    if problem := problem_with(job_ids):
        return form_problem({"job": problem})
    found: dict[str, Any] = compared(connection.bucket(), job_ids).to_dict()
    return jsonify(found)


@operation(
    "GET",
    "/compare/charts/<name>",
    answer=(200, ANY_OBJECT),
    problems=(404,),
    query=[_JOBS, Query("theme", {"type": "string", "enum": list(THEMES)}, "For which ground.")],
)
def compare_chart(name: str) -> ResponseReturnValue:
    """A chart of jobs that can be compared, as plotly has it."""
    job_ids = request.args.getlist("job")
    if problem := problem_with(job_ids):
        return form_problem({"job": problem})
    if name not in CHARTS:
        return no_such_chart("a comparison", CHARTS, name)
    found = compared(connection.bucket(), job_ids)
    if found.comparison is None:
        raise NotCompleteError("there are not two jobs that can be compared")
    figure = CHARTS[name].draw(found.comparison)
    return Response(themed(figure, request.args).to_json(), mimetype="application/json")
