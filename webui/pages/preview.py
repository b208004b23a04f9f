"""What the form shows before anything is submitted, for its script."""

import gzip
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from fleet.errors import FleetError
from fleet.price_cache import cache_folder
from montecarlo.errors import HistoryError, ParameterError
from webui import connection, troubles
from webui.display import sentence
from webui.errors import why_not_ours
from webui.forms import estimates, folded, snapshots
from webui.forms.form import JobForm
from webui.forms.histories import StillFetchingError, history_for
from webui.forms.preview import Preview, preview_of
from webui.forms.sent import sent

PATIENCE = 0.25  # seconds to wait for prices; the page asks again

_TRIALS = threading.Semaphore(3)  # of people's own rules at a time
_BUSY = "other rules are being tried just now: press the button once more in a moment"
_COMPRESSED = 3  # level; a figure of twenty years takes milliseconds, and a quarter of the bytes

blueprint = Blueprint("preview", __name__)


@blueprint.post("/preview")
def show() -> ResponseReturnValue:
    """The form's fields, judged: JSON, 200; 202 while its prices are being fetched, with ``{"waiting": "…"}``.

    Texts are plain, with code between backticks.

        problems: {field: text}; other_problems: [text] of what has no field.
        trouble: text where prices or bucket cannot be had.
        chart: plotly's figure, or null; shown: whose trades it has, from when on.
        headline: [{name, text}] of the backtest.
        prices: what they are; warnings: [text] about them; fit: {field: text} of the model.
        compares: how many combinations; folded: {heading: words}.
        estimate: {path_days, here, fleet, prices: text, warnings: [text]}, or null; measuring: whether the speed of
            this machine is being measured, so that there is none yet.
    """
    answer = told(sent())
    return _compressed(answer), 202 if answer["waiting"] else 200


def told(typed: Mapping[str, str]) -> dict[str, Any]:
    """The same of any texts of the form."""
    form = JobForm.read(typed, own_rules=connection.own_rules_allowed())
    found, trouble, waiting = Preview(problems=form.problems), "", ""
    wanted = typed.get("try_rule") == "yes"
    if form.can_have_prices:
        try:
            bucket = connection.bucket() if form.values[snapshots.FIELD] else None
            history = history_for(form.values, bucket, patience=PATIENCE, cache=cache_folder())
            with _trial(wanted=wanted) as allowed:
                found = preview_of(form, history, try_rule=allowed)
                trouble = _BUSY if wanted and not allowed else ""
        except StillFetchingError as error:
            waiting = f"{error} …"
        except HistoryError as error:
            found = Preview(problems={**form.problems, "symbol": str(error)})
        except ParameterError as error:
            found = Preview(problems={**form.problems, **error.problems})
        except FleetError as error:
            trouble = str(error)
    basis = _basis()
    theme = "dark" if typed.get("theme") == "dark" else "light"
    return {
        **found.to_dict(theme),
        **_problems(form.refused(found.problems)),
        "trouble": sentence(trouble),
        "waiting": waiting,
        "folded": folded.words(form),
        "estimate": estimates.estimate_of(found.experiment, basis) if basis and found.experiment else None,
        "measuring": basis is None,
    }


@contextmanager
def _trial(*, wanted: bool) -> Iterator[bool]:
    """Whether a rule may be run while the block lasts: a trial takes a thread for up to a minute."""
    allowed = wanted and _TRIALS.acquire(blocking=False)
    try:
        yield allowed
    finally:
        if allowed:
            _TRIALS.release()


@blueprint.post("/prices")
def keep_prices() -> ResponseReturnValue:
    """A file of prices (multipart, field ``file``, perhaps ``file_symbol``), read and kept in the bucket.

    JSON: ``prices`` (SHA-256 of the snapshot), ``symbol``, ``source`` "csv", ``first``, ``last``, ``days``,
    ``warnings`` [text]; 400 with ``problem`` where it cannot be read, 413 where it is too large, 503 where the bucket
    is out of reach.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        return jsonify(problem="No file came along: choose one."), 400
    try:
        history = snapshots.keep_file(
            file.stream, file.filename, request.form.get("file_symbol", "").strip() or None, connection.bucket()
        )
    except (HistoryError, ParameterError) as error:
        return jsonify(problem=sentence(str(error))), 400
    except FleetError as error:
        return jsonify(problem=sentence(str(error))), 503
    return jsonify(
        prices=history.digest,
        symbol=history.symbol,
        source=history.source,
        first=str(history.dates[0]),
        last=str(history.dates[-1]),
        days=len(history.dates),
        warnings=list(history.warnings),
    )


@blueprint.errorhandler(CSRFError)
def refuse(error: CSRFError) -> ResponseReturnValue:
    return jsonify(problem=why_not_ours(error), trouble=why_not_ours(error)), 400


@blueprint.errorhandler(413)
def refuse_what_is_too_large(_: Exception) -> ResponseReturnValue:
    words = "The file is larger than 5 MB: keep the rows of one symbol."
    return jsonify(problem=words, trouble=words), 413


def _basis() -> estimates.Basis | None:
    try:
        region = connection.settings().region
    except FleetError:  # said where a job is sent
        region = ""
    return estimates.basis(region, connection.environment().get(troubles.VARIABLE) or None)


def _problems(form: JobForm) -> dict[str, Any]:
    """Problems by field, and those of what has none, as the page writes them."""
    other = form.other_problems
    by_field = {name: text for name, text in form.problems.items() if name in form.typed and name != snapshots.FIELD}
    return {
        "problems": {name: sentence(text) for name, text in by_field.items()},
        "other_problems": [sentence(text) for text in other],
    }


def _compressed(answer: Mapping[str, Any]) -> Response:
    content = json.dumps(answer).encode()
    response = Response(content, mimetype="application/json")
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(content, _COMPRESSED))
        response.content_encoding = "gzip"
    return response
