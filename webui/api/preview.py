"""The form's preview for scripts: what would be submitted, on the history that it would be made of."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from fleet.errors import MessageError
from montecarlo.errors import ParameterError
from webui import connection
from webui.api import asked
from webui.api.operations import Query, operation, sent
from webui.api.problems import form_problem, problem
from webui.api.schemas import ANY_OBJECT, TEXT, TEXTS, Schema, exactly, items, named, or_null, told
from webui.api.submission import not_json
from webui.forms.told import told as told_of_the_form
from webui.results.theme import THEMES

_BY_FIELD: Schema = {"type": "object", "additionalProperties": TEXT}

SCHEMAS: dict[str, Schema] = {
    "JobEstimate": exactly(
        "About how much it is, in words.",
        {
            "path_days": TEXT,
            "here": told(TEXT, "How long it takes the machine that the web UI runs on."),
            "fleet": told(TEXT, "How long it takes the worker fleet, and what that costs."),
            "prices": told(TEXT, "What that rests on, with where prices of machines are from and of when."),
            "warnings": told(TEXTS, "Where it is large."),
        },
    ),
    "Preview": exactly(
        "What would be submitted, on the history that it would be made of.",
        {
            "chart": told(
                or_null(ANY_OBJECT), "The history with what the strategy sees and its trades, as plotly has it."
            ),
            "shown": told(TEXT, "Whose trades the chart has, where that is not plain."),
            "headline": told(items(named("Figure")), "Of a backtest on the history."),
            "prices": told(TEXT, "What they are."),
            "fit": told(_BY_FIELD, "What the model finds in them, by the field that would replace it."),
            "warnings": TEXTS,
            "compares": told(TEXT, "How many combinations, of a sweep."),
            "folded": told(_BY_FIELD, "What is not as usual, by the form's headings."),
            "estimate": told(or_null(named("JobEstimate")), "Null while the speed of this machine is being measured."),
            "measuring": {"type": "boolean", "description": "Whether it is."},
            "waiting": told(TEXT, "What it waits for, where prices are being fetched: ask again; empty otherwise."),
        },
    ),
}

_LEFT_OUT = ("problems", "other_problems", "trouble")  # told as problems


@operation(
    "POST",
    "/preview",
    answer=(200, named("Preview")),
    also=((202, named("Preview")),),
    problems=(409,),
    query=(
        Query("theme", {"type": "string", "enum": list(THEMES)}, "For which ground the chart is."),
        Query("try_rule", {"type": "string", "enum": ["yes", "no"]}, "Whether a rule of one's own is run for it."),
    ),
    body=named("AskedJob"),
)
def preview() -> ResponseReturnValue:
    """What a job would be: the history with trades, a backtest's headline, what the model finds, and an estimate."""
    own_rules = connection.own_rules_allowed()
    try:
        texts = asked.texts(sent(), own_rules=own_rules)
    except MessageError as error:
        return not_json(error)
    except ParameterError as error:
        return form_problem(error.problems)
    found = told_of_the_form(texts | request.args.to_dict())
    if found["problems"] or found["other_problems"]:
        others = {"": " ".join(found["other_problems"])} if found["other_problems"] else {}
        return form_problem({**found["problems"], **others})
    if found["trouble"]:
        return problem(503, "Queue or bucket out of reach", found["trouble"])
    answer = {name: value for name, value in found.items() if name not in _LEFT_OUT}
    return jsonify(answer), 202 if found["waiting"] else 200
