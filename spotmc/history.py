"""``spotmc history``: daily bars that are kept in the bucket."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import experiment_options as asked
from spotmc import options
from spotmc.history_wishes import all_of_a_network, asking, file_at_hand, span_for

if TYPE_CHECKING:
    from fleet.history_update import Update
    from fleet.told_histories import Kept

_symbols = click.argument("symbols", nargs=-1, metavar="[SYMBOL]...")


@click.group()
def command() -> None:
    """Keep daily bars in the bucket: for jobs and notebooks that ask no network, and for SQL."""


@command.command(cls=asked.ExperimentCommand, asks=(asked.price_options,))
@_symbols
@click.option("--replace", is_flag=True, help="Take all from the source, whatever is kept.")
@options.as_json
def put(
    *,
    symbols: Sequence[str],
    symbol: str | None,
    source: str | None,
    prices: Path | str | None,
    replace: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Keep the bars of each SYMBOL, or bring those that are kept up to date; without any, all that came from a network.

    Of a source on the network only the days that are missing are asked for, and a few before them, which must be what
    is kept.
    """
    from fleet import histories, kept_histories
    from fleet.errors import FleetError
    from fleet.history_update import Wish
    from fleet.history_update import put as update
    from montecarlo.data.history import check_symbol
    from montecarlo.data.sources import SOURCES, load_bars
    from montecarlo.errors import HistoryError, ParameterError
    from spotmc import output
    from spotmc.chosen import days_and_year
    from spotmc.errors import as_click_errors, option_problems
    from spotmc.progress_bar import progress_bar

    wanted = _unlike((*symbols, *([symbol] if symbol else [])))
    if source not in (None, *SOURCES):
        raise click.UsageError(f"--source must be one of {', '.join(SOURCES)}, not {source!r}")
    if (source == "csv" and prices is None) or (prices is not None and source not in (None, "csv")):
        raise click.UsageError("a file is given by --prices FILE, without --source")
    done: list[Update] = []
    trouble: dict[str, str] = {}
    with as_click_errors(), ExitStack() as stack:
        days = days_and_year(given)
        year = days.pop("bars_per_year", None)
        bucket = histories.own_bucket()
        file = stack.enter_context(file_at_hand(prices)) if prices else None
        if not wanted:
            wanted = all_of_a_network(bucket) if file is None else [load_bars(None, "csv", path=file).symbol]

        def wish_for(name: str) -> Wish:
            there = kept_histories.state_of(bucket, check_symbol(name).upper()).kept
            usual = there.source if there and there.source != "csv" else "sample"
            chosen = "csv" if file else source or usual
            start, until = span_for(chosen, days)
            ask = asking(name, chosen, file, days)
            return Wish(
                symbol=name, source=chosen, ask=ask, start=start, until=until, bars_per_year=year, replace=replace
            )

        with progress_bar(len(wanted), "Histories") as progress:
            for number, name in enumerate(wanted, 1):
                try:
                    done.append(update(bucket, wish_for(name)))
                except (FleetError, HistoryError, ParameterError) as error:
                    words = option_problems(error) if isinstance(error, ParameterError) else str(error)
                    trouble[name] = words if name.upper() in words else f"{name}: {words}"
                else:
                    if not as_json:
                        _tell(done[-1])
                progress(number)
    if as_json:
        output.print_json({"put": [_plain(each) for each in done], "failed": trouble})
    if trouble:
        raise click.ClickException("; ".join(trouble.values()))


