"""``spotmc trader list``: all traders of the bucket."""

from typing import TYPE_CHECKING, Any

import click

from spotmc import options
from spotmc.trader import options as of_traders

if TYPE_CHECKING:
    from fleet.traders.state import TraderState


@click.command()
@options.as_json
def command(*, as_json: bool) -> None:
    """List the traders in the bucket."""
    from rich.console import Console
    from rich.table import Table

    from fleet.traders import state
    from fleet.traders.state import Unreadable
    from spotmc import output
    from spotmc.errors import as_click_errors
    from spotmc.trader.words import plain

    with as_click_errors():
        everyone = state.load_all(of_traders.own_bucket())
    damaged = [each for each in everyone if isinstance(each, Unreadable)]
    found = [each for each in everyone if not isinstance(each, Unreadable)]
    if as_json:
        broken = [{"trader": each.name, "error": each.reason} for each in damaged]
        output.print_json([*map(plain, found), *broken])
        return
    if not found and not damaged:
        click.echo("There is no trader yet: `spotmc trader create` makes one, `spotmc trader dry-run` needs none")
        return
    table = Table(title="Traders", title_justify="left")
    for heading in (
        "name",
        "symbol",
        "strategy",
        "feed",
        "broker",
        "status",
        "last day",
        "shares",
        "equity",
        "± backtest",
    ):
        right = heading in ("shares", "equity", "± backtest")
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for each in found:
        table.add_row(*_cells(each))
    Console(width=output.WIDEST).print(table)
    for unreadable in damaged:
        click.echo(f"warning: {unreadable.name}: {unreadable.reason}", err=True)


def _cells(each: "TraderState") -> list[str]:
    settings = each.settings
    experiment: Any = settings.job.experiment
    cells = [settings.name, settings.job.symbol, str(experiment.strategy), settings.feed, settings.broker, each.status]
    if each.last is None:
        return [*cells, "", "", "", ""]
    apart = each.last.equity - each.last.backtest_equity
    return [*cells, str(each.last.day), f"{each.last.standing.shares:,}", f"{each.last.equity:,.2f}", f"{apart:+,.2f}"]
