"""What goes wrong, told to a script (RFC 9457)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, request

from montecarlo.parameters import shown
from webui.api.schemas import TEXT, Schema, exactly, told
from webui.display import sentence

MIMETYPE = "application/problem+json"

FORM = "#/components/schemas/FormProblem"  # in the description, which says what such a problem tells more than others
NOT_SENT = "#/components/schemas/NotSentProblem"

_PLAIN: dict[str, Schema] = {
    "type": told(TEXT, "Where it is said what more there is: about:blank, or a part of /api/openapi.json."),
    "title": told(TEXT, "What kind of problem it is; the same each time."),
    "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "Of HTTP."},
    "detail": told(TEXT, "What happened, and what to do next."),
}
_TEXT_BY_FIELD: Schema = {"type": "object", "additionalProperties": TEXT}

SCHEMAS: dict[str, Schema] = {
    "Problem": exactly("Why something was not done or cannot be told (RFC 9457).", _PLAIN),
    "FormProblem": exactly(
        "What was sent cannot be used.",
        {**_PLAIN, "problems": told(_TEXT_BY_FIELD, "What is wrong, by the name of each field.")},
    ),
    "NotSentProblem": exactly(
        "The job is kept in the bucket, but its messages are not on the queue.",
        {**_PLAIN, "job_id": told(TEXT, "POST /api/jobs/{job_id}/send tries again.")},
    ),
}


def asked_by_script() -> bool:
    """Whether the address that was asked is one of the JSON interface."""
    return request.path == "/api" or request.path.startswith("/api/")


def problem(
    status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None, kind: str = "", **more: Any
) -> Response:
    """
    Args:
        status: Of HTTP.
        title: What kind of problem it is, the same each time.
        detail: What happened, and what to do next.
        headers: Of the answer, beside the usual ones.
        kind: FORM or NOT_SENT.
        more: What problems of that kind tell.
    """
    described = f"/api/openapi.json{kind}" if kind else "about:blank"
    body = {"type": described, "title": title, "status": status, "detail": sentence(detail), **more}
    return Response(json.dumps(body), status, mimetype=MIMETYPE, headers=dict(headers or {}))


def no_such_chart(of: str, charts: Iterable[str], name: str) -> Response:
    """Of what has charts of other names."""
    return problem(404, "No such chart", f"{of} has the charts {', '.join(charts)}, not {shown(name)}.")


def form_problem(problems: Mapping[str, str]) -> Response:
    """What is wrong with what was sent, by field."""
    detail = "; ".join(f"{name}: {text}" if name else text for name, text in problems.items())
    return problem(400, "What was sent cannot be used", f"{detail}.", kind=FORM, problems=dict(problems))
