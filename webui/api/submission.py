"""Submitting for scripts."""

import hashlib

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue

from fleet.errors import MessageError, QueueError
from fleet.price_cache import cache_folder
from fleet.submit import preview
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.traded_paths import seed_or_new
from montecarlo.limits import MAX_SEED
from webui import connection
from webui.api import asked
from webui.api.jobs import not_sent
from webui.api.operations import operation, sent
from webui.api.problems import form_problem, problem
from webui.api.schemas import ANY_OBJECT, TEXT, Schema, exactly, items, named, told
from webui.forms.form import JobForm
from webui.forms.histories import load_history
from webui.forms.submission import submit_once

KEY = "Idempotency-Key"

SCHEMAS: dict[str, Schema] = {
    "Submitted": exactly("A job that is on the queue.", {"job_id": TEXT, "warnings": items(TEXT)}),
    "WouldBeSent": exactly(
        "What preview=true shows: nothing is stored and nothing is sent.",
        {
            "job": named("Definition"),
            "messages": told(items(ANY_OBJECT), "That would go onto the queue."),
            "attributes": told(ANY_OBJECT, "Of each message."),
        },
    ),
}


def body() -> Schema:
    """What has to be sent."""
    return asked.schema(own_rules=connection.own_rules_allowed())


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
    body=body,
    location=True,
)
def submit() -> ResponseReturnValue:
    """Make a job and put it onto the queue; the same job is made and sent once."""
    own_rules = connection.own_rules_allowed()
    try:
        form = JobForm.read(asked.texts(sent(), own_rules=own_rules), own_rules=own_rules)
        if form.problems:
            return form_problem(form.problems)
        history = load_history(
            form.values["symbol"], form.values["source"], cache=cache_folder(), **form.asked_of_prices
        )
        job, inputs = form.job(history, _seed())
    except MessageError as error:
        return problem(400, "Not JSON", f"what was sent cannot be read: {error}.")
    except HistoryError as error:
        return form_problem({"symbol": str(error)})
    except ParameterError as error:
        return form_problem(error.problems)
    bucket = connection.bucket()
    if form.values["preview"]:
        return jsonify(preview(job, bucket.name))
    try:
        submit_once(job, history, connection.queue(), bucket, inputs)
    except QueueError as error:
        return not_sent(job.id, error)
    location = {"Location": url_for("api.job", job_id=job.id)}
    return jsonify(job_id=job.id, warnings=list(job.experiment.warnings)), 201, location


def _seed() -> int:
    """Of a job for which none is sent."""
    if key := request.headers.get(KEY):
        return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % (MAX_SEED + 1)
    return seed_or_new(None)
