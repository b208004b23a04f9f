"""``spotmc local``: everything on this machine, with an emulator in place of AWS."""

import os
import secrets
import signal
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from spotmc import options
from spotmc.web import LINK_VARIABLE

if TYPE_CHECKING:
    from spotmc.local_stack.stack import LocalStack

POLL_SECONDS = 0.2
USUAL_WORKERS = 2
FOLLOWS = (
    "Workers follow the queue by the policy of the fleet on AWS; a minute of it takes a second here. "
    "They leave by themselves when they find no work."
)


@click.command()
@click.option("--workers", type=options.WholeFrom(1, 64), help="Number of worker processes.  [default: 2]")
@click.option(
    "--max-workers",
    type=options.WholeFrom(1, 64),
    help="Let their number follow the queue instead, from none to so many, as the fleet on AWS does.",
)
@click.option(
    "--port", type=options.WholeFrom(1024, 65534), default=8080, help="Of the web UI; the emulator has the next."
)
@click.option("--demo", is_flag=True, help="Submit the recommended job through the web form and show its summary.")
@click.option(
    "--exit", "leave", is_flag=True, help="Stop when the demo's job, or what an earlier run left unfinished, is done."
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("spotmc-data"),
    help="Folder for jobs and results; they are there again at the next start.",
)
@click.option(
    "--one-time-link",
    is_flag=True,
    help="Let only the browser into the web UI that opens the printed link first. The emulator still answers every "
    "program on this machine.",
)
def command(
    *,
    workers: int | None,
    max_workers: int | None,
    port: int,
    demo: bool,
    leave: bool,
    data: Path,
    one_time_link: bool,
) -> None:
    """Start the web UI, workers and an emulator of AWS on this machine; Ctrl-C stops them all."""
    from capacity.policy import Policy
    from capacity.policy import stack as stack_of
    from spotmc.errors import as_click_errors
    from spotmc.folder_in_use import FolderInUseError
    from spotmc.local_stack.demo import submit_through_form
    from spotmc.local_stack.processes import StackError
    from spotmc.local_stack.stack import local_stack

    if workers and max_workers:
        raise click.UsageError("--workers and --max-workers exclude each other")
    if one_time_link and demo:
        raise click.UsageError("--one-time-link lets nobody in but a browser, so it excludes --demo")
    if one_time_link:
        os.environ[LINK_VARIABLE] = secrets.token_urlsafe()
    policy = Policy.of(stack_of(MaxWorkers=max_workers)) if max_workers else None
    workers = 0 if policy else workers or USUAL_WORKERS
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with (
            as_click_errors(),
            local_stack(port=port, workers=workers, policy=policy, tell=click.echo, data=data) as stack,
        ):
            _introduce(stack, f"up to {max_workers} workers" if max_workers else f"{workers} workers", data)
            if policy:
                click.echo(FOLLOWS)
            jobs = [submit_through_form(stack.web)] if demo else stack.taken_up
            if demo or leave:
                for job_id in jobs:
                    see_through(stack, job_id, data)
            if not leave:
                click.echo("Ctrl-C stops everything; jobs and results are kept.")
                while True:
                    stack.check()
                    time.sleep(POLL_SECONDS)
    except StackError as error:
        raise click.ClickException(str(error)) from error
    except FolderInUseError as error:
        raise click.ClickException(
            f"{data} is in use: {error} has it; use that one, stop it, or choose another folder with --data"
        ) from error
    except KeyboardInterrupt:
        if leave:
            raise
        click.echo("Stopped")


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Once is enough: stopping in good order is not interrupted in its turn.
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def _introduce(stack: "LocalStack", workers: str, data: Path) -> None:
    secret = os.environ.get(LINK_VARIABLE, "")
    link = f"/login/{secret} (opens once)" if secret else ""
    click.echo(f"Web UI on {stack.web}{link}, {workers}, emulator of AWS on {stack.settings.endpoint_url}")
    click.echo(f"Jobs, results and logs are kept in {data}/")
    for job_id in stack.taken_up:
        click.echo(f"Taken up again: {job_id}")


def see_through(stack: "LocalStack", job_id: str, data: Path) -> None:
    """Show a job's progress until there is nothing to wait for, then its summary.

    Raises:
        StackError: the job is not complete, or a part of the stack has failed.
    """
    from fleet import keys
    from fleet.progress import status
    from fleet.results import parsed, sentence, summary
    from montecarlo.experiments import uncertainty
    from montecarlo.experiments.traded_paths import UNCERTAINTY
    from spotmc import output
    from spotmc.local_stack.processes import StackError
    from spotmc.progress_bar import progress_bar

    now = status(stack.bucket, job_id)
    with progress_bar(now.expected, "Simulating") as progress:
        while now.unfinished:
            stack.check()
            time.sleep(POLL_SECONDS)
            now = status(stack.bucket, job_id)
            progress.stands(now.standing)
            progress(now.done)
    if now.state != "complete":
        raise StackError(f"job {job_id} is {now.state}{': ' + now.reason if now.reason else ''}")
    stack.mirror.update()
    output.print_warnings(now.warnings)
    found = summary(stack.bucket, now.job)
    output.print_summary(found, output.describe_job(now.job))
    if UNCERTAINTY in now.job.experiment.result_files:
        output.print_uncertainty(found, parsed(stack.bucket, now.job, uncertainty.from_csv, UNCERTAINTY))
    click.echo(sentence(stack.bucket, now.job))
    click.echo(f"{stack.web}/jobs/{job_id}")
    click.echo(f"CSV in {data / keys.folder(job_id)}/")
