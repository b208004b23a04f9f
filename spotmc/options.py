"""Options that several subcommands share; their names are those of the web form."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from montecarlo.data.history import PriceHistory

Command = Callable[..., Any]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script instead of text.")

region = click.option("--region", envvar="AWS_REGION", help="AWS region.  [default: AWS_REGION, or the profile's]")
stack_name = click.option("--name", default="spotmc", help="Of the stack, and of all that belongs to it.")


def price_options(command: Command) -> Command:
    """Where the price history comes from: see ``history_of``."""
    return _with(
        command,
        click.option("--symbol", help="Such as AAPL.  [default: AAPL, or the file's name]"),
        click.option("--source", help="sample (offline), yfinance or fred.  [default: sample]"),
        click.option(
            "--prices",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="A CSV file of daily bars instead of a source.",
        ),
    )


def strategy_options(command: Command) -> Command:
    """What is traded, and under which rules."""
    return _with(
        rules_options(command),
        click.option("--short", type=int, default=40, help="Short window, trading days."),
        click.option("--long", type=int, default=100, help="Long window, trading days."),
    )


def rules_options(command: Command) -> Command:
    """With how much money, at which close, at what cost."""
    return _with(
        command,
        click.option("--capital", type=float, default=100_000.0, help="Cash at the start, dollars."),
        click.option("--shares", type=float, help="Trade a fixed number of shares."),
        click.option("--all-in", is_flag=True, help="Trade all the shares that cash can pay; the default."),
        click.option("--commission", type=float, default=0.0005, help="Fraction of the traded value."),
        click.option("--slippage", type=float, default=0.0005, help="Fraction of the traded value."),
        click.option("--fill", default="next-close", help="Close that fills a signal: next-close or same-close."),
        click.option(
            "--risk-free", type=float, default=0.0, help="Return per year that ratios measure the excess over."
        ),
    )


def job_options(command: Command) -> Command:
    """Everything that makes a job."""
    keep_paths = click.option(
        "--paths/--no-paths", default=None, help="Keep each path's row.  [default: up to 1,000,000]"
    )
    return price_options(strategy_options(path_options(keep_paths(command))))


def path_options(command: Command) -> Command:
    """Which paths are drawn."""
    return _with(
        command,
        click.option("--days", type=int, default=1260, help="Trading days simulated."),
        click.option("--iterations", type=int, default=2000, help="Number of simulated paths."),
        click.option("--model", default="normal", help="How prices are drawn: normal, gbm, bootstrap or student_t."),
        click.option(
            "--warm-up/--no-warm-up",
            default=False,
            help="Put the last real closes before the paths, so that the averages are defined from the first day on.",
        ),
        click.option("--seed", type=int, help="Same seed, same bytes.  [default: a new one]"),
    )


def history_of(symbol: str | None, source: str | None, prices: Path | None) -> "PriceHistory":
    """The price history that ``price_options`` ask for.

    Raises:
        click.UsageError: they contradict each other.
        HistoryError: it cannot be had or cannot be used.
    """
    from fleet.price_cache import cache_folder
    from montecarlo.data.sources import load_history

    if prices is not None:
        if source not in {None, "csv"}:
            raise click.UsageError(f"--prices reads a CSV file: leave out --source {source}")
        return load_history(symbol, "csv", path=prices)
    if source == "csv":
        raise click.UsageError("--source csv needs the file: --prices FILE")
    return load_history(
        "AAPL" if symbol is None else symbol, "sample" if source is None else source, cache=cache_folder()
    )


def shares_of(shares: float | None, all_in: bool) -> float | None:
    """The number of shares, None for all in.

    Raises:
        click.UsageError: both are asked for.
    """
    if all_in and shares is not None:
        raise click.UsageError("--all-in and --shares exclude each other")
    return shares


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
