"""``spotmc trader status``: how one trader stands, and what to do next."""

from typing import TYPE_CHECKING

import click

from spotmc import options
from spotmc.trader import options as of_traders

if TYPE_CHECKING:
    from fleet.traders.orders import OrderRecord

ORDERS_SHOWN = 5


@click.command()
@of_traders.name
@options.as_json
def command(*, name: str, as_json: bool) -> None:
    """Say how the trader NAME stands: its position, its last orders, and what to do next; status 1 if it has halted."""
    from fleet.traders import journal, state
    from fleet.traders.state import HALTED
    from spotmc import output
    from spotmc.errors import as_click_errors
    from spotmc.trader import words

    with as_click_errors():
        bucket = of_traders.own_bucket()
        now = state.load(bucket, name)
        last = journal.orders(bucket, name, ORDERS_SHOWN)
    if as_json:
        output.print_json(words.plain(now) | {"orders": [each.to_dict() for each in last]})
    else:
        click.echo(f"{name}: {words.status(now)}")
        click.echo(words.told(now.settings))
        if now.last:
            click.echo(words.day(now.last))
        _print_orders(last)
        click.echo(words.next_step(now))
    if now.status == HALTED:
        raise click.exceptions.Exit(1)


def _print_orders(last: list["OrderRecord"]) -> None:
    from rich.console import Console
    from rich.table import Table

    from spotmc import output

    if not last:
        return
    table = Table(title="Last orders", title_justify="left")
    for heading in ("for", "order", "shares", "state", "filled", "at", "said"):
        table.add_column(heading, justify="right" if heading in ("shares", "filled", "at") else "left", no_wrap=True)
    for each in last:
        report = each.report
        filled = f"{report.shares:+,}" if report and report.shares else ""
        price = f"{report.price:,.4f}" if report and report.price is not None else ""
        said = each.lapsed or (report.text if report else "")
        table.add_row(
            str(each.order.session), each.order.intent, f"{each.order.shares:+,}", each.state, filled, price, said
        )
    Console(width=output.WIDEST).print(table)
