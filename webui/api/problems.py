"""What goes wrong, told to a script (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, request

from webui.display import sentence

MIMETYPE = "application/problem+json"


def asked_by_script() -> bool:
    """Whether the address that was asked is one of the JSON interface."""
    return request.path == "/api" or request.path.startswith("/api/")


def problem(
    status: int, title: str, detail: str, *, problems: Mapping[str, str] | None = None, retry_after: int | None = None
) -> Response:
    """
    Args:
        status: Of HTTP.
        title: What kind of problem it is, the same each time.
        detail: What happened, and what to do next.
        problems: What is wrong with each field of a form.
        retry_after: Seconds, after which to try again.
    """
    body = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence(detail),
    }
    if problems is not None:
        body["problems"] = dict(problems)
    response = Response(json.dumps(body), status, mimetype=MIMETYPE)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
