"""``spotmc submit``: a job onto the queue."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc import options

if TYPE_CHECKING:
    from fleet.bucket import Bucket

POLL_SECONDS = 0.5


@click.command()
@options.job_options
@click.option("--preview", is_flag=True, help="Print the job and its messages instead of sending them.")
@click.option("--wait", is_flag=True, help="Wait until the job has ended; fails unless it is complete.")
@options.as_json
def command(
    *,
    symbol: str | None,
    source: str | None,
    prices: Path | None,
    shares: float | None,
    all_in: bool,
    preview: bool,
    wait: bool,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Put a job onto the queue."""
    from fleet.bucket import Bucket
    from fleet.errors import QueueError
    from fleet.new_job import make_job
    from fleet.queue import Queue
    from fleet.settings import Settings
    from fleet.submit import preview as what_would_be_sent
    from fleet.submit import submit
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        settings = Settings.from_environment(os.environ)
        history = options.history_of(symbol, source, prices)
        job = make_job(history, shares=options.shares_of(shares, all_in), **parameters)
        output.print_warnings(history.warnings)
        if preview:
            output.print_json(what_would_be_sent(job, settings.bucket))
            return
        bucket = Bucket.connect(settings)
        try:
            submit(job, history, Queue.connect(settings), bucket)
        except QueueError as error:
            again = f"the same command with --seed {job.simulation.seed} sends it under the same name"
            raise click.ClickException(f"{job.id} is kept, but was not sent: {error}; {again}") from error
        if as_json:
            output.print_json({"job_id": job.id})
        else:
            click.echo(f"Submitted {job.id}")
        if wait:
            wait_for(bucket, job.id)
            click.echo(f"{job.id} is complete: spotmc results {job.id} --out {job.id}", err=as_json)


def wait_for(bucket: "Bucket", job_id: str) -> None:
    """Wait, with a progress bar, until the job has ended.

    Raises:
        click.ClickException: it did not end well.
    """
    from fleet.progress import status
    from spotmc.progress import progress_bar

    now, pause = status(bucket, job_id), POLL_SECONDS
    with progress_bar(now.job.simulation.iterations, "Simulating") as progress:
        while now.unfinished:
            time.sleep(pause)
            began = time.monotonic()
            now = status(bucket, job_id)
            # A very large job takes many requests to the bucket: most of the time nothing is asked.
            pause = max(POLL_SECONDS, 10 * (time.monotonic() - began))
            progress(now.paths_done)
    if now.state != "complete":
        raise click.ClickException(f"{job_id} is {now.state}{': ' + now.reason if now.reason else ''}")
