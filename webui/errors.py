"""What goes wrong, as a page or, for a script, as JSON: what happened and what to do next, never a stack trace."""

from collections.abc import Mapping

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from fleet.errors import (
    FleetError,
    MissingObjectError,
    NoSuchJobError,
    NoSuchTraderError,
    NotCompleteError,
    UnreadableObjectError,
)
from fleet.traders.switches import SwitchedMeanwhileError
from webui.api.problems import asked_by_script, problem

_STALE_PAGE = "Nothing was done: the page was too old, or cookies are switched off. Please press the button once more."

_NO_REFERER = (
    "Nothing was done: over HTTPS a browser has to say from which page the button was pressed, and this one did not, "
    "or named another site. Allow it to send the Referer to this address, then press the button once more."
)

_TOLD_IN_HEADERS = ("Allow", "Retry-After")  # beside the status

_ADVICE = {
    404: "There is no page at this address. Perhaps a part of it was lost when it was copied.",
    405: "This address does not take that kind of request. Start from the jobs instead.",
    413: "What was sent is far larger than any form here. Nothing was done with it.",
    500: "This is a fault of the web UI, not yours. Where it was started, its log says more.",
}


def register(app: Flask) -> None:
    """Have every error that no page handles itself shown as a page."""
    app.register_error_handler(HTTPException, _http)
    # Under a host name that is not trusted no page has an address to link to: left as plain as it comes.
    app.register_error_handler(SecurityError, lambda error: error)
    app.register_error_handler(CSRFError, lambda error: _page(400, "Please try again", why_not_ours(error)))
    app.register_error_handler(NoSuchJobError, lambda error: _page(404, "No such job", f"{error}."))
    app.register_error_handler(NoSuchTraderError, lambda error: _page(404, "No such trader", f"{error}."))
    app.register_error_handler(NotCompleteError, lambda error: _page(404, "No results yet", f"{error}."))
    app.register_error_handler(FleetError, lambda error: _page(503, "Queue or bucket out of reach", trouble=str(error)))
    app.register_error_handler(SwitchedMeanwhileError, lambda error: _page(409, "Somebody was faster", f"{error}."))
    for damaged in (UnreadableObjectError, MissingObjectError):  # queue and bucket answer well
        app.register_error_handler(damaged, lambda error: _page(409, "Part of it cannot be read", f"{error}."))


def why_not_ours(error: CSRFError) -> str:
    """Why a form was not taken for one of our own, and what to do next."""
    return _NO_REFERER if "referrer" in str(error.description) else _STALE_PAGE


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name in _TOLD_IN_HEADERS}
    return _page(status, error.name, _ADVICE.get(status, error.description or ""), headers=headers)


def _page(
    status: int, heading: str, advice: str = "", *, trouble: str = "", headers: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    if asked_by_script():
        return problem(status, heading, trouble or advice, headers=headers)
    page = render_template("error.html", heading=heading, advice=advice, trouble=trouble)
    return page, status, dict(headers or {})
