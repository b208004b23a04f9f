"""The page of a job: how far it is, what is asked for, what came of it, and what can be done with it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fleet import progress
from fleet.errors import FleetError, MessageError, MissingObjectError, QueueError, UnreadableObjectError
from fleet.job import Job
from fleet.job_store import load_job
from fleet.new_job import with_seed
from fleet.submit import cannot_be_sent, submit_stored
from fleet.submit import send as send_again
from fleet.wording import shortened
from montecarlo.errors import ParameterError
from webui import connection
from webui.costs import Costs
from webui.forms import own_rule
from webui.forms.submission import drawn_seed, once
from webui.results import verdicts
from webui.results.computed import BEING_LOOKED_UP, computed, cost_in_words
from webui.results.facts import facts
from webui.results.files import files_of
from webui.results.kind import Kind
from webui.results.kinds import KINDS
from webui.results.running import while_it_runs

blueprint = Blueprint("job", __name__, url_prefix="/jobs/<job_id>")

_costs = Costs()


@blueprint.get("")
def show(job_id: str) -> ResponseReturnValue:
    bucket = connection.bucket()
    try:
        status = progress.status(bucket, job_id)
    except UnreadableObjectError as error:
        return render_template("unreadable.html", job_id=job_id, reason=str(error)), 409
    job, kind = status.job, KINDS[status.job.experiment.kind]
    found, damage = None, [status.damage] if status.damage else []
    if status.state == "complete":
        try:
            found = kind.read(bucket, job)
        except (UnreadableObjectError, MissingObjectError) as error:
            damage.append(str(error))
    warnings, cut = shortened(status.warnings)
    return render_template(
        "job.html",
        status=status,
        told=while_it_runs(status) if status.unfinished else None,
        can_tell_so_far=kind.so_far is not None,
        facts=facts(job),
        files=files_of(job),
        can_be_sent=not cannot_be_sent(job),
        kind=kind,
        repeated=kind.repeated(job) if kind.repeated else None,
        has_a_seed=_has_a_seed(job),
        has_verdict=found is not None and verdicts.wanted(job),
        drawn_seed=drawn_seed({}),
        can_be_compared=found is not None and kind.compared,
        template=kind.template,
        charts={name: chart for name, chart in kind.charts.items() if chart.wanted(job)},
        chosen=_chosen(kind),
        alone_url=url_for("job.alone", job_id=job_id) if found and kind.alone else None,
        results=found,
        damage=damage,
        warnings=warnings,
        more_warnings=len(status.warnings) if cut else 0,
    )


@blueprint.get("/computed")
def show_computed(job_id: str) -> ResponseReturnValue:
    """Who computed a complete job, and for how much."""
    bucket = connection.bucket()
    status = progress.status(bucket, job_id)
    found = computed(bucket, status.job, status.done)
    cost = _costs.of(job_id, found.records) if found.on_ec2 else ""
    if cost is None:
        words = BEING_LOOKED_UP
    elif isinstance(cost, FleetError):
        words = f"What it cost cannot be told: {cost}. Where that is allowed, `spotmc cost {job_id}` tells it."
    else:
        words = cost if isinstance(cost, str) else cost_in_words(cost, found.share)
    return render_template("computed.html", job_id=job_id, computed=found, cost=words, again=cost is None)


@blueprint.get("/verdict")
def show_verdict(job_id: str) -> ResponseReturnValue:
    """Whether what a trained model made of unseen days could be luck, if that has been found out."""
    bucket = connection.bucket()
    job = load_job(bucket, job_id)
    if not verdicts.wanted(job):
        abort(404)
    return render_template("verdict.html", job_id=job_id, verdict=verdicts.ready(bucket, job))


@blueprint.get("/warnings.txt")
def show_warnings(job_id: str) -> ResponseReturnValue:
    """All of them, however many."""
    status = progress.status(connection.bucket(), job_id)
    return Response((f"{warning}\n" for warning in status.warnings), mimetype="text/plain")


@blueprint.get("/alone")
def alone(job_id: str) -> ResponseReturnValue:
    """To one of the many simulations that a job is made of: the job that there is, or else the form that makes it."""
    bucket = connection.bucket()
    job = load_job(bucket, job_id)
    find = KINDS[job.experiment.kind].alone
    if find is None:
        abort(404)
    try:
        asked = find(job, request.args)
    except ParameterError as error:
        flash(f"{error}.", "warn")
        return _to_page(job_id)
    if progress.state(bucket, asked.id) in ("queued", "running", "complete"):
        return _to_page(asked.id)
    kind = KINDS[asked.experiment.kind]
    assert kind.repeated is not None
    values: dict[str, Any] = dict(kind.repeated(asked))
    return redirect(url_for(kind.form, **values), 303)


@blueprint.post("/send")
def send(job_id: str) -> ResponseReturnValue:
    queue, bucket = connection.queue(), connection.bucket()
    job = load_job(bucket, job_id)
    try:
        once(job, bucket, lambda: send_again(job, queue, bucket))
    except (QueueError, MessageError) as error:
        flash(f"The job was not sent: {error}.", "bad")
    return _to_page(job_id)


@blueprint.post("/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    progress.cancel(connection.bucket(), job_id)
    return _to_page(job_id)


@blueprint.post("/again")
def again(job_id: str) -> ResponseReturnValue:
    """The same settings and prices with another seed: that of the page, so that a second press makes no second job."""
    queue, bucket = connection.queue(), connection.bucket()
    if not _has_a_seed(job := load_job(bucket, job_id)):
        flash(f"A {job.experiment.kind} draws nothing: it would find the same again.", "warn")
        return _to_page(job_id)
    job = with_seed(job, drawn_seed(request.form))
    if job.experiment.own_rule and not connection.own_rules_allowed():
        flash(f"The rule {own_rule.REFUSED}.", "bad")
        return _to_page(job_id)
    try:
        once(job, bucket, lambda: submit_stored(job, queue, bucket))
    except MissingObjectError as error:
        flash(f"It cannot be run again: {error}.", "bad")
        return _to_page(job_id)
    except QueueError as error:
        flash(f"The job is kept, but was not sent: {error}.", "bad")
    return _to_page(job.id)


def _has_a_seed(job: Job) -> bool:
    """Whether another seed makes another job of it."""
    return hasattr(job.experiment, "seed")


def _chosen(kind: Kind) -> dict[str, Mapping[str, str]]:
    """What the address asks for of each chart; a word that there is not counts for nothing."""
    found: dict[str, Mapping[str, str]] = {}
    for name, chart in kind.charts.items():
        try:
            found[name] = chart.chosen(request.args)
        except ParameterError:
            found[name] = {}
    return found


def _to_page(job_id: str) -> ResponseReturnValue:
    return redirect(url_for("job.show", job_id=job_id), 303)
