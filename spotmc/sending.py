"""Putting a job onto the queue, or showing what would be put there, and waiting for it."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from spotmc import interruption

if TYPE_CHECKING:
    from fleet.bucket import Bucket
    from fleet.job import Job
    from fleet.settings import Settings
    from montecarlo.data.joint_history import Prices

POLL_SECONDS = 0.5

preview_option = click.option("--preview", is_flag=True, help="Print the job and its messages instead of sending them.")
wait_option = click.option("--wait", is_flag=True, help="Wait until the job has ended; fails unless it is complete.")


def require_sent(*, submit: bool, preview: bool, wait: bool, out: object, overwrite: bool, what: str) -> None:
    """
    Raises:
        click.UsageError: options of sending contradict those of doing it here.
    """
    if (preview or wait) and not submit:
        raise click.UsageError(f"--preview and --wait are for {what} that is sent: give --submit, too")
    if submit and (out is not None or overwrite):
        raise click.UsageError(
            f"--out and --overwrite are for {what} that is done here; `spotmc results` fetches files"
        )


def show(job: "Job") -> None:
    """Print what would be sent, for which there need be no queue and no bucket."""
    from fleet.settings import VARIABLES
    from fleet.submit import preview
    from spotmc import output

    variable = VARIABLES["bucket"]
    output.print_json(preview(job, os.environ.get(variable) or f"${variable}"))


def send(
    job: "Job",
    history: "Prices",
    inputs: Mapping[str, bytes],
    settings: "Settings",
    *,
    wait: bool,
    as_json: bool,
) -> None:
    """
    Raises:
        click.ClickException: it was not sent, or did not end well.
        FleetError: the queue or the bucket does not do what is asked.
    """
    from fleet.bucket import Bucket
    from fleet.errors import QueueError
    from fleet.queue import Queue
    from fleet.submit import submit
    from spotmc import output

    bucket = Bucket.connect(settings)
    seed = getattr(job.experiment, "seed", None)
    same = "the same command" if seed is None else f"the same command with --seed {seed}"
    again = f"{same} sends it under the same name"
    with _interruptible(f"`spotmc status {job.id}` says whether it was sent; {again}"):
        try:
            submit(job, history, Queue.connect(settings), bucket, inputs)
        except QueueError as error:
            raise click.ClickException(f"{job.id} is kept, but was not sent: {error}; {again}") from error
    goes_on = f"`spotmc status {job.id}` says how far it is, `spotmc cancel {job.id}` stops it"
    with _interruptible(f"{job.id} goes on without this command: {goes_on}"):
        if as_json:
            output.print_json({"job_id": job.id})
        else:
            click.echo(f"Submitted {job.id}")
        if wait:
            wait_for(bucket, job.id)
            click.echo(f"{job.id} is complete: spotmc results {job.id} --out {job.id}", err=as_json)


@contextmanager
def _interruptible(words: str) -> Iterator[None]:
    """Say on Ctrl-C what becomes of the job."""
    try:
        with interruption.raised():
            yield
    except KeyboardInterrupt:
        click.echo(f"Interrupted: {words}", err=True)
        raise click.exceptions.Exit(interruption.STATUS) from None


def wait_for(bucket: "Bucket", job_id: str) -> None:
    """Wait, with a progress bar, until the job has ended, and say what that has shown to be doubtful.

    Raises:
        click.ClickException: it did not end well.
    """
    from fleet.progress import status
    from spotmc import output
    from spotmc.progress_bar import progress_bar

    now, pause, lacked = status(bucket, job_id), POLL_SECONDS, ""
    with progress_bar(now.expected, now.job.experiment.doing) as progress:
        while now.unfinished:
            time.sleep(pause)
            began = time.monotonic()
            now = status(bucket, job_id)
            # A very large job takes many requests to the bucket: most of the time nothing is asked.
            pause = max(POLL_SECONDS, 10 * (time.monotonic() - began))
            progress.stands(now.standing)
            progress(now.done)
            if now.lacks and now.lacks != lacked:
                lacked = now.lacks
                output.print_warnings([f"no worker that took it so far can do it: {lacked}"])
    if now.state != "complete":
        raise click.ClickException(f"{job_id} is {now.state}{': ' + now.reason if now.reason else ''}")
    output.print_warnings(output.missed(now.standing))