@command.command("list")
@options.as_json
def list_(*, as_json: bool) -> None:
    """List the histories that are kept."""
    from rich.console import Console
    from rich.table import Table

    from fleet import histories, kept_histories
    from fleet.errors import UnreadableObjectError
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        found = kept_histories.listed(histories.own_bucket())
    damaged = {symbol: str(each) for symbol, each in found.items() if isinstance(each, UnreadableObjectError)}
    kept = [each for each in found.values() if not isinstance(each, UnreadableObjectError)]
    if as_json:
        output.print_json([*map(_told, kept), *({"symbol": name, "error": why} for name, why in damaged.items())])
        return
    if not found:
        click.echo("No history is kept in the bucket: `spotmc history put AAPL --source yfinance` keeps one")
        return
    table = Table(title="Histories", title_justify="left")
    for heading in ("symbol", "source", "first", "last", "days", "doubts", "put (UTC)", "in SQL"):
        table.add_column(heading, justify="right" if heading in ("days", "doubts") else "left", no_wrap=True)
    for each in kept:
        put = each.put.removesuffix("+00:00").replace("T", " ")
        counted = f"{each.days:,}", str(len(each.doubts))
        table.add_row(each.symbol, each.source, each.first, each.last, *counted, put, each.folder)
    Console(width=output.WIDEST).print(table)
    for symbol, why in damaged.items():
        click.echo(f"warning: {symbol}: {why}", err=True)


@command.command()
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
@click.option("--out", type=click.Path(path_type=Path), help="File, or folder for SYMBOL.csv.  [default: this folder]")
@options.overwrite
def get(*, symbols: Sequence[str], out: Path | None, overwrite: bool) -> None:
    """Write the bars of each SYMBOL into a CSV file, for --prices."""
    from fleet import histories, kept_histories
    from montecarlo.data.history import check_symbol
    from spotmc.errors import as_click_errors

    with as_click_errors():
        wanted = _unlike(tuple(map(check_symbol, symbols)))
        files = _files(wanted, out)
        if not overwrite and (there := [str(file) for file in files.values() if file.exists()]):
            raise click.UsageError(f"{', '.join(there)} is there already: choose another --out, or give --overwrite")
        bucket = histories.own_bucket()
        found = {each: kept_histories.find(bucket, each) for each in wanted}
        for symbol, (content, kept) in found.items():
            files[symbol].parent.mkdir(parents=True, exist_ok=True)
            files[symbol].write_bytes(content)
            click.echo(f"{files[symbol]}: {kept.days:,} days from {kept.first} to {kept.last}, SHA-256 {kept.digest}")


@command.command()
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(*, symbols: Sequence[str], yes: bool) -> None:
    """Delete the history of each SYMBOL; jobs that were made of it keep their prices."""
    from fleet import histories, kept_histories
    from spotmc.errors import as_click_errors

    with as_click_errors():
        bucket = histories.own_bucket()
        wanted = _unlike(symbols)
        if not yes:
            click.confirm(
                f"Delete the history of {', '.join(wanted)} in the bucket {bucket.name}?", abort=True, err=True
            )
        for each in wanted:
            kept_histories.forget(bucket, each)
            click.echo(f"Deleted: {each}")


def _unlike(symbols: Sequence[str]) -> list[str]:
    """Each once; upper case and lower case are the same."""
    return list({each.strip().upper(): each.strip() for each in symbols}.values())


def _files(symbols: Sequence[str], out: Path | None) -> dict[str, Path]:
    if out is not None and len(symbols) == 1 and not out.is_dir() and out.suffix:
        return {symbols[0]: out}
    folder = out or Path()
    if folder.is_file():
        raise click.UsageError(f"--out {folder} is a file: several histories need a folder")
    return {each: folder / f"{each.upper().lstrip('.') or 'prices'}.csv" for each in symbols}


def _tell(update: "Update") -> None:
    from spotmc import output

    kept = update.kept
    click.echo(f"{kept.symbol}: {update.words}")
    output.print_warnings(f"{kept.symbol}: {each}" for each in (*update.notes, *kept.doubts))


def _plain(update: "Update") -> dict[str, Any]:
    return {**_told(update.kept), "outcome": update.outcome, "added": update.added, "notes": list(update.notes)}


def _told(kept: "Kept") -> dict[str, Any]:
    return {**kept.to_dict(), "in_sql": kept.folder}
