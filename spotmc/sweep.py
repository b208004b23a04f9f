"""``spotmc sweep``: many combinations of a strategy's parameters on the same simulated paths."""

import math
import os
import tempfile
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import experiment_options as asked
from spotmc import options
from spotmc.chosen import chosen_by, history_of, say_trying
from spotmc.sending import preview_option, send, show, wait_option

if TYPE_CHECKING:
    from montecarlo.data.history import PriceHistory
    from montecarlo.experiments.overfitting import Overfitting
    from montecarlo.experiments.sweep import Sweep
    from montecarlo.experiments.sweeping import SweepResult

WIDTH = 100  # columns of text
SHOWN = 10  # combinations in the printed table
HEADINGS = {
    "return_mean": "mean\nreturn",
    "yearly_return_mean": "yearly\nreturn",
    "probability_of_loss": "loses",
    "probability_of_beating_buy_and_hold": "beats\nholding",
    "max_drawdown_mean": "drawdown",
    "sharpe_mean": "Sharpe",
    "trades_mean": "trades",
    "exposure_mean": "exposure",
}


@click.command(
    cls=asked.ExperimentCommand,
    asks=(
        asked.price_options,
        asked.varied_strategy_options,
        asked.path_options,
        asked.no_precision_option,
        asked.rules_options,
    ),
)
@options.threads
@click.option(
    "--out",
    type=options.Folder(),
    help="Folder for job.json and the results.",
)
@options.overwrite
@options.checkpoints
@click.option("--submit", is_flag=True, help="Put it onto the queue instead of doing it here.")
@preview_option
@wait_option
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | str | None,
    threads: int | None,
    out: Path | None,
    overwrite: bool,
    checkpoints: Path | None,
    submit: bool,
    preview: bool,
    wait: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Compare combinations of one or two parameters of a strategy on the same simulated paths.

    Tells how much of the best one is due to its having been chosen.  Left out are combinations that contradict each
    other, such as a short window that is not shorter than the long one, and those that decide too late.
    """
    from fleet.before_prices import require_sweep
    from fleet.chosen import varied_strategy_at_hand
    from fleet.new_job import make_sweep_job
    from fleet.settings import Settings
    from montecarlo.experiments.parallel import require_threads
    from spotmc import output
    from spotmc.errors import as_click_errors
    from spotmc.run import require_seed

    if (preview or wait) and not submit:
        raise click.UsageError("--preview and --wait are for a sweep that is sent: give --submit, too")
    if submit and (out is not None or threads is not None or overwrite or checkpoints is not None):
        raise click.UsageError(
            "--out, --overwrite, --threads and --checkpoints are for a sweep that is done here; "
            "`spotmc results` fetches files"
        )
    require_seed(checkpoints, given)
    with as_click_errors():
        settings = Settings.from_environment(os.environ) if submit and not preview else None
        chosen = chosen_by(given)
        require_threads(threads)
        require_sweep(chosen)
        history = history_of(symbol, source, prices, given)
        with varied_strategy_at_hand(chosen, history, on_workers=submit, trying=say_trying) as (strategy, over):
            job = make_sweep_job(history, strategy=strategy, over=over, rules=chosen.rules, **chosen.paths)
            output.print_warnings(job.experiment.warnings)
            if chosen.rule:
                try_all(job.experiment, history)
            if settings:
                send(job, history, chosen.contents, settings, wait=wait, as_json=as_json)
                return
            if preview:
                show(job)
                return
            result = run_sweep(job, out, threads, chosen.contents, overwrite=overwrite, checkpoints=checkpoints)
            overfitting = _overfitting(history, result)
    if as_json:
        output.print_json({"job_id": job.id, **_plain(history, result, overfitting)})
    else:
        _print(history, result, overfitting)
        if out is not None:
            click.echo(f"Written to {out}/")


def try_all(sweep: Any, history: "PriceHistory") -> None:
    """All combinations of a person's own rule, of which only one was tried as thoroughly as can be.

    Raises:
        RuleError: one looks ahead, or fails.
    """
    from montecarlo.own_rules.trial import try_on_history
    from spotmc.progress_bar import progress_bar

    with progress_bar(len(sweep.strategies), "Trying") as progress:
        for number, strategy in enumerate(sweep.strategies, 1):
            try_on_history(strategy, history)
            progress(number)


def run_sweep(
    job: Any,
    out: Path | None,
    threads: int | None,
    contents: Mapping[str, bytes],
    *,
    overwrite: bool,
    checkpoints: Path | None = None,
) -> "SweepResult":
    """Do a sweep in this process; its files stay where ``out`` says, if it does."""
    from montecarlo.experiments.experiment import SUMMARY
    from montecarlo.experiments.sweep import TABLE
    from montecarlo.experiments.sweeping import SweepResult
    from montecarlo.experiments.traded_paths import UNCERTAINTY
    from montecarlo.statistics.summary import summary_from_csv
    from spotmc.run import run_job

    with tempfile.TemporaryDirectory() as nowhere:
        files = run_job(job, out or Path(nowhere), threads, contents, overwrite=overwrite, checkpoints=checkpoints)
    table, bias = (summary_from_csv(files[name]) for name in (TABLE, SUMMARY))
    ranges = summary_from_csv(files[UNCERTAINTY]) if UNCERTAINTY in files else None
    return SweepResult(job.experiment, table, bias, ranges)


def _overfitting(history: "PriceHistory", result: "SweepResult") -> "Overfitting | str":
    """The cross-validation on the real history, or why there is none."""
    import montecarlo as mc

    try:
        return mc.overfitting(history, result.sweep.strategies, rules=result.sweep.rules)
    except mc.HistoryError as error:
        return f"The probability of backtest overfitting is not known: {error}."


def _plain(history: "PriceHistory", result: "SweepResult", overfitting: "Overfitting | str") -> dict[str, Any]:
    from spotmc import output

    sweep = result.sweep
    combinations = [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in record.items()}
        for record in result.table.to_dict("records")
    ]
    return {
        "symbol": history.symbol,
        "source": history.source,
        "model": sweep.model.name,
        "strategy": sweep.strategy.name,
        "varied": {name: list(values) for name, values in sweep.axes},
        "days": sweep.days,
        "iterations": sweep.iterations,
        "seed": sweep.seed,
        "combinations": combinations,
        "ranges": None if result.ranges is None else result.ranges.to_dict("records"),
        "selection_bias": output.plain_summary(result.selection_bias),
        "overfitting": None if isinstance(overfitting, str) else overfitting.to_dict(),
        "in_words": [*str(result).splitlines(), str(overfitting)],
    }


def _print(history: "PriceHistory", result: "SweepResult", overfitting: "Overfitting | str") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from spotmc import output

    sweep, count = result.sweep, len(result.table)
    table = Table(
        title=f"{history.symbol} ({history.source}), {_described(sweep)}\n{output.describe_rules(sweep.rules)}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
        caption=f"the best {SHOWN} of {count} by mean return" if count > SHOWN else None,
    )
    names = [name for name, _ in sweep.axes]
    for heading in (*names, *HEADINGS.values()):
        table.add_column(heading, justify="right")
    for row in result.table.nlargest(SHOWN, "return_mean").to_dict("records"):
        table.add_row(*(str(row[name]) for name in names), *(_cell(row, name) for name in HEADINGS))
    Console().print(table)
    click.echo(click.wrap_text(result.sentence(history.symbol), WIDTH))
    for line in (*str(result).splitlines(), str(overfitting)):
        click.echo(click.wrap_text(line, WIDTH, initial_indent="- ", subsequent_indent="  "))


def _described(sweep: "Sweep") -> str:
    return (
        f"{sweep.model.name} model, {sweep.strategy.called}, {len(sweep.strategies)} combinations of "
        f"{' and '.join(name for name, _ in sweep.axes)}\non the same {sweep.iterations:,} paths of {sweep.days:,} "
        f"days, seed {sweep.seed}"
    )


def _cell(row: "Mapping[Hashable, Any]", name: str) -> str:
    if name in ("sharpe_mean", "trades_mean"):
        return "" if math.isnan(row[name]) else f"{row[name]:.2f}"
    return f"{row[name]:.1%}"
