"""``spotmc frontier``: random weightings, the efficient frontier, and how little of it another history leaves."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import experiment_options as experiments
from spotmc import holding_options as asked
from spotmc import options
from spotmc.asked_holdings import chosen_holdings, joint_history_of, say_unknown_currencies

if TYPE_CHECKING:
    from montecarlo.frontier.frontier import Frontier, Weighting

WIDTH = 100  # columns of text
SHOWN = 12  # symbols of a weighting; the files have all


def frontier_options() -> list[click.Option]:
    """What is tried, within which bounds, and against which rate."""

    def option(name: str, metavar: str, words: str, **more: Any) -> click.Option:
        return experiments.option(name, section=experiments.FRONTIER, metavar=metavar, help=words, **more)

    return [
        option("--weightings", "INTEGER", "Random weightings.  [default: 10,000]"),
        option("--points", "INTEGER", "Points of the efficient frontier.  [default: 50]"),
        option("--draws", "INTEGER", "Other histories as likely, for the band and for what survives.  [default: 200]"),
        option("--lowest", "[SYMBOL=]SHARE", "Least weight of each symbol, or of one.  [default: 0]", multiple=True),
        option("--highest", "[SYMBOL=]SHARE", "Most weight of each symbol, or of one.  [default: 1]", multiple=True),
        option("--risk-free", "NUMBER", "Return per year that Sharpe ratios measure the excess over.  [default: 0]"),
        option("--seed", "INTEGER", "Same seed, same numbers; without one, a new one is drawn."),
    ]


@click.command(cls=asked.HoldingsCommand, asks=(asked.holdings_options, asked.price_options, frontier_options))
@click.option("--out", type=options.Folder(), help="Folder for random.csv, efficient.csv, band.csv and elsewhere.csv.")
@options.overwrite
@options.as_json
def command(*, out: Path | None, overwrite: bool, as_json: bool, **given: Any) -> None:
    """Find which weighting would have been the best, and how little of that another draw of the history leaves.

    Looks at returns, volatility and Sharpe ratio per year of random weightings and of the efficient frontier, long
    only, as the history has them. Weights that are given are marked among them.
    """
    from montecarlo.frontier.frontier import frontier
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        told = _read(given)
        chosen = chosen_holdings({**given, "seed": None})
        history = joint_history_of(chosen, given)
        output.print_warnings(history.warnings)
        say_unknown_currencies(history)
        asked_for = [each.weight for each in chosen.of_history(history)]
        found = frontier(history, asked=asked_for, **told)
        if out is not None:
            write(found, out, overwrite=overwrite)
    if as_json:
        output.print_json({"source": history.source, "warnings": list(history.warnings), **plain(found)})
        return
    show(found, title=f"{history.symbol} ({history.source}), {len(history.dates):,} common days")
    if out is not None:
        click.echo(f"Written to {out}/")


def _read(given: dict[str, Any]) -> dict[str, Any]:
    """What is told to ``montecarlo.frontier.frontier``, taken out of ``given``.

    Raises:
        ParameterError: naming each that cannot be read.
    """
    from montecarlo.errors import ParameterError
    from montecarlo.typed_numbers import read_number, read_whole

    problems: dict[str, str] = {}
    told: dict[str, Any] = {}
    for name, kind, read in (
        ("weightings", "a whole number", read_whole),
        ("points", "a whole number", read_whole),
        ("draws", "a whole number", read_whole),
        ("seed", "a whole number", read_whole),
        ("risk_free", "a number such as 0.02", read_number),
    ):
        text = given.pop(name)
        try:
            if text is not None:
                told[name] = read(text.strip())
        except ValueError as error:
            problems[name] = f"must be {kind}, not {text!r}{f': {error}' if str(error) else ''}"
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
            raise ValueError(f"must be a share such as 0.1 or 10%, or AAPL=10%, not {text!r}{hint}") from None
        if not symbol and len(texts) > 1:
            raise ValueError(f"must be one share for all, or one for each of some symbols, not {', '.join(texts)}")
        if not symbol:
            return bound
        found[symbol.strip().upper()] = bound
    return found


def plain(found: "Frontier") -> dict[str, Any]:
    """For a script."""
    from spotmc import output

    def weighting(each: "Weighting") -> dict[str, Any]:
        numbers = {name: getattr(each, name) for name in ("expected_return", "volatility", "sharpe")}
        finite = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
        return finite | {"weights": dict(zip(found.symbols, each.weights, strict=True))}

    named = {name: getattr(found, name) for name in ("best", "calmest", "best_random", "calmest_random", "asked")}
    return {
        "symbols": list(found.symbols),
        "risk_free": found.risk_free,
        **{name: None if each is None else weighting(each) for name, each in named.items()},
        **{name: output.plain_table(getattr(found, name)) for name in ("efficient", "band")},
        "sentence": found.sentence(),
    }


def write(found: "Frontier", folder: Path, *, overwrite: bool) -> None:
    """The tables as CSV.

    Raises:
        OccupiedError: other ones stand there, and shall not be overwritten.
    """
    from montecarlo.experiments.results_folder import replaced, require_free

    contents = {
        f"{name}.csv": getattr(found, name).to_csv(index=False).encode()
        for name in ("random", "efficient", "band", "elsewhere")
    }
    if not overwrite:
        require_free(folder, contents)
    with replaced(folder) as place:
        for name, content in contents.items():
            (place / name).write_bytes(content)


def show(found: "Frontier", title: str) -> None:
    """The weightings that stand out, and what is left of them."""
    from rich.console import Console
    from rich.table import Table

    from montecarlo.wording import percent

    columns: Mapping[str, Weighting | None] = {
        "asked\nabout": found.asked,
        "best\nSharpe": found.best,
        "least\nvolatility": found.calmest,
        "best of the\nrandom": found.best_random,
        "calmest of\nthe random": found.calmest_random,
    }
    shown = Table(title=title, title_justify="left")
    shown.add_column("")
    known = {heading: each for heading, each in columns.items() if each is not None}
    for heading in known:
        shown.add_column(heading, justify="right")
    for name in ("expected_return", "volatility"):
        shown.add_row(name.replace("_", " "), *(percent(getattr(each, name)) for each in known.values()))
    ratios = (each.sharpe for each in known.values())
    shown.add_row("Sharpe ratio", *("" if math.isnan(each) else f"{each:.2f}" for each in ratios), end_section=True)
    largest = [max(each.weights[place] for each in known.values()) for place in range(len(found.symbols))]
    places = sorted(range(len(largest)), key=lambda place: -largest[place])[:SHOWN]
    for place in sorted(places):
        weights = (each.weights[place] for each in known.values())
        shown.add_row(found.symbols[place], *(f"{100 * weight:.1f} %" for weight in weights))
    if len(found.symbols) > SHOWN:
        shown.caption = f"{SHOWN} of {len(found.symbols)} symbols"
    Console().print(shown)
    click.echo(click.wrap_text(found.sentence(), WIDTH))
