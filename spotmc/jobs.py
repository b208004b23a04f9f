"""``spotmc jobs``: what was submitted last."""

import os

import click

from spotmc import options


@click.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="How many at the most.")
@options.as_json
def command(*, limit: int, as_json: bool) -> None:
    """List the jobs that were submitted last."""
    from rich.console import Console
    from rich.table import Table

    from fleet.bucket import Bucket
    from fleet.progress import recent
    from fleet.settings import Settings
    from spotmc import output
    from spotmc.errors import told_to_the_person

    with told_to_the_person():
        found = recent(Bucket.connect(Settings.from_environment(os.environ)), limit)
    if as_json:
        output.print_json([output.plain_status(status) for status in found])
        return
    table = Table("job", "state", "paths", "submitted", box=None)
    for status in found:
        paths = f"{status.paths_done:,} of {status.job.simulation.iterations:,}"
        table.add_row(status.job.id, status.state, paths, f"{status.submitted:%Y-%m-%d %H:%M:%S} UTC")
    Console().print(table if found else "No jobs yet: submit one with `spotmc submit`.")
