"""The first page: the form that makes a job, and the recent jobs."""

import json
from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from fleet.canonical import canonical
from fleet.errors import BucketError, FleetError, QueueError, UnreadableObjectError
from fleet.job import Job
from fleet.listing import recent
from fleet.price_cache import cache_folder
from fleet.submit import preview
from montecarlo.errors import HistoryError, ParameterError
from webui import connection
from webui.errors import why_not_ours
from webui.forms import days_of_prices, job_fields, own_rule
from webui.forms.form import JobForm
from webui.forms.histories import load_history
from webui.forms.submission import drawn_seed, submit_once

_LISTED = 5  # jobs; each costs a few requests to the bucket

blueprint = Blueprint("new_simulation", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """The form, filled in with the usual values or with those in the address."""
    typed = request.args.to_dict()
    prices = typed.pop(days_of_prices.FIELD, None)
    trouble: list[FleetError] = []
    try:
        if prices is not None:
            typed |= days_of_prices.days_of(prices, connection.bucket())
    except FleetError as error:
        trouble.append(error)
    try:
        if own_rule.SOURCE in typed:
            typed[own_rule.SOURCE] = own_rule.source_of(typed[own_rule.SOURCE], connection.bucket())
    except FleetError as error:
        typed[own_rule.SOURCE] = ""  # where a digest stood
        trouble.append(error)
    return _page(_filled_in(typed), repeats=prices is not None, trouble=trouble)


@blueprint.post("/change")
def change() -> ResponseReturnValue:
    """The form, filled in with what was previewed."""
    return _page(_filled_in(_sent()))


@blueprint.post("/jobs")
def send() -> ResponseReturnValue:
    """Make the job and send it, or show what would be sent."""
    sent = _sent()
    form = JobForm.read(sent, own_rules=connection.own_rules_allowed())
    if form.problems:
        return _page(form), 400
    try:
        history = load_history(
            form.values["symbol"], form.values["source"], cache=cache_folder(), **form.asked_of_prices
        )
        job, inputs = form.job(history, drawn_seed(sent))
    except HistoryError as error:
        return _page(form.refused({"symbol": str(error)})), 400
    except ParameterError as error:
        return _page(form.refused(error.problems)), 400
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
    return _page(_filled_in(_sent()), notice=why_not_ours(error)), 400


def _filled_in(typed: Mapping[str, str]) -> JobForm:
    return JobForm.filled_in(typed, own_rules=connection.own_rules_allowed())


def _sent() -> dict[str, str]:
    """The texts of the form that was sent; a box that is ticked comes after the word for one that is not."""
    return {name: texts[-1] for name, texts in request.form.lists()}


def _page(
    form: JobForm, *, notice: str | None = None, repeats: bool = False, trouble: Sequence[FleetError] = ()
) -> str:
    """
    Args:
        form: As it is shown.
        notice: What there is to say.
        repeats: Whether it has the days of a job's prices.
        trouble: What went wrong with queue or bucket.
    """
    jobs, listing_trouble = None, None
    try:
        jobs = recent(connection.bucket(), _LISTED)
    except FleetError as error:
        listing_trouble = str(error)
    return render_template(
        "new_simulation.html",
        form=form,
        fields=job_fields,
        own_rule=own_rule,
        notice=notice,
        repeats=repeats,
        damage=[str(error) for error in trouble if isinstance(error, UnreadableObjectError)],
        trouble=[str(error) for error in trouble if not isinstance(error, UnreadableObjectError)],
        drawn_seed=drawn_seed(request.form),
        jobs=jobs.rows if jobs else [],
        listing_trouble=listing_trouble,
    )


def _preview(form: JobForm, job: Job, bucket_name: str, *, changed: bool = False) -> str:
    sent = preview(job, bucket_name)
    return render_template(
        "preview.html",
        job=job,
        readable=json.dumps(sent["job"], indent=2),
        messages=[canonical(message) for message in sent["messages"]],
        attributes=sent["attributes"],
        texts=form.of_the_job,
        changed=changed,
    )
