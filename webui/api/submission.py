"""Submitting for scripts: making a job, and keeping the prices that it shall be made of."""

import hashlib
from io import BytesIO
from typing import Any

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from fleet.errors import MessageError, QueueError
from fleet.price_cache import cache_folder
from fleet.submit import preview
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.traded_paths import seed_or_new
from montecarlo.limits import MAX_SEED
from montecarlo.parameters import Parameter, Word, shown
from webui import connection
from webui.api import asked
from webui.api.jobs import not_sent
from webui.api.operations import operation, sent
from webui.api.problems import form_problem, problem
from webui.api.schemas import ANY_OBJECT, COUNT, TEXT, TEXTS, Schema, exactly, items, named, told
from webui.forms import snapshots
from webui.forms.form import JobForm
from webui.forms.histories import StillFetchingError, history_for, is_in_bucket
from webui.forms.submission import PRICES_SECONDS, submit_once

KEY = "Idempotency-Key"
RETRY_SECONDS = 5  # where prices are still being fetched

_DAY: Schema = {"type": "string", "format": "date"}

SCHEMAS: dict[str, Schema] = {
    "Submitted": exactly("A job that is on the queue.", {"job_id": TEXT, "warnings": TEXTS}),
    "WouldBeSent": exactly(
        "What preview=true shows: nothing is stored and nothing is sent.",
        {
            "job": named("Definition"),
            "messages": told(items(ANY_OBJECT), "That would go onto the queue."),
            "attributes": told(ANY_OBJECT, "Of each message."),
        },
    ),
    "PriceFile": exactly(
        "A file of daily prices.",
        {
            "content": told(TEXT, "A CSV with a line for each day, as docs/price-files.md has it."),
            "name": told({"type": "string", "maxLength": 200}, "What the file is called, for messages."),
            "symbol": told({"type": "string", "maxLength": 32}, "What to call the prices."),
        },
        optional=("name", "symbol"),
    ),
    "Prices": exactly(
        "Prices that are in the bucket.",
        {
            snapshots.FIELD: told(TEXT, "Their SHA-256, for the field of that name of a job."),
            "symbol": TEXT,
            "source": TEXT,
            "first": _DAY,
            "last": _DAY,
            "days": COUNT,
            "warnings": TEXTS,
        },
    ),
}


@operation(
    "POST",
    "/jobs",
    answer=(201, named("Submitted")),
    also=((200, named("WouldBeSent")),),
    problems=(409,),
    headers={
        KEY: "Any text: where no seed is sent, one is drawn from it, so that what is sent again is the same job. "
        "Without it, the same again is a new job with a new seed."
    },
    body=named("AskedJob"),
    location=True,
)
def submit() -> ResponseReturnValue:
    """Make a job and put it onto the queue; the same job is made and sent once."""
    own_rules = connection.own_rules_allowed()
    try:
        form = JobForm.read(asked.texts(sent(), own_rules=own_rules), own_rules=own_rules)
        if form.problems:
            return form_problem(form.problems)
        at_hand = connection.bucket() if is_in_bucket(form.values) else None
        history = history_for(form.values, at_hand, patience=PRICES_SECONDS, cache=cache_folder())
        job, inputs = form.job(history, seed_of_request())
    except MessageError as error:
        return not_json(error)
    except HistoryError as error:
        return form_problem({"symbol": str(error)})
    except ParameterError as error:
        return form_problem(error.problems)
    except StillFetchingError as error:
        return still_fetching(error)
    bucket = connection.bucket()
    if form.values["preview"]:
        return jsonify(preview(job, bucket.name))
    try:
        submit_once(job, history, connection.queue(), bucket, inputs)
    except QueueError as error:
        return not_sent(job.id, error)
    location = {"Location": url_for("api.job", job_id=job.id)}
    return jsonify(job_id=job.id, warnings=list(job.experiment.warnings)), 201, location


@operation("POST", "/prices", answer=(201, named("Prices")), body=named("PriceFile"))
def keep_prices() -> ResponseReturnValue:
    """Keep the prices in a file in the bucket, to make jobs of them."""
    try:
        given = _file()
        history = snapshots.keep_file(
            BytesIO(given["content"].encode()), given["name"], given["symbol"], connection.bucket()
        )
    except MessageError as error:
        return not_json(error)
    except HistoryError as error:
        return form_problem({"content": str(error)})
    except ParameterError as error:
        return form_problem(error.problems)
    kept = {
        snapshots.FIELD: history.digest,
        "symbol": history.symbol,
        "source": history.source,
        "first": str(history.dates[0]),
        "last": str(history.dates[-1]),
        "days": len(history.dates),
        "warnings": list(history.warnings),
    }
    return jsonify(kept), 201


def not_json(error: MessageError) -> Response:
    """What is told of a body that is no JSON object."""
    return problem(400, "Not JSON", f"what was sent cannot be read: {error}.")


def still_fetching(error: StillFetchingError) -> Response:
    """What is told where prices take longer than anybody is let wait."""
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return problem(503, "Prices are being fetched", f"{error}. Ask again in a moment.", headers=headers)


_OF_A_FILE = {
    "content": Parameter.of("content", Word(10**7), label="Content"),
    "name": Parameter.of("name", Word(200), "prices.csv", label="Name"),
    "symbol": Parameter.of("symbol", Word(32), None, label="Symbol", optional=True),
}


def _file() -> dict[str, Any]:
    """
    Raises:
        MessageError: what is sent is no JSON object.
        ParameterError: something of it cannot be used; by name.
    """
    values = sent()
    problems = {shown(name): "is not known here" for name in values if name not in _OF_A_FILE}
    found = {name: values.get(name, None if name == "content" else each.default) for name, each in _OF_A_FILE.items()}
    if not isinstance(found["content"], str):
        problems["content"] = "must be the text of a CSV"
    for name in ("name", "symbol"):
        if problem := _OF_A_FILE[name].problem(found[name]):
            problems[name] = problem
    if problems:
        raise ParameterError(problems)
    return found


def seed_of_request() -> int:
    """Of a job for which none is sent."""
    if key := request.headers.get(KEY):
        return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % (MAX_SEED + 1)
    return seed_or_new(None)
