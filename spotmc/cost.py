"""``spotmc cost``: what the fleet has cost, by job."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from spotmc import options

if TYPE_CHECKING:
    from deployment.cost import Cost
    from fleet.bucket import Bucket

BOOT_MINUTES = 2.0


@click.command()
@click.argument("job_ids", metavar="[JOB]...", nargs=-1)
@click.option("--days", type=options.WholeFrom(1, 90), default=30, help="Without JOB: those submitted since.")
@click.option(
    "--boot-minutes",
    type=options.NumberFrom(0),
    default=BOOT_MINUTES,
    help="Assumed, from a machine's start to its work.",
)
@click.option(
    "--idle-minutes", type=options.NumberFrom(0), default=10.0, help="Assumed, from its last work to its end."
)
@options.as_json
def command(*, job_ids: tuple[str, ...], days: int, boot_minutes: float, idle_minutes: float, as_json: bool) -> None:
    """Say what jobs have cost: the hours that machines computed for them, at the Spot prices of that time.

    Compares with today's On-Demand prices.  What machines cost beside computing is estimated apart, over all jobs.
    """
    from deployment import cost
    from deployment.machine_prices import prices_of
    from fleet.bucket import Bucket
    from fleet.job_store import load_job
    from fleet.provenance import of_job
    from fleet.settings import Settings
    from montecarlo.wording import count
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        bucket = Bucket.connect(Settings.from_environment(os.environ))
        for job_id in job_ids:
            load_job(bucket, job_id)  # of a name that is no job's, there is no cost to tell
        computed = {job_id: of_job(bucket, job_id) for job_id in job_ids or submitted_since(bucket, days)}
        output.print_warnings(f"left out: {each}" for found in computed.values() for each in found.unreadable)
        records = {job_id: found.read for job_id, found in computed.items()}
        everything = [record for each in records.values() for record in each]
        prices = prices_of(everything)
    boot, idle = timedelta(minutes=boot_minutes), timedelta(minutes=idle_minutes)
    costs = {job_id: cost.cost_of(each, prices) for job_id, each in records.items()}
    beside = None if job_ids else cost.around(everything, prices, boot=boot, idle=idle)
    if as_json:
        jobs = {job_id: plain(each) for job_id, each in costs.items()}
        output.print_json({"jobs": jobs, "beside_computing": beside and plain(beside)})
        return
    show(costs)
    if beside is not None:
        machines = len({record.instance for record in everything if record.type})
        click.echo(
            f"Beside computing, about ${beside.dollars:.2f} for {count(machines, 'machine')}: waiting between "
            f"chunks, {boot_minutes:g} minutes to boot, {idle_minutes:g} idle at the end. That is assumed, not known."
        )
    click.echo(
        "Not included: the workstation, disks, addresses, requests, storage; `spotmc deploy --dry-run` has them. Nor "
        "SageMaker's jobs and endpoints; `spotmc sagemaker status` lists them, with the seconds that are billed."
    )


def submitted_since(bucket: "Bucket", days: int) -> list[str]:
    """Jobs of the last days, newest first, each once."""
    from itertools import takewhile

    from fleet.progress import submissions

    since = datetime.now(UTC) - timedelta(days=days)
    return list(dict.fromkeys(job_id for job_id, _ in takewhile(lambda each: each[1] >= since, submissions(bucket))))


def plain(cost: "Cost") -> dict[str, Any]:
    """A cost for a script."""
    from dataclasses import asdict

    return {**asdict(cost), "saving": cost.saving}


def show(costs: "Mapping[str, Cost]") -> None:
    """Print a table, and what has no price."""
    from functools import reduce

    from rich.console import Console
    from rich.table import Table

    from deployment.cost import Cost
    from spotmc import output

    total = reduce(Cost.__add__, costs.values(), Cost())
    table = Table(title="Cost of computing", title_justify="left", show_footer=len(costs) > 1)
    table.add_column("job", footer="in total")
    for title, footer in zip(
        ("machine hours", "path-days", "dollars", "On-Demand", "saving"), _cells(total), strict=True
    ):
        table.add_column(title, footer=footer, justify="right")
    for job_id, cost in costs.items():
        table.add_row(job_id, *_cells(cost))
    Console(width=output.WIDEST).print(table)
    if total.unpriced_hours:
        click.echo(
            f"{total.unpriced_hours:,.2f} machine hours have no price: AWS tells Spot prices of the last 90 days only.",
        )
    if total.elsewhere_hours:
        click.echo(f"{total.elsewhere_hours:,.2f} hours were computed on machines that are not on EC2.")


def _cells(cost: "Cost") -> tuple[str, ...]:
    saving = "" if cost.saving is None else f"{cost.saving:.0%}"
    return f"{cost.hours:,.2f}", f"{cost.path_days:,}", f"{cost.dollars:,.4f}", f"{cost.on_demand:,.4f}", saving
