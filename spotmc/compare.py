"""``spotmc compare``: jobs beside each other."""

import os

import click

from spotmc import options


@click.command()
@click.argument("job_ids", metavar="JOB JOB [...]", nargs=-1, required=True)
@options.as_json
def command(*, job_ids: tuple[str, ...], as_json: bool) -> None:
    """Compare two to five complete simulations: settings, results, and the difference on the same paths."""
    from fleet.bucket import Bucket
    from fleet.comparing import FEWEST, MOST, compare_jobs
    from fleet.settings import Settings
    from spotmc import output
    from spotmc.errors import as_click_errors

    if not FEWEST <= len(set(job_ids)) == len(job_ids) <= MOST:
        raise click.UsageError(f"give {FEWEST} to {MOST} different jobs, not {', '.join(job_ids)}")
    with as_click_errors():
        found = compare_jobs(Bucket.connect(Settings.from_environment(os.environ)), job_ids)
    if as_json:
        output.print_json(found.to_dict())
        return
    click.echo(str(found.comparison))
