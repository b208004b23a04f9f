"""Showing a person what a stack consists of and about what it costs."""

from collections.abc import Iterator, Sequence
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

    from deployment.estimate import PRICES_OF, estimate, resources

    console = Console(width=WIDTH)
    costs = estimate(stack)
    console.print(_resources(name, resources(stack)))
    console.print(_costs("Cost at rest, with an empty queue", costs.at_rest))
    console.print(_costs("Added by a full fleet", costs.at_work))
    for line in (*_limits(stack), *_research(stack)):
        click.echo(line)
    click.echo(f"These are example prices of {PRICES_OF}; requests, storage and traffic come on top.")


def _limits(stack: "Stack") -> "Iterator[str]":
    """What holds the cost of the workers, and what that leaves of them at the example price."""
    from deployment.estimate import ceiling, most_workers

    limit = ceiling(stack)
    if limit is None:
        return
    usual, most = float(stack.mappings["ExamplePrice"]["WorkerHour"]["Spot"]), most_workers(stack)
    if "Group" in stack.nested:
        each, on_demand = float(stack.parameters["MachineDollarsPerHour"]), stack.parameters["OnDemandPercent"]
        rest = "; those On-Demand are limited by their number alone" if on_demand else ""
        yield f"No worker runs on Spot that alone costs more than ${each:g} per hour: at most ${limit:g} for all{rest}."
        if each < usual and on_demand < 100:
            yield f"Perhaps none runs on Spot: one costs about ${usual:g}, and MachineDollarsPerHour is ${each:g}."
        return
    yield f"No machine is added while the Spot prices of all workers add up to more than ${limit:g} per hour."
    if limit < most * usual:
        yield f"At ${usual:g} each that is enough for {max(1, int(limit / usual)):,} of the {most:,} workers."


def _research(stack: "Stack") -> "Iterator[str]":
    """What it costs to train, to serve and to query: what is used, and nothing otherwise."""
    from deployment.sagemaker_prices import TRAINING_HOUR

    if "SageMaker" not in stack.nested:
        return
    kind, price = next(iter(TRAINING_HOUR.items()))
    limit = float(stack.parameters["QueryGigabytes"])
    scanned = float(stack.mappings["ExamplePrice"]["QueryTerabyte"]["Any"])
    yield (
        f"SageMaker costs nothing at rest but its image: a training job about ${price:g} per hour of {kind}, an "
        "endpoint the seconds in which it answers."
    )
    yield f"Athena costs about ${scanned:g} per terabyte that is read: at most ${scanned * limit / 1000:g} for a query."


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
