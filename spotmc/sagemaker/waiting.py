"""How a training job stands, for a person; and waiting until it has ended."""

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from spotmc import interruption

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.training_jobs import TrainingJob

POLL_SECONDS = 10.0

# What helps, by what SageMaker says; the container's own sentences need none.
_HELPS = (
    (
        r"CapacityError|InsufficientCapacity|insufficient capacity",
        "AWS has no such machine just now: wait, or give another --instance-type, or --on-demand",
    ),
    (
        r"ResourceLimitExceeded|service limit|quota",
        "the account may have none of these machines: ask for more under Service Quotas, or give another type",
    ),
    (
        r"AccessDenied|not authorized|403",
        "the role of the stack may not do this: `spotmc deploy --research` brings it up to date; look whether the "
        "bucket has a key or a policy of its own",
    ),
    (
        r"manifest|CannotPull|image",
        "the image cannot be used: `spotmc deploy --research` builds and sends it anew, for 64-bit x86",
    ),
    (
        r"OutOfMemory|memory|137",
        "it had too little memory: give a larger --instance-type, or fewer --iterations or --no-rows",
    ),
)
_ENDED = {
    "MaxRuntimeExceeded": "it was stopped because it took too long: give more --max-hours, or do less",
    "MaxWaitTimeExceeded": "there was no Spot capacity in time: start it again, or give --on-demand",
}


def wait_for_job(account: "Account", name: str, more: str, *, as_json: bool) -> None:
    """Wait until the job has ended, and print how.

    Args:
        account: Where.
        name: Of the job.
        more: Options that name its stack.
        as_json: Print JSON for a script instead of text.

    Raises:
        click.ClickException: it did not end well, or is gone.
    """
    from deployment.training_jobs import describe

    step = ""
    try:
        with interruption.raised():
            while (now := describe(account, name)) and now.unfinished:
                if now.step != step:
                    click.echo(f"{name}: {now.step}", err=True)
                    step = now.step
                time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        goes_on = (
            f"`spotmc sagemaker status {name}{more}` says how far it is, `spotmc sagemaker stop {name}{more}` stops it"
        )
        click.echo(f"Interrupted: {name} goes on without this command: {goes_on}", err=True)
        raise click.exceptions.Exit(interruption.STATUS) from None
    if now is None:
        raise click.ClickException(f"there is no training job {name} any more")
    show_job(account, now, more, as_json=as_json)
    if now.status != "Completed":
        raise click.ClickException(f"{name} is {now.status}")


def show_job(account: "Account", job: "TrainingJob", more: str, *, as_json: bool) -> None:
    """Print how it stands: metrics as a table, what it cost, and why it failed with what helps."""
    from spotmc import output

    dollars, of = cost_of(account, job)
    if as_json:
        output.print_json(plain(job, dollars))
        return
    click.echo(f"{job.name}: {job.status}{f', {job.step}' if job.step != job.status else ''}")
    for line in _lines(job, dollars, of):
        click.echo(f"  {line}")
    if job.metrics:
        _print_metrics(job)
    if job.status == "Completed":
        click.echo(f"spotmc sagemaker fetch {job.name}{more}")


def _lines(job: "TrainingJob", dollars: float | None, of: str) -> Iterator[str]:
    work = job.hyperparameters.get("work", "of something else")
    yield f"{work} on {job.instance_type}, asked for {job.created:%Y-%m-%d %H:%M %Z}"
    if job.billed:
        saved = f", {job.saving:.0%} saved by Spot capacity" if job.saving else ""
        price = f" or ${dollars:.4f} ({of})" if dollars is not None else ""
        yield f"charged for {job.billed:,} seconds{price}{saved}"
    if job.reason or job.step in _ENDED:
        yield f"why: {sentence(job)}"


def sentence(job: "TrainingJob") -> str:
    """Why it did not end well, and what helps."""
    from fleet.reasons import in_one_line

    if job.step in _ENDED:
        return _ENDED[job.step]
    # The container's sentence comes after "AlgorithmError: " and before the exit code.
    container = re.match(r"AlgorithmError: (.*?)(?:,? *exit code: *\d+)?$", job.reason, re.DOTALL)
    if container and container[1].strip():
        return in_one_line(container[1])
    helps = next((words for pattern, words in _HELPS if re.search(pattern, job.reason)), "")
    return in_one_line(job.reason) + (f" - {helps}" if helps else "")


def cost_of(account: "Account", job: "TrainingJob") -> tuple[float | None, str]:
    """What it has cost in US dollars, and by which prices; None where that is not known (yet)."""
    from deployment.sagemaker_prices import training_price

    if not job.billed:
        return None, ""
    price = training_price(account, job.instance_type)
    return (None if price.dollars is None else job.billed / 3600 * price.dollars), price.of


def plain(job: "TrainingJob", dollars: float | None) -> dict[str, Any]:
    """The same for a script."""
    return {
        "training_job": job.name,
        "status": job.status,
        "step": job.step,
        "reason": sentence(job) if job.reason or job.step in _ENDED else "",
        "created": job.created.isoformat(),
        "work": job.hyperparameters.get("work"),
        "instance_type": job.instance_type,
        "spot": job.spot,
        "metrics": dict(job.metrics),
        "seconds": job.ran,
        "billed_seconds": job.billed,
        "dollars": dollars,
        "saving": job.saving,
        "artefacts": job.artefacts,
    }


def _print_metrics(job: "TrainingJob") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Metrics", title_justify="left")
    table.add_column("metric")
    table.add_column("value", justify="right")
    for name, value in job.metrics.items():
        table.add_row(name, f"{value:.6g}")
    Console().print(table)
