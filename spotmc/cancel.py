"""``spotmc cancel``: nobody wants this job any more."""

import os

import click


@click.command()
@click.argument("job_id", metavar="JOB")
def command(*, job_id: str) -> None:
    """Tell the workers to leave a job, which takes them seconds.

    What it has stored stays, and submitting it again goes on from there.
    """
    from fleet.bucket import Bucket
    from fleet.progress import cancel, status
    from fleet.settings import Settings
    from spotmc.errors import as_click_errors

    with as_click_errors():
        bucket = Bucket.connect(Settings.from_environment(os.environ))
        if status(bucket, job_id).state == "complete":
            raise click.ClickException(f"{job_id} is complete already")
        cancel(bucket, job_id)
    click.echo(f"Cancelled {job_id}: workers leave it within seconds")
