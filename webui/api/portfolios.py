"""Portfolios for scripts: the same list of symbols as on the page, as JSON."""

from collections.abc import Mapping
from typing import Any

from flask import jsonify, url_for
from flask.typing import ResponseReturnValue

from fleet.errors import MessageError, QueueError
from fleet.submit import preview
from montecarlo.data.history import SYMBOL_PATTERN
from montecarlo.data.joint_history import MOST_SYMBOLS
from montecarlo.errors import ParameterError
from montecarlo.parameters import shown
from webui import connection
from webui.api.asked import field_schema, text_of
from webui.api.jobs import not_sent
from webui.api.operations import operation, sent
from webui.api.problems import form_problem
from webui.api.schemas import TEXT, Schema, named, told
from webui.api.submission import KEY, not_json, seed_of_request, still_fetching
from webui.forms import job_fields, snapshots
from webui.forms import portfolio_fields as fields
from webui.forms.histories import StillFetchingError
from webui.forms.joint_histories import joint_history_for
from webui.forms.portfolio import PortfolioForm
from webui.forms.portfolios import job as job_of
from webui.forms.submission import PRICES_SECONDS, submit_once

_HOLDING: dict[str, Schema] = {
    fields.SYMBOL: {"type": "string", "pattern": SYMBOL_PATTERN.pattern, "description": "As the source knows it."},
    fields.WEIGHT: {
        "anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, TEXT],
        "description": "Share of the capital, 0.25 or 25%; where weights are fixed. What all leave of 1 is cash.",
    },
    job_fields.SOURCE.name: {
        "type": "string",
        "enum": list(job_fields.ALL_SOURCES),
        "description": f"Where its prices are from; others than {', '.join(job_fields.SOURCES)} only with "
        f"{fields.OF_PRICES}.",
    },
    fields.OF_PRICES: {
        "type": "string",
        "pattern": f"^({snapshots.DIGEST.pattern})?$",
        "description": "SHA-256 of prices that are in the bucket, of an earlier job or from POST /api/prices.",
    },
    fields.TRADES: told(TEXT, "What trades its share, if not the strategy of all: momentum lookback=120."),
    fields.CURRENCY: told(TEXT, "Of its prices, such as USD, as far as their source does not tell."),
}


def _schema() -> Schema:
    known = fields.all_fields(fields.strategies(), fields.models())
    return {
        "type": "object",
        "description": "A portfolio, as the form of the web UI makes it. Parameters of the chosen strategy and model "
        "may also be called by their own names. Problems of a holding are named with its number, from 1: weight.2.",
        "properties": {
            fields.HOLDINGS: {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_SYMBOLS,
                "items": {
                    "type": "object",
                    "properties": _HOLDING,
                    "required": [fields.SYMBOL],
                    "additionalProperties": False,
                },
            },
            **{each.name: field_schema(each) for each in known},
            **{
                name: field_schema(each)
                for offer in (*fields.strategies().values(), *fields.models().values())
                for name, each in offer.fields.items()
            },
        },
        "required": [fields.HOLDINGS],
        "additionalProperties": False,
    }


SCHEMAS: dict[str, Schema] = {"AskedPortfolio": _schema()}


@operation(
    "POST",
    "/portfolios",
    answer=(201, named("Submitted")),
    also=((200, named("WouldBeSent")),),
    problems=(409,),
    headers={KEY: "As of POST /api/jobs."},
    body=named("AskedPortfolio"),
    location=True,
)
def submit_portfolio() -> ResponseReturnValue:
    """Make a portfolio's job and put it onto the queue; the same job is made and sent once."""
    try:
        form = PortfolioForm.read(texts(sent()))
        if form.problems:
            return form_problem(form.problems)
        history = joint_history_for(form, connection.bucket, patience=PRICES_SECONDS)
        job = job_of(form, history, seed_of_request())
    except MessageError as error:
        return not_json(error)
    except ParameterError as error:
        return form_problem(error.problems)
    except StillFetchingError as error:
        return still_fetching(error)
    bucket = connection.bucket()
    if form.values["preview"]:
        return jsonify(preview(job, bucket.name))
    try:
        submit_once(job, history, connection.queue(), bucket, {})
    except QueueError as error:
        return not_sent(job.id, error)
    location = {"Location": url_for("api.job", job_id=job.id)}
    return jsonify(job_id=job.id, warnings=list(job.experiment.warnings)), 201, location


def texts(given: Mapping[str, Any]) -> dict[str, str]:
    """What the form would send.

    Raises:
        ParameterError: something is of another type than it may be, or has no place here; by name in the form.
    """
    strategies, models = fields.strategies(), fields.models()
    known = {each.name: each for each in fields.all_fields(strategies, models)}
    for offers, chosen, usual in ((models, fields.MODEL, ""), (strategies, fields.STRATEGY, fields.STRATEGY.usual)):
        offer = offers.get(str(given.get(chosen.name, usual or chosen.usual)))
        known |= {name: each for name, each in offer.fields.items() if name not in known} if offer else {}
    found, problems = dict[str, str](), dict[str, str]()
    for name, value in given.items():
        if name == fields.HOLDINGS:
            continue
        field = known.get(name)
        if field is None:
            problems[shown(name)] = "is neither a field of the form nor a parameter of the strategy or of the model"
        elif field.name != name and field.name in given:
            problems[name] = f"is given twice, as {field.name}, too"
        elif value is None and field.parameter.optional:
            continue
        elif (text := text_of(field, value)) is None:
            problems[name] = f"must be {field.parameter.kind}, not {shown(value)}"
        else:
            found[field.name] = text
    held, wrong = _rows(given.get(fields.HOLDINGS))
    if problems | wrong:
        raise ParameterError(problems | wrong)
    return found | held


def _rows(holdings: object) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of the rows, and what is wrong with them."""
    if not isinstance(holdings, list) or not holdings or not all(isinstance(each, dict) for each in holdings):
        said = "is missing" if holdings is None else f"must be a list of objects, not {shown(holdings)}"
        return {}, {fields.HOLDINGS: f"{said}: one for each symbol"}
    if len(holdings) > MOST_SYMBOLS:
        return {}, {fields.HOLDINGS: f"must be {MOST_SYMBOLS} at most, not {len(holdings):,}"}
    found, problems = dict[str, str](), dict[str, str]()
    for number, holding in enumerate(holdings, 1):
        for name, value in holding.items():
            if name not in _HOLDING:
                problems[shown(f"{name}.{number}")] = f"is nothing that a holding has: it has {', '.join(_HOLDING)}"
            elif (text := text_of(None, value)) is not None:
                found[f"{name}.{number}"] = text
            elif name == fields.WEIGHT and isinstance(value, int | float) and not isinstance(value, bool):
                found[f"{name}.{number}"] = repr(value)
            elif value is not None:
                problems[f"{name}.{number}"] = f"must be text, not {shown(value)}"
        if not found.get(f"{fields.SYMBOL}.{number}", "").strip():
            problems.setdefault(f"{fields.SYMBOL}.{number}", "is missing")
    return found, problems
