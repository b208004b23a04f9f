"""The first page: the form that makes a job, and the newest jobs."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from fleet.canonical import canonical
from fleet.errors import BucketError, FleetError, MissingObjectError, QueueError, UnreadableObjectError
from fleet.job import Job
from fleet.kept_histories import symbols
from fleet.listing import recent
from fleet.price_cache import cache_folder
from fleet.submit import preview
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.wording import count
from webui import connection
from webui.errors import why_not_ours
from webui.forms import job_fields, own_rule, snapshots, trained
from webui.forms.folded import HEADINGS
from webui.forms.form import JobForm
from webui.forms.histories import StillFetchingError, history_for, is_in_bucket
from webui.forms.sent import sent
from webui.forms.submission import PRICES_SECONDS, drawn_seed, submit_once

FILE = "file"  # of prices, in the form

_DAMAGES = (UnreadableObjectError, MissingObjectError)  # queue and bucket answer well
_LISTED = 5  # jobs; each costs a few requests to the bucket

blueprint = Blueprint("new_simulation", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """The form, filled in with the usual values or with those in the address."""
    typed, trouble = request.args.to_dict(), list[FleetError]()
    try:
        if own_rule.SOURCE in typed:
            typed[own_rule.SOURCE] = own_rule.source_of(typed[own_rule.SOURCE], connection.bucket())
    except FleetError as error:
        typed[own_rule.SOURCE] = ""  # where a digest stood
        trouble.append(error)
    return _page(_filled_in(typed), trouble=trouble)


@blueprint.post("/change")
def change() -> ResponseReturnValue:
    """The form, filled in with what was previewed; without the prices that were kept, if they are let go of."""
    typed = sent()
    if typed.get("let_go"):
        typed[snapshots.FIELD] = ""
        if typed.get(job_fields.SOURCE.name) not in job_fields.SOURCES:
            typed[job_fields.SOURCE.name] = job_fields.SOURCE.usual or next(iter(job_fields.SOURCES))
    return _page(_filled_in(typed))


@blueprint.post("/jobs")
def send() -> ResponseReturnValue:
    """Make the job and send it, or show what would be sent."""
    typed = sent()
    try:
        typed |= _prices_in_the_file()
        typed |= _model_in_the_file()
    except trained.ModelFileError as error:
        return _page(_filled_in(typed).refused({trained.FILE: str(error)})), 400
    except (HistoryError, ParameterError) as error:
        return _page(_filled_in(typed).refused({FILE: str(error)})), 400
    except FleetError as error:
        return _page(_filled_in(typed), trouble=[error]), 503
    form = JobForm.read(typed, own_rules=connection.own_rules_allowed())
    if form.problems:
        return _page(form), 400
    try:
        bucket = connection.bucket() if is_in_bucket(form.values) else None
        history = history_for(form.values, bucket, patience=PRICES_SECONDS, cache=cache_folder())
        job, inputs = form.job(history, drawn_seed(typed))
    except HistoryError as error:
        return _page(form.refused({"symbol": str(error)})), 400
    except ParameterError as error:
        return _page(form.refused(error.problems)), 400
    except StillFetchingError as error:
        return _page(form, notice=f"{error}. Nothing was sent yet: press the button once more in a moment."), 503
    except _DAMAGES as error:
        return _page(form, trouble=[error]), 409
    except FleetError as error:
        return _page(form, trouble=[error]), 503
    try:
        queue, bucket = connection.queue(), connection.bucket()
    except FleetError as error:
        return _page(form, trouble=[error]), 503
    if form.values["preview"]:
        return _preview(form, job, bucket.name)
    if request.form.get("previewed", job.id) != job.id:
        return _preview(form, job, bucket.name, changed=True), 409
    try:
        submit_once(job, history, queue, bucket, inputs)
    except QueueError as error:
        flash(f"The job is kept, but was not sent: {error}.", "bad")
    except BucketError as error:
        return _page(form, trouble=[error]), 503
    return redirect(url_for("job.show", job_id=job.id), 303)


@blueprint.errorhandler(CSRFError)
def refuse(error: CSRFError) -> ResponseReturnValue:
    """The same page again with what was typed, so that pressing the button once more sends it."""
    return _page(_filled_in(sent()), notice=why_not_ours(error)), 400


def _filled_in(typed: Mapping[str, str]) -> JobForm:
    return JobForm.filled_in(typed, own_rules=connection.own_rules_allowed())


def _prices_in_the_file() -> dict[str, str]:
    """The texts that stand for prices in a file that came with the form; none without one.

    Raises:
        HistoryError, ParameterError, FleetError: see ``snapshots.keep_file``.
    """
    file = request.files.get(FILE)
    if file is None or not file.filename:
        return {}
    symbol = request.form.get("file_symbol", "").strip() or None
    history = snapshots.keep_file(file.stream, file.filename, symbol, connection.bucket())
    return {"symbol": history.symbol, "source": history.source, snapshots.FIELD: history.digest}


def _model_in_the_file() -> dict[str, str]:
    """The text that stands for a trained model in a file that came with the form; none without one.

    Raises:
        ModelFileError, FleetError: see ``trained.keep_file``.
    """
    file = request.files.get(trained.FILE)
    if file is None or not file.filename:
        return {}
    return {trained.FIELD.name: trained.keep_file(file.stream.read(), connection.bucket()).digest}


def _page(form: JobForm, *, notice: str | None = None, trouble: Sequence[FleetError] = ()) -> str:
    """
    Args:
        form: As it is shown.
        notice: What there is to say.
        trouble: What went wrong with queue or bucket.
    """
    jobs, listing_trouble = None, None
    try:
        jobs = recent(connection.bucket(), _LISTED)
    except FleetError as error:
        listing_trouble = str(error)
    held, kept, trouble = None, list[str](), list(trouble)
    with suppress(FleetError):  # which the listing of jobs has met, too
        kept = symbols(connection.bucket())
    try:
        held = _held(form)
    except FleetError as error:
        trouble += [] if str(error) in map(str, trouble) else [error]
        form = replace(form, typed={**form.typed, snapshots.FIELD: ""})
    except (HistoryError, ParameterError):  # said where the job is made
        held = Held(form.typed["symbol"], form.typed["source"], form.typed[snapshots.FIELD])
    return render_template(
        "new_simulation.html",
        form=form,
        fields=job_fields,
        source=job_fields.source_field(kept, form.typed[job_fields.SOURCE.name]),
        headings=HEADINGS,
        own_rule=own_rule,
        trained=trained,
        models=trained.offered(form.typed[trained.FIELD.name]),
        notice=notice,
        held=held,
        damage=[str(error) for error in trouble if isinstance(error, _DAMAGES)],
        trouble=[str(error) for error in trouble if not isinstance(error, _DAMAGES)],
        drawn_seed=drawn_seed(request.form),
        jobs=jobs.rows if jobs else [],
        listing_trouble=listing_trouble,
    )


@dataclass(frozen=True)
class Held:
    """Prices in the bucket that the form has.

    Attributes:
        symbol, source, digest: What they are.
        words: How many days they are, and which.
    """

    symbol: str
    source: str
    digest: str
    words: str = ""


def _held(form: JobForm) -> Held | None:
    """
    Raises:
        FleetError, HistoryError, ParameterError: they cannot be had, or not be used.
    """
    digest = form.typed[snapshots.FIELD]
    if not snapshots.DIGEST.fullmatch(digest):
        return None
    symbol, source = form.typed["symbol"], form.typed["source"]
    history = snapshots.load(digest, symbol, source, connection.bucket(), None)
    first, last = history.dates[0], history.dates[-1]
    return Held(symbol, source, digest, f"{count(len(history.dates), 'day')}, {first} to {last}")


def _preview(form: JobForm, job: Job, bucket_name: str, *, changed: bool = False) -> str:
    message = preview(job, bucket_name)
    return render_template(
        "preview.html",
        job=job,
        readable=json.dumps(message["job"], indent=2),
        messages=[canonical(each) for each in message["messages"]],
        attributes=message["attributes"],
        texts=form.of_the_job,
        changed=changed,
        send_to="new_simulation.send",
        change_at="new_simulation.change",
    )
