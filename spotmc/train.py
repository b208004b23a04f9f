"""``spotmc train``: models that forecast whether a trade reaches its target before its stop."""

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import experiment_options as asked
from spotmc import options
from spotmc.chosen import history_of
from spotmc.sending import preview_option, require_sent, send, show, wait_option

if TYPE_CHECKING:
    from fleet.job import Job
    from montecarlo.data.history import PriceHistory
    from montecarlo.experiments.verdict import Verdict
    from montecarlo.trained import TrainedModel

WIDTH = 100  # columns of text
SEED = 1  # of the histories that the verdict is among: the same training says the same


@click.command(cls=asked.ExperimentCommand, asks=(asked.price_options, asked.training_options))
@click.option("--name", default="forecast", help="What the model is called.")
@click.option("--out", type=options.Folder(), help="Folder for model.json and the tables.  [default: the model's name]")
@options.overwrite
@options.checkpoints
@click.option(
    "--verdict/--no-verdict",
    default=True,
    help="Say where its result on unseen days stands among 2,000 simulated histories in which nothing can be known.",
)
@click.option("--submit", is_flag=True, help="Put it onto the queue instead of doing it here.")
@preview_option
@wait_option
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | str | None,
    name: str,
    out: Path | None,
    overwrite: bool,
    checkpoints: Path | None,
    verdict: bool,
    submit: bool,
    preview: bool,
    wait: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Train a model on the first part of a history, and judge it on the rest.

    Its forecast is whether a trade reaches its target before its stop.  Settings with several values make several
    models: the best is chosen on days that judge none of them, and what of that is luck of the choice is told.
    """
    from fleet.chosen import read_training
    from fleet.new_job import make_training_job
    from fleet.settings import Settings
    from spotmc import output
    from spotmc.errors import as_click_errors

    require_sent(submit=submit, preview=preview, wait=wait, out=out, overwrite=overwrite, what="a training")
    if submit and checkpoints is not None:
        raise click.UsageError("--checkpoints is for a training that is done here")
    with as_click_errors():
        settings = Settings.from_environment(os.environ) if submit and not preview else None
        told, over, choose_by = read_training(name, given)
        history = history_of(symbol, source, prices, given)
        job = make_training_job(history, told, over, choose_by=choose_by)
        output.print_warnings(job.experiment.warnings)
        if settings:
            send(job, history, {}, settings, wait=wait, as_json=as_json)
        elif preview:
            show(job)
        else:
            judge = history if verdict else None
            folder = name if out is None else str(out)
            _train(job, folder, judge, overwrite=overwrite, checkpoints=checkpoints, as_json=as_json)


def _train(
    job: "Job",
    folder: str,
    judge: "PriceHistory | None",
    *,
    overwrite: bool,
    checkpoints: Path | None,
    as_json: bool,
) -> None:
    """Train here; the verdict is on the unseen days of ``judge``, or there is none."""
    from montecarlo.experiments import sentence
    from montecarlo.experiments.training_tables import TABLE, doubts_of_chosen, read
    from montecarlo.strategies.ml_forecast import MODEL_FILE
    from montecarlo.trained import TrainedModel
    from spotmc import output
    from spotmc.run import run_job

    if job.experiment.lacks:
        raise click.ClickException(job.experiment.lacks)
    results = run_job(job, Path(folder), None, overwrite=overwrite, checkpoints=checkpoints)
    table = read(results[TABLE])
    doubts = doubts_of_chosen(table)
    output.print_warnings(doubts)
    said = sentence.of_results(job.symbol, job.experiment, results.__getitem__)
    trained, model = TrainedModel.from_json(results[MODEL_FILE]), Path(folder, MODEL_FILE)
    judged = None if judge is None else _verdict(judge, trained)
    if judged:
        output.print_warnings(each for each in judged.warnings if each not in job.experiment.warnings)
    if as_json:
        told = {"sentence": judged.sentence, "table": output.plain_table(judged.table)} if judged else None
        output.print_json(
            {
                "job_id": job.id,
                "out": folder,
                "model": str(model),
                "sentence": said,
                "models": output.plain_table(table),
                "verdict": told,
                "warnings": [*job.experiment.warnings, *doubts],
            }
        )
        return
    _print(job.experiment, table)
    for words in (said, judged.sentence if judged else ""):
        click.echo(click.wrap_text(words, WIDTH), nl=bool(words))
    click.echo(f"Written to {folder}/; next, on the days that it has not seen:")
    prices = "--prices FILE" if job.source == "csv" else f"--symbol {job.symbol} --source {job.source}"
    forecast = f"--strategy ml-forecast --model-file {model}"
    click.echo(f"spotmc backtest {prices} --start {trained.trained_on.unseen_from} {forecast}")


def _verdict(history: "PriceHistory", model: "TrainedModel") -> "Verdict":
    """On the days that the model has not seen, traded with the usual costs and filled as it was trained for."""
    from montecarlo.accounting.rules import Rules
    from montecarlo.experiments.verdict import verdict
    from montecarlo.strategies.ml_forecast import MlForecast

    click.echo("Trading simulated histories as long as the unseen days", err=True)
    rules = Rules(fill=model.barrier.fill, intrabar=model.barrier.intrabar)
    return verdict(history, MlForecast(model=model), seed=SEED, rules=rules)


def _print(training: Any, table: Any) -> None:
    """A line for each model and side: its skill beside what is usual and beside volatility alone."""
    from rich.console import Console
    from rich.table import Table

    names = [name for name, _ in training.axes]
    title = "Skill on days that had no part in training" + (" or choosing" if names else "")
    shown = Table(title=title, title_justify="left", box=None)
    for name in (*names, "side"):
        shown.add_column(name.replace("_", "\n"))
    chosen_by = ("AUC,\nchoosing",) if names else ()
    usual = ("area under\nthe curve", "volatility\nalone", "squared\nerror", "of the\nbase rate", "days")
    for heading in (*chosen_by, *usual):
        shown.add_column(heading, justify="right")
    for row in table.to_dict("records"):
        cells = [str(row[name]) for name in names] + [str(row["side"])]
        cells += [_number(row["validation_auc"])] if names else []
        if math.isnan(row["auc"]):
            shown.add_row(*cells, "could not be trained")
            continue
        cells.append(f"{row['auc']:.3f} ± {row['auc'] - row['auc_low']:.3f}")
        cells += [_number(row[name]) for name in ("volatility_auc", "brier", "brier_base")]
        shown.add_row(*cells, f"{row['days']:,.0f}", style="bold" if names and row["chosen"] else None)
    Console().print(shown)


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"
