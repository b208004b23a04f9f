"""``spotmc sweep``: many pairs of windows on the same simulated paths."""

import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import options

if TYPE_CHECKING:
    import pandas as pd

    from montecarlo.data.history import PriceHistory
    from montecarlo.experiments.overfitting import Overfitting
    from montecarlo.experiments.sweep import Sweep

WIDTH = 100  # columns of text
SHOWN = 10  # pairs in the printed table
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


class Windows(click.ParamType[Iterator[int]]):
    """``start:stop:step``, where stop belongs to it if it is hit, or a list with commas."""

    name = "windows"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Iterator[int]:
        return chain.from_iterable(self._range(part, param, ctx) for part in value.split(","))

    def _range(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> range:
        try:
            numbers = [int(number) for number in text.split(":")]
        except ValueError:
            numbers = []
        if len(numbers) == 1:
            return range(numbers[0], numbers[0] + 1)
        if len(numbers) != 3:
            self.fail(f"must be start:stop:step such as 5:50:5, or a list such as 5,10,20, not {text!r}", param, ctx)
        start, stop, step = numbers
        if step < 1 or stop < start:
            self.fail(f"must go up, such as 5:50:5, not {text!r}", param, ctx)
        return range(start, stop + 1, step)


@click.command()
@options.price_options
@click.option("--short", type=Windows(), default="5:50:5", help="Short windows: start:stop:step or a list 5,10,20.")
@click.option("--long", type=Windows(), default="20:200:20", help="Long windows, likewise.")
@options.rules_options
@options.path_options
@click.option("--threads", type=int, help="Cores to use.  [default: all]")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for sweep.csv.")
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | None,
    short: Iterator[int],
    long: Iterator[int],
    model: str,
    warm_up: bool,
    shares: float | None,
    all_in: bool,
    out: Path | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Compare pairs of windows on the same simulated paths.

    Tells how much of the best pair is luck.  Left out are pairs whose short window is not shorter than the long one, or
    whose long window never fills.
    """
    import montecarlo as mc
    from spotmc import output
    from spotmc.errors import as_click_errors
    from spotmc.progress import compiling_announced, progress_bar

    with as_click_errors():
        history = options.history_of(symbol, source, prices)
        fitted = mc.fit(history, model)
        output.print_warnings(fitted.warnings)
        parameters["shares"] = options.shares_of(shares, all_in)
        with compiling_announced():
            mc.sweep(fitted, [1], [2, 3], days=3, iterations=1)
        with progress_bar(parameters["iterations"], "Simulating") as progress:
            warming = history if warm_up else None
            result = mc.sweep(fitted, short, long, warm_up=warming, progress=progress, **parameters)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            result.table.to_csv(out / "sweep.csv", index=False)
        overfitting = _overfitting(history, result)
    if as_json:
        output.print_json(_plain(history, result, overfitting))
    else:
        _print(history, result, overfitting)
        if out is not None:
            click.echo(f"Written to {out}/")


def _overfitting(history: "PriceHistory", result: "Sweep") -> "Overfitting | str":
    """The cross-validation on the real history, or why there is none."""
    import montecarlo as mc

    strategies = [simulation.strategy for simulation in result.simulations]
    try:
        return mc.overfitting(history, strategies, **result.simulations[0].rules.to_dict())
    except mc.HistoryError as error:
        return f"The probability of backtest overfitting is not known: {error}."


def _plain(history: "PriceHistory", result: "Sweep", overfitting: "Overfitting | str") -> dict[str, Any]:
    from spotmc import output

    simulation = result.simulations[0]
    pairs = [
        {name: None if math.isnan(value) else value for name, value in record.items()}
        for record in result.table.to_dict("records")
    ]
    return {
        "symbol": history.symbol,
        "source": history.source,
        "model": simulation.model.name,
        "days": simulation.days,
        "iterations": simulation.iterations,
        "seed": simulation.seed,
        "pairs": pairs,
        "luck": output.plain_summary(result.luck),
        "overfitting": None if isinstance(overfitting, str) else overfitting.to_dict(),
        "in_words": [*str(result).splitlines(), str(overfitting)],
    }


def _print(history: "PriceHistory", result: "Sweep", overfitting: "Overfitting | str") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from spotmc import output

    simulation, pairs = result.simulations[0], len(result.table)
    table = Table(
        title=f"{history.symbol} ({history.source}), {simulation.model.name} model, {pairs} pairs of windows on the "
        f"same {simulation.iterations:,} paths of {simulation.days:,} days, seed {simulation.seed}\n"
        f"{output.describe_rules(simulation.rules)}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
        caption=f"the best {SHOWN} of {pairs} by mean return" if pairs > SHOWN else None,
    )
    for heading in ("short", "long", *HEADINGS.values()):
        table.add_column(heading, justify="right")
    for _, pair in result.table.nlargest(SHOWN, "return_mean").iterrows():
        table.add_row(*(f"{pair[name]:.0f}" for name in ("short", "long")), *(_cell(pair, name) for name in HEADINGS))
    Console().print(table)
    for line in (*str(result).splitlines(), str(overfitting)):
        click.echo(click.wrap_text(line, WIDTH, initial_indent="- ", subsequent_indent="  "))


def _cell(pair: "pd.Series[float]", name: str) -> str:
    if name in ("sharpe_mean", "trades_mean"):
        return "" if math.isnan(pair[name]) else f"{pair[name]:.2f}"
    return f"{pair[name]:.1%}"
