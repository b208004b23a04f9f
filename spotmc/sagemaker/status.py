"""``spotmc sagemaker status``: how a job or an endpoint stands, or all of a stack."""

from typing import TYPE_CHECKING, Any

import click

from spotmc import options
from spotmc.sagemaker.stack import account_for, same_options, stack_name

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.endpoints import Endpoint
    from deployment.training_jobs import TrainingJob


@click.command()
@click.argument("what", metavar="[NAME]", required=False)
@options.region
@stack_name
@click.option("--wait", is_flag=True, help="Wait until the job has ended; fails if it did.")
@options.as_json
def command(*, what: str | None, region: str | None, stack_name: str, wait: bool, as_json: bool) -> None:
    """Say how a training job or an endpoint stands, what it has measured, and what it has cost.

    Without NAME: all jobs and endpoints of the stack, and which of them cost something.
    """
    from deployment import endpoints, training_jobs
    from spotmc import output
    from spotmc.errors import as_click_errors
    from spotmc.sagemaker import waiting

    if wait and what is None:
        raise click.UsageError("--wait needs the name of a job")
    with as_click_errors():
        account, more = account_for(region, stack_name), same_options(region, stack_name)
        if what is None:
            _list(account, stack_name, as_json=as_json)
            return
        job = training_jobs.describe(account, what)
        if job and wait:
            waiting.wait_for_job(account, what, more, as_json=as_json)
            return
        endpoint = endpoints.describe(account, what)  # which is called as its job where nobody says otherwise
        if job and as_json:
            told = waiting.plain(job, waiting.cost_of(account, job)[0])
            output.print_json(told | ({"endpoint": plain(endpoint)} if endpoint else {}))
            return
        if job:
            waiting.show_job(account, job, more, as_json=False)
        if endpoint:
            _show_endpoint(endpoint, more, as_json=as_json)
        if not (job or endpoint):
            raise click.ClickException(
                f"there is neither a training job nor an endpoint {what} in {account.region}; "
                f"`spotmc sagemaker status{more}` lists them"
            )


def _show_endpoint(endpoint: "Endpoint", more: str, *, as_json: bool) -> None:
    from spotmc import output

    if as_json:
        output.print_json(plain(endpoint))
        return
    click.echo(f"{endpoint.name}: {endpoint.status}{f' - {endpoint.reason}' if endpoint.reason else ''}")
    click.echo(f"  {_cost(endpoint)}")
    if endpoint.status == "InService":
        click.echo(f"spotmc sagemaker invoke {endpoint.name} FILE{more}")


def _cost(endpoint: "Endpoint") -> str:
    if endpoint.memory is None:
        return "on machines of its own, which cost by the hour: `spotmc sagemaker delete` ends that"
    return f"serverless, {endpoint.memory:,} MB, {endpoint.concurrency} requests at a time; costs while it is asked"


def plain(endpoint: "Endpoint") -> dict[str, Any]:
    """For a script."""
    return {
        "endpoint": endpoint.name,
        "status": endpoint.status,
        "reason": endpoint.reason,
        "memory_mb": endpoint.memory,
        "concurrency": endpoint.concurrency,
        "created": endpoint.created.isoformat(),
    }


def _list(account: "Account", stack: str, *, as_json: bool) -> None:
    from deployment import endpoints, training_jobs
    from spotmc import output
    from spotmc.sagemaker import waiting

    jobs = training_jobs.training_jobs_of(account, stack)
    running = set(training_jobs.running_jobs_of(account, stack))
    found = [each for name in endpoints.endpoints_of(account, stack) if (each := endpoints.describe(account, name))]
    if as_json:
        told = [waiting.plain(job, None) for job in jobs]
        output.print_json({"jobs": told, "running": sorted(running), "endpoints": [plain(each) for each in found]})
        return
    if not jobs and not running and not found:
        click.echo(
            f"The stack {stack} has no training jobs and no endpoints in {account.region}; `spotmc sagemaker train` "
            "starts a job"
        )
        return
    if jobs:
        _print_jobs(jobs)
    if found:
        _print_endpoints(found)
    hourly = [each.name for each in found if each.memory is None]
    costs = [*(f"the job {name}" for name in sorted(running)), *(f"the endpoint {name}" for name in hourly)]
    click.echo(
        f"These cost something as long as they run: {', '.join(costs)}"
        if costs
        else "No job runs, and no endpoint costs anything while it is not asked."
    )


def _print_jobs(jobs: "list[TrainingJob]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Training jobs", title_justify="left")
    for heading in ("name", "work", "status", "begun, UTC", "seconds charged"):
        table.add_column(heading, justify="right" if heading == "seconds charged" else "left")
    for job in jobs:
        status = job.status if job.step == job.status else f"{job.status}, {job.step}"
        billed = "" if job.billed is None else f"{job.billed:,}"
        table.add_row(job.name, job.hyperparameters.get("work", ""), status, f"{job.created:%Y-%m-%d %H:%M}", billed)
    Console(width=200).print(table)


def _print_endpoints(found: "list[Endpoint]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Endpoints", title_justify="left")
    for heading in ("name", "status", "what it costs"):
        table.add_column(heading)
    for each in found:
        table.add_row(each.name, each.status, _cost(each))
    Console(width=200).print(table)
