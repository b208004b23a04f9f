"""Showing a person what a stack consists of and about what it costs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from cloudformation.template import Stack
    from deployment.estimate import Cost

WIDTH = 100  # columns, whatever the terminal


def describe(stack: "Stack", name: str) -> None:
    """Print what would be created, and its running cost at rest and with a full fleet."""
    from rich.console import Console

    from deployment.estimate import PRICES_OF, ceiling, estimate, resources

    console = Console(width=WIDTH)
    costs = estimate(stack)
    console.print(_resources(name, resources(stack)))
    console.print(_costs("Cost at rest, with an empty queue", costs.at_rest))
    console.print(_costs("Added by a full fleet", costs.at_work))
    limit = ceiling(stack)
    if limit is not None and "Group" in stack.nested:
        each = stack.parameters["MachineDollarsPerHour"]
        click.echo(f"No worker runs on Spot that alone costs more than ${each:g} per hour: at most ${limit:g} for all.")
    elif limit is not None:
        click.echo(f"No machine is added while the Spot prices of all workers add up to more than ${limit:g} per hour.")
    click.echo(f"These are example prices of {PRICES_OF}; requests, storage and traffic come on top.")


def _resources(name: str, counts: dict[str, int]) -> "Table":
    from rich.table import Table

    table = Table(title=f"{name}: {sum(counts.values())} resources", title_justify="left")
    table.add_column("number", justify="right")
    table.add_column("resource")
    for kind, number in counts.items():
        table.add_row(str(number), kind)
    return table


def _costs(title: str, costs: "Sequence[Cost]") -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_footer=True)
    table.add_column("", footer="in total")
    table.add_column("$ per hour", justify="right", footer=f"{sum(cost.per_hour for cost in costs):.3f}")
    table.add_column("$ per month", justify="right", footer=f"{sum(cost.per_month for cost in costs):.2f}")
    for cost in costs:
        table.add_row(cost.what, f"{cost.per_hour:.3f}", f"{cost.per_month:.2f}")
    return table
