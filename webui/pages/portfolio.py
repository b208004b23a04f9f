"""The page that makes a portfolio: a list of symbols with weights, and the frontier before anything is sent."""

import json
from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from fleet.canonical import canonical
from fleet.errors import BucketError, FleetError, QueueError
from fleet.job import Job
from fleet.kept_histories import symbols
from fleet.submit import preview
from montecarlo.data.joint_history import MOST_SYMBOLS
from montecarlo.errors import HistoryError, ParameterError
from webui import connection
from webui.errors import why_not_ours
from webui.forms import job_fields, snapshots
from webui.forms import portfolio_fields as fields
from webui.forms.folded import OF_PORTFOLIOS
from webui.forms.frontiers import HOW_TO_READ
from webui.forms.histories import StillFetchingError
from webui.forms.joint_histories import joint_history_for
from webui.forms.portfolio import PortfolioForm
from webui.forms.portfolio_preview import told
from webui.forms.portfolios import job as job_of
from webui.forms.sent import sent
from webui.forms.submission import PRICES_SECONDS, drawn_seed, submit_once
from webui.pages.preview import compressed

blueprint = Blueprint("portfolio", __name__, url_prefix="/portfolio")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """The form, filled in with the usual values or with those in the address."""
    return _page(PortfolioForm.filled_in(request.args.to_dict()))


@blueprint.post("/change")
def change() -> ResponseReturnValue:
    """The form with a row more or less, with other prices to be chosen for one, or as it was previewed."""
    typed = sent()
    try:
        typed |= _files()
    except ParameterError as error:
        return _page(PortfolioForm.filled_in(typed).refused(error.problems)), 400
    except FleetError as error:
        return _page(PortfolioForm.filled_in(typed), trouble=[str(error)]), 503
    form = PortfolioForm.filled_in(typed)
    if "add" in typed:
        form = form.with_row_added()
    elif "remove" in typed:
        form = form.without_row(typed["remove"])
    elif "let_go" in typed:
        form = form.with_prices_let_go(typed["let_go"])
    return _page(form)


@blueprint.post("/preview")
def show_preview() -> ResponseReturnValue:
    """The form's fields, judged: JSON, 200; 202 while prices are being fetched, with ``{"waiting": "…"}``.

    As ``POST /preview`` answers of the form of one symbol; ``chart`` is the frontier, ``shown`` what survives of the
    best weighting, and ``weights`` {field: text} are those that come out where they are not typed.
    """
    answer = told(sent())
    return compressed(answer), 202 if answer["waiting"] else 200


@blueprint.post("")
def send() -> ResponseReturnValue:
    """Make the job and send it, or show what would be sent."""
    typed = sent()
    form = PortfolioForm.filled_in(typed)
    try:
        typed |= _files()
        form = PortfolioForm.read(typed)
        if form.problems:
            return _page(form), 400
        history = joint_history_for(form, connection.bucket, patience=PRICES_SECONDS)
        job = job_of(form, history, drawn_seed(typed))
        queue, bucket = connection.queue(), connection.bucket()
        if form.values["preview"]:
            return _preview(form, job, bucket.name)
        if request.form.get("previewed", job.id) != job.id:
            return _preview(form, job, bucket.name, changed=True), 409
        submit_once(job, history, queue, bucket, {})
    except ParameterError as error:
        return _page(form.refused(error.problems)), 400
    except StillFetchingError as error:
        return _page(form, notice=f"{error}. Nothing was sent yet: press the button once more in a moment."), 503
    except QueueError as error:
        flash(f"The job is kept, but was not sent: {error}.", "bad")
    except FleetError as error:
        return _page(form, trouble=[str(error)]), 503
    return redirect(url_for("job.show", job_id=job.id), 303)


@blueprint.errorhandler(CSRFError)
def refuse(error: CSRFError) -> ResponseReturnValue:
    """The same page again with what was typed, so that pressing the button once more sends it."""
    if request.path.endswith("/preview"):
        return jsonify(problem=why_not_ours(error), trouble=why_not_ours(error)), 400
    return _page(PortfolioForm.filled_in(sent()), notice=why_not_ours(error)), 400


def _files() -> dict[str, str]:
    """The texts that stand for prices in files that came with the form, each for its row.

    Raises:
        ParameterError: one cannot be read; by name of the field.
        FleetError: they cannot be kept.
    """
    found, problems = dict[str, str](), dict[str, str]()
    for name, file in request.files.items():
        column, _, number = name.partition(".")
        if column != "file" or not file.filename:
            continue
        symbol = request.form.get(f"{fields.SYMBOL}.{number}", "").strip() or None
        try:
            history = snapshots.keep_file(file.stream, file.filename, symbol, connection.bucket())
        except (HistoryError, ParameterError) as error:
            problems[name] = str(error)
            continue
        told = {fields.SYMBOL: history.symbol, job_fields.SOURCE.name: history.source, fields.OF_PRICES: history.digest}
        found |= {f"{each}.{number}": text for each, text in told.items()}
    if problems:
        raise ParameterError(problems)
    return found


def _page(form: PortfolioForm, *, notice: str = "", trouble: Sequence[str] = ()) -> str:
    kept = list[str]()
    try:
        kept = symbols(connection.bucket())
    except (BucketError, FleetError) as error:
        trouble = [*trouble, *([] if str(error) in trouble else [str(error)])]
    return render_template(
        "new_portfolio.html",
        form=form,
        fields=fields,
        strategy=fields.strategy_field(form.strategies),
        prices=job_fields.PRICES,
        sources=lambda chosen: job_fields.source_field(kept, chosen),
        preview_field=job_fields.PREVIEW,
        most=MOST_SYMBOLS,
        how_to_read=HOW_TO_READ,
        headings=OF_PORTFOLIOS,
        notice=notice,
        trouble=trouble,
        drawn_seed=drawn_seed(request.form),
    )


def _preview(form: PortfolioForm, job: Job, bucket_name: str, *, changed: bool = False) -> str:
    message: Mapping[str, object] = preview(job, bucket_name)
    return render_template(
        "preview.html",
        job=job,
        readable=json.dumps(message["job"], indent=2),
        messages=[canonical(each) for each in message["messages"]],  # type: ignore[attr-defined]
        attributes=message["attributes"],
        texts=form.all_typed,
        changed=changed,
        send_to="portfolio.send",
        change_at="portfolio.change",
    )
