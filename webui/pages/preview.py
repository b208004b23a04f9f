"""What the form shows before anything is submitted, for its script."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from fleet.errors import FleetError
from fleet.trained_models import NamedModel
from montecarlo.errors import HistoryError, ParameterError
from webui import connection
from webui.display import sentence
from webui.errors import why_not_ours
from webui.forms import snapshots, trained
from webui.forms.sent import sent
from webui.forms.told import told

_COMPRESSED = 3  # level; a figure of twenty years takes milliseconds, and a quarter of the bytes

blueprint = Blueprint("preview", __name__)


@blueprint.post("/preview")
def show() -> ResponseReturnValue:
    """The form's fields, judged: JSON, 200; 202 while its prices are being fetched, with ``{"waiting": "…"}``.

    Texts are plain, with code between backticks.

        problems: {field: text}; other_problems: [text] of what has no field.
        trouble: text where prices or bucket cannot be had.
        chart: plotly's figure, or null; shown: whose trades it has, and from when on.
        headline: [{name, text}] of the backtest.
        prices: what they are; warnings: [text] about them; fit: {field: text} of the model.
        compares: how many combinations; folded: {heading: words}.
        estimate: {path_days, here, fleet, prices: text, warnings: [text]}, or null; measuring: whether the speed of
            this machine is being measured, so that there is none yet.
    """
    answer = told(sent())
    return compressed(answer), 202 if answer["waiting"] else 200


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


@blueprint.post("/trained-models")
def keep_model() -> ResponseReturnValue:
    """A trained model in a file (multipart, field ``model_file``), read and kept in the bucket under its digest.

    JSON: ``digest``, ``name``, and ``words``: what it was trained on, and its skill; 400 with ``problem`` where it
    cannot be read, 413 where it is too large, 503 where the bucket is out of reach.
    """
    file = request.files.get(trained.FILE)
    if file is None or not file.filename:
        return jsonify(problem="No file came along: choose one."), 400
    try:
        model = trained.keep_file(file.stream.read(), connection.bucket())
    except trained.ModelFileError as error:
        return jsonify(problem=sentence(str(error))), 400
    except FleetError as error:
        return jsonify(problem=sentence(str(error))), 503
    return jsonify(digest=model.digest, name=model.name, words=trained.words_of(NamedModel.of(model, model.name)))


@blueprint.errorhandler(CSRFError)
def refuse(error: CSRFError) -> ResponseReturnValue:
    return jsonify(problem=why_not_ours(error), trouble=why_not_ours(error)), 400


@blueprint.errorhandler(413)
def refuse_what_is_too_large(_: Exception) -> ResponseReturnValue:
    words = "The file is larger than 5 MB: keep the rows of one symbol."
    return jsonify(problem=words, trouble=words), 413


def compressed(answer: Mapping[str, Any]) -> Response:
    """As JSON, packed where the browser takes that."""
    content = json.dumps(answer).encode()
    response = Response(content, mimetype="application/json")
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(content, _COMPRESSED))
        response.content_encoding = "gzip"
    return response
