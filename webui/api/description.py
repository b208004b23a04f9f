"""The JSON interface described for programs, by OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1).

It is made of what operations, strategies, models, rules and simulations declare, so it says what is so.
"""

from importlib.metadata import version
from typing import Any

from flask import current_app, jsonify
from flask.typing import ResponseReturnValue

from fleet.keys import JOB_ID, TRADER_NAME
from webui import connection
from webui.api import answers, asked, comparison, fleet, jobs, portfolios, preview, problems, submission, traders
from webui.api.operations import JSON, OPERATIONS, Operation, Query, blueprint, operation
from webui.api.schemas import ANY_OBJECT, NO_MORE_THAN_AN_OBJECT, TEXT, Schema, named

__all__ = ["blueprint"]

HOLDERS = (problems, answers, jobs, comparison, preview, fleet, submission, portfolios, traders)

_OF_ANYTHING = (400, 401, 429, 500, 503)  # problems that may come whatever is asked for
_OF_CHANGES = (403, 413, 415)

_PROBLEMS = {
    400: "What was sent cannot be used.",
    401: "Not logged in, where people have to.",
    403: "Asked by a page of another site.",
    404: "There is no such job or trader, or it has no such thing, or not yet.",
    409: "Part of it in the bucket cannot be read, an older version has made it, or somebody changed it meanwhile.",
    413: "What was sent is too large.",
    415: f"What was sent is not said to be {JSON}.",
    429: "Too many wrong passwords from this address.",
    500: "A fault of the web UI.",
    503: "Queue or bucket do not answer, or are not configured.",
}
_PARTS = {
    "job_id": ("Name of a job.", {"type": "string", "pattern": f"^{JOB_ID.pattern}$"}),
    "trader": ("Name of a trader.", {"type": "string", "pattern": f"^{TRADER_NAME}$"}),
    "name": ("Of the chart.", {"type": "string", "pattern": "^[a-z_]{1,40}$"}),
}


@operation("GET", "/openapi.json", answer=(200, ANY_OBJECT))
def openapi() -> ResponseReturnValue:
    """This description."""
    log_in, own_rules = "login" in current_app.extensions, connection.own_rules_allowed()
    return jsonify(description(log_in=log_in, own_rules=own_rules))


def description(*, log_in: bool, own_rules: bool) -> dict[str, Any]:
    """As OpenAPI has it.

    Args:
        log_in: Whether people have to.
        own_rules: Whether they may bring rules along.
    """
    paths: dict[str, dict[str, Any]] = {}
    for it in OPERATIONS.values():
        paths.setdefault(it.address, {})[it.method.lower()] = _described(it)
    schemas: dict[str, Schema] = {"AskedJob": asked.schema(own_rules=own_rules)}
    for holder in HOLDERS:
        schemas |= holder.SCHEMAS
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "spot-montecarlo",
            "version": version("spot-montecarlo"),
            "description": "What the pages of the web UI show, and what a script wants: submit a job, follow it, read "
            "what came of it. Errors are problems by RFC 9457.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "password": {"type": "http", "scheme": "basic", "description": "Under any user name."},
                "session": {"type": "apiKey", "in": "cookie", "name": current_app.config["SESSION_COOKIE_NAME"]},
            },
        },
        "security": [{"password": []}, {"session": []}] if log_in else [],
    }


def _described(it: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": it.name,
        "summary": it.help,
        "parameters": [
            *(_parameter(name, "path", *_PARTS[name], required=True) for name in it.variables),
            *(_query(each) for each in it.query),
            *(_parameter(name, "header", words, TEXT) for name, words in it.headers.items()),
        ],
        "responses": {
            **{str(status): _answer(it, status, schema) for status, schema in (it.answer, *it.also)},
            **{str(status): _problem(it, status) for status in _statuses(it)},
        },
    }
    if it.method == "POST":
        schema = NO_MORE_THAN_AN_OBJECT if it.body is None else it.body
        found["requestBody"] = {"required": it.body is not None, "content": {JSON: {"schema": schema}}}
    return found


def _statuses(it: Operation) -> list[int]:
    return sorted({*_OF_ANYTHING, *it.problems, *(_OF_CHANGES if it.method == "POST" else ())})


def _answer(it: Operation, status: int, schema: Schema) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": it.help, "content": {JSON: {"schema": schema}}}
    if it.location and status == it.answer[0]:
        answer["headers"] = {"Location": {"required": True, "schema": TEXT, "description": "Where to look next."}}
    return answer


def _problem(it: Operation, status: int) -> dict[str, Any]:
    kinds = {400: "FormProblem", 503: "NotSentProblem"}
    schema = named("Problem")
    if status in kinds:
        schema = {"anyOf": [schema, named(kinds[status])]}
    return {"description": _PROBLEMS[status], "content": {problems.MIMETYPE: {"schema": schema}}}


def _query(each: Query) -> dict[str, Any]:
    schema = {"type": "array", "items": each.schema} if each.several else each.schema
    return _parameter(each.name, "query", each.help, schema)


def _parameter(name: str, where: str, words: str, schema: Schema, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": where, "description": words, "required": required, "schema": schema}
