"""``spotmc status``: how far one job has come."""

import os

import click

from spotmc import options


@click.command()
@click.argument("job_id", metavar="JOB")
@options.as_json
def command(*, job_id: str, as_json: bool) -> None:
    """Say how far a job has come: queued, running, complete, failed, cancelled or not sent."""
    from fleet.bucket import Bucket
    from fleet.progress import status
    from fleet.results import sentence
    from fleet.settings import Settings
    from fleet.wording import in_words
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        bucket = Bucket.connect(Settings.from_environment(os.environ))
        now = status(bucket, job_id)
        said = sentence(bucket, now.job) if now.state == "complete" else None
    if as_json:
        output.print_json(output.plain_status(now) | {"sentence": said})
        return
    click.echo(f"{now.state}: {in_words(now)}")
    if said:
        click.echo(said)
    if now.state == "failed":
        click.echo(
            f"{now.reason}\n`spotmc failed` says more; `spotmc redrive {job_id}` sends again what failed. Where these "
            "find nothing, submit the same job again"
        )
    if now.damage:
        click.echo(f"warning: {now.damage}", err=True)
    output.print_warnings(now.warnings, rest=f"`spotmc status {job_id} --json` has them")
