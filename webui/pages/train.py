"""The page that trains a model, and what keeps a trained one under a name."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from fleet import trained_models
from fleet.errors import BucketError, FleetError, QueueError
from fleet.job_store import load_job
from fleet.kept_histories import symbols
from fleet.price_cache import cache_folder
from fleet.trained_models import NameTakenError
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.strategies.ml_forecast import MlForecast
from webui import connection
from webui.errors import why_not_ours
from webui.forms import job_fields, snapshots, trained, training
from webui.forms.histories import StillFetchingError, history_for
from webui.forms.sent import sent
from webui.forms.submission import PRICES_SECONDS, submit_once
from webui.forms.training import TrainingForm
from webui.results.training import model_of

FILE = "file"  # of prices, in the form

blueprint = Blueprint("train", __name__)


@blueprint.get("/train")
def show() -> ResponseReturnValue:
    """The form, filled in with the usual values or with those in the address."""
    return _page(TrainingForm.filled_in(request.args.to_dict()))


@blueprint.post("/train")
def send() -> ResponseReturnValue:
    """Make the job and send it."""
    typed = sent()
    if typed.pop("let_go", ""):
        return _page(TrainingForm.filled_in({**typed, snapshots.FIELD: "", "source": _first_source()}))
    try:
        typed |= _prices_in_the_file()
    except (HistoryError, ParameterError) as error:
        return _page(TrainingForm.filled_in(typed).refused({FILE: str(error)})), 400
    except FleetError as error:
        return _page(TrainingForm.filled_in(typed), trouble=[str(error)]), 503
    form = TrainingForm.read(typed)
    if form.problems:
        return _page(form), 400
    try:
        queue, bucket = connection.queue(), connection.bucket()
        history = history_for(form.values, bucket, patience=PRICES_SECONDS, cache=cache_folder())
        job = form.job(history)
        submit_once(job, history, queue, bucket, {})
    except HistoryError as error:
        return _page(form.refused({training.SYMBOL: str(error)})), 400
    except ParameterError as error:
        return _page(form.refused(error.problems)), 400
    except StillFetchingError as error:
        return _page(form, notice=f"{error}. Nothing was sent yet: press the button once more in a moment."), 503
    except QueueError as error:
        flash(f"The job is kept, but was not sent: {error}.", "bad")
    except FleetError as error:
        return _page(form, trouble=[str(error)]), 503
    return redirect(url_for("job.show", job_id=job.id), 303)


@blueprint.post("/jobs/<job_id>/model")
def keep(job_id: str) -> ResponseReturnValue:
    """Keep the model of a training under a name, and go to the form that simulates with it."""
    bucket = connection.bucket()
    model = model_of(bucket, load_job(bucket, job_id))
    name, replace = request.form.get("name", "").strip(), request.form.get("replace") == "yes"
    try:
        trained_models.keep(bucket, model, name, replace=replace)
    except (NameTakenError, ParameterError) as error:
        flash(f"The model was not kept: {error}.", "bad")
        return redirect(url_for("job.show", job_id=job_id), 303)
    on: Any = model.trained_on
    chosen = {
        "strategy": MlForecast.name,
        trained.FIELD.name: model.digest,
        "symbol": on.symbol,
        "source": on.source,
        snapshots.FIELD: on.digest,
        "model": "gbm",
        "fill": model.barrier.fill,
        "intrabar": model.barrier.intrabar,
    }
    return redirect(url_for("new_simulation.show", **chosen), 303)


@blueprint.errorhandler(CSRFError)
def refuse(error: CSRFError) -> ResponseReturnValue:
    """The same page again with what was typed, so that pressing the button once more sends it."""
    return _page(TrainingForm.filled_in(sent()), notice=why_not_ours(error)), 400


def _first_source() -> str:
    return next(iter(job_fields.SOURCES))


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


def _page(form: TrainingForm, *, notice: str = "", trouble: Sequence[str] = ()) -> str:
    models, kept, listing_trouble = [], list[str](), ""
    try:
        models = trained_models.listed(connection.bucket())
        kept = symbols(connection.bucket())
    except (BucketError, FleetError) as error:
        listing_trouble = str(error)
    return render_template(
        "train.html",
        form=form,
        fields=training,
        prices=job_fields.PRICES,
        source=job_fields.source_field(kept, form.typed[job_fields.SOURCE.name]),
        held=form.typed[snapshots.FIELD],
        notice=notice,
        trouble=[each for each in trouble if each != listing_trouble],
        models=models,
        words_of=trained.words_of,
        listing_trouble=listing_trouble,
    )
