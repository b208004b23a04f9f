"""``spotmc jobs``: what was submitted last."""

import os

import click

from spotmc import options

REASON_SHOWN = 200  # characters


@click.command()
@click.option("--limit", type=options.WholeFrom(1, 1000), default=20, help="How many at the most.")
@options.as_json
def command(*, limit: int, as_json: bool) -> None:
    """List the jobs that were submitted last."""
    from fleet.bucket import Bucket
    from fleet.progress import Status, recent
    from fleet.reasons import in_one_line
    from fleet.settings import Settings
    from fleet.wording import in_words
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        found = recent(Bucket.connect(Settings.from_environment(os.environ)), limit)
    if as_json:
        output.print_json([output.plain_status(status) for status in found.jobs])
    if found.gave_up:
        click.echo(f"warning: {found.gave_up}", err=True)
    if as_json:
        return
    if not found.jobs and not found.gave_up:
        click.echo("No jobs yet: submit one with `spotmc submit`.")
    width = max((len(each.id) for each in found.jobs), default=0)
    for each in found.jobs:
        what = f"{each.job.experiment.title}: {in_words(each)}" if isinstance(each, Status) else each.reason
        if each.state == "failed":
            what += f": {in_one_line(each.reason, REASON_SHOWN)}"
        click.echo(f"{each.id:{width}}  {each.submitted:%Y-%m-%d %H:%M:%S} UTC  {each.state:10}  {what}")
