"""``spotmc compare``: jobs beside each other."""

import os
from typing import TYPE_CHECKING

import click

from spotmc import options

if TYPE_CHECKING:
    from montecarlo.experiments.comparison import Comparison

SHOWN = (
    "return_median",
    "return_mean",
    "probability_of_loss",
    "probability_of_beating_buy_and_hold",
    "expected_shortfall_95",
    "max_drawdown_mean",
    "sharpe_mean",
)


@click.command()
@click.argument("job_ids", metavar="JOB JOB [...]", nargs=-1, required=True)
@options.as_json
def command(*, job_ids: tuple[str, ...], as_json: bool) -> None:
    """Compare two to five complete simulations: what was set, what came of it, and the difference.

    They are called A, B, C ... in their order, and A is compared with each of the others: on the same paths where both
    have the same seed, the same model and rows.
    """
    from fleet.bucket import Bucket
    from fleet.comparing import compare_jobs
    from fleet.settings import Settings
    from montecarlo.experiments.comparison import FEWEST, MOST
    from spotmc import output
    from spotmc.errors import as_click_errors

    if not FEWEST <= len(job_ids) <= MOST or len(set(job_ids)) < len(job_ids):
        raise click.UsageError(f"give {FEWEST} to {MOST} different jobs, not {', '.join(job_ids)}")
    with as_click_errors():
        found = compare_jobs(Bucket.connect(Settings.from_environment(os.environ)), job_ids)
    if as_json:
        output.print_json(found.to_dict())
    for each in found.left_out:
        click.echo(f"warning: left out: {each.reason}", err=True)
    if found.comparison is None:
        raise click.ClickException("there are not two jobs to compare")
    if as_json:
        return
    for name, job in found.jobs.items():
        click.echo(f"{name}  {job.id}  {job.symbol}, {job.experiment.title}")
    _print_tables(found.comparison)
    click.echo(str(found.comparison))


def _print_tables(comparison: "Comparison") -> None:
    """What is set differently, and what came of it."""
    from rich.console import Console
    from rich.table import Table

    names = [each.name for each in comparison.compared]
    settings = Table(title="Settings that differ", title_justify="left")
    results = Table(title="Results", title_justify="left")
    for table, first in ((settings, "setting"), (results, "statistic")):
        table.add_column(first)
        for name in names:
            table.add_column(name, justify="left" if table is settings else "right")
    different = [each for each in comparison.settings if each.differs]
    for each in different:
        settings.add_row(each.parameter.label, *each.texts)
    for statistic in SHOWN:
        results.add_row(statistic, *(f"{value:,.4f}" for value in comparison.summary.loc[statistic]))
    console = Console()
    if different:
        console.print(settings)
    console.print(results)
