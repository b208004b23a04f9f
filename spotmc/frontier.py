"""``spotmc frontier``: random weightings, the efficient frontier, and how little of it another history leaves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import holding_options as asked
from spotmc import options
from spotmc.asked_holdings import chosen_holdings, joint_history_of, say_unknown_currencies
from spotmc.experiment_options import FRONTIER, declared_option, option

if TYPE_CHECKING:
    from montecarlo.frontiers.frontier import Frontier
    from montecarlo.frontiers.moments import Weighting

TABLES = ("table", "random", "efficient", "band", "elsewhere")
"""Of the result, each of which becomes a file."""

SHOWN = 12  # symbols of a weighting; the files have all


def frontier_options() -> list[click.Option]:
    """What is tried, within which bounds, and against which rate."""
    from montecarlo.frontiers.frontier import PARAMETERS

    bounds = (
        option(
            name,
            section=FRONTIER,
            metavar="[SYMBOL=]WEIGHT",
            multiple=True,
            help=f"{words} weight of each symbol, such as 10%, or of one, such as AAPL=10%.  [default: {usual}]",
        )
        for name, words, usual in (("--lowest", "Least", 0), ("--highest", "Most", 1))
    )
    of_values = (
        declared_option(each, FRONTIER, default="a new one" if each.default is None else "")
        for each in PARAMETERS.values()
    )
    return [*of_values, *bounds]


@click.command(cls=asked.HoldingsCommand, asks=(asked.holdings_options, asked.price_options, frontier_options))
@click.option(
    "--out", type=options.Folder(), help="Folder for table.csv, random.csv, efficient.csv, band.csv and elsewhere.csv."
)
@options.overwrite
@options.as_json
def command(*, out: Path | None, overwrite: bool, as_json: bool, **given: Any) -> None:
    """Find which weighting would have been the best, and how little of that another draw of the history leaves.

    Looks at returns, volatility and Sharpe ratio per year of random weightings and of the efficient frontier, long
    only, as the history has them. Weights that are given are marked among them.
    """
    from montecarlo.experiments.holdings import EQUAL, INVERSE_VOLATILITY
    from montecarlo.frontiers.frontier import frontier
    from spotmc import output
    from spotmc.errors import as_click_errors
    from spotmc.progress_bar import progress_bar

    with as_click_errors():
        told = _read(given)
        chosen = chosen_holdings(given)
        if len(chosen.symbols) == 1:
            raise click.UsageError(
                f"with {chosen.symbols[0]} alone there is nothing to weight: hold two symbols or more"
            )
        _require_bounds(chosen.symbols, told)
        history = joint_history_of(chosen, given)
        # Equal weights are among the others anyway.
        weights = None if chosen.weighting == EQUAL else [each.weight for each in chosen.of_history(history)]
        with progress_bar(100, "Drawing other histories") as progress:
            found = frontier(history, asked=weights, progress=lambda done: progress(int(100 * done)), **told)
        output.print_warnings(found.warnings)
        say_unknown_currencies(history)
        if out is not None:
            write(found, out, overwrite=overwrite)
    if as_json:
        output.print_json({"sources": dict(zip(history.symbols, history.sources, strict=True)), **plain(found)})
        return
    days = f"{len(history.dates):,} common days from {history.dates[0]} to {history.dates[-1]}"
    title = f"{history.symbol} ({history.source})\n{days}\n{len(found.elsewhere)} draws, seed {found.seed}"
    show(found, title, asked="inverse\nvolatility" if chosen.weighting == INVERSE_VOLATILITY else "yours")
    if out is not None:
        click.echo(f"Written to {out}/")


def _require_bounds(symbols: Sequence[str], told: Mapping[str, Any]) -> None:
    """
    Raises:
        ParameterError: bounds leave no weighting, whatever the prices are.
    """
    from montecarlo.frontiers.bounds import Bounds

    Bounds.of(symbols, told.get("lowest", 0.0), told.get("highest", 1.0))


def _read(given: dict[str, Any]) -> dict[str, Any]:
    """What is told to ``montecarlo.frontiers.frontier.frontier``, taken out of ``given``.

    Raises:
        ParameterError: naming each that cannot be used.
    """
    from fleet.chosen import read_given
    from montecarlo.errors import ParameterError
    from montecarlo.frontiers.frontier import PARAMETERS

    problems: dict[str, str] = {}
    told = read_given(PARAMETERS, {name: given.pop(name) for name in PARAMETERS}, problems)
    for name in ("lowest", "highest"):
        try:
            if texts := given.pop(name):
                told[name] = _bound(texts)
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise ParameterError(problems)
    return told


def _bound(texts: tuple[str, ...]) -> float | dict[str, float]:
    """One for all, or by symbol.

    Raises:
        ValueError: it can be none; with why.
    """
    from fleet.chosen_holdings import read_share

    found: dict[str, float] = {}
    for text in texts:
        symbol, _, share = text.rpartition("=")
        try:
            bound = read_share(share)
        except ValueError as error:
            hint = f": {error}" if str(error) else ""
            raise ValueError(f"must be a weight such as 0.1 or 10%, or AAPL=10%, not {text!r}{hint}") from None
        if not symbol and len(texts) > 1:
            raise ValueError(f"must be one weight for all, or one for each of some symbols, not {', '.join(texts)}")
        if not symbol:
            return bound
        found[symbol.strip().upper()] = bound
    return found


def plain(found: "Frontier") -> dict[str, Any]:
    """For a script."""
    from spotmc import output

    return {
        "symbols": list(found.symbols),
        "risk_free": found.risk_free,
        "seed": found.seed,
        "weightings": output.plain_table(found.table),
        "efficient": output.plain_table(found.efficient),
        "band": output.plain_table(found.band),
        "sentence": found.sentence(),
        "warnings": list(found.warnings),
    }


def write(found: "Frontier", folder: Path, *, overwrite: bool) -> None:
    """The tables as CSV.

    Raises:
        OccupiedError: other ones stand there, and shall not be overwritten.
    """
    from montecarlo.experiments.results_folder import replaced, require_free

    contents = {f"{name}.csv": getattr(found, name).to_csv(index=False).encode() for name in TABLES}
    if not overwrite:
        require_free(folder, contents)
    with replaced(folder) as place:
        for name, content in contents.items():
            (place / name).write_bytes(content)


def show(found: "Frontier", title: str, asked: str) -> None:
    """The weightings that stand out, and what is left of them; ``asked`` heads the one that a person asked about."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from montecarlo.wording import percent
    from spotmc import output

    columns: Mapping[str, Weighting | None] = {
        asked: found.asked,
        found.best_by.removesuffix(" ratio").replace(" ", "\n"): found.best,
        "least\nvolatile": found.calmest,
        "equal\nweights": found.equal,
        "highest\nat random": found.best_random,
        "least\nat random": found.calmest_random,
    }
    shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    shown.add_column("")
    known = {heading: each for heading, each in columns.items() if each is not None}
    for heading in known:
        shown.add_column(heading, justify="right")
    for name in ("expected_return", "volatility"):
        shown.add_row(name.replace("_", " "), *(percent(getattr(each, name)) for each in known.values()))
    shown.add_row("Sharpe ratio", *(f"{each.sharpe:.2f}" for each in known.values()), end_section=True)
    largest = [max(each.weights[place] for each in known.values()) for place in range(len(found.symbols))]
    places = sorted(range(len(largest)), key=lambda place: -largest[place])[:SHOWN]
    for place in sorted(places):
        weights = (each.weights[place] for each in known.values())
        shown.add_row(found.symbols[place], *(f"{100 * weight:.1f} %" for weight in weights))
    if len(found.symbols) > SHOWN:
        shown.caption = f"{SHOWN} of {len(found.symbols)} symbols"
    Console().print(shown)
    click.echo(output.wrapped(found.sentence()))
