"""``spotmc sagemaker deploy``: an endpoint that answers with what a training job has left."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spotmc import interruption, options
from spotmc.sagemaker.stack import job_named, of_stack, same_options, stack_name

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.endpoints import Endpoint, EndpointRequest
    from deployment.research import Research

_ASSUMED_MILLISECONDS, _ASSUMED_KILOBYTES = 100, 20


class _Memory(click.ParamType[int]):
    name = "MB"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        memory = options.Whole().convert(value, param, ctx)
        if memory not in range(1024, 6145, 1024):
            self.fail("must be 1024, 2048, 3072, 4096, 5120 or 6144", param, ctx)
        return memory


@click.command()
@click.argument("job", metavar="[NAME]", required=False)
@options.region
@stack_name
@click.option("--model-data", help="Such as s3://bucket/folder/model.tar.gz, in place of the NAME of a training job.")
@click.option("--endpoint", help="What it is called.  [default: the job's name]")
@click.option("--memory", type=_Memory(), default=2048, help="MB that it has.")
@click.option("--concurrency", type=options.WholeFrom(1, 200), default=5, help="Requests that it does at a time.")
@click.option("--dry-run", is_flag=True, help="Print the requests, and what it costs, and make nothing.")
@click.option("--wait/--no-wait", default=True, help="Wait until it answers, which takes minutes.")
@click.option("--yes", is_flag=True, help="Do not ask whether to go ahead.")
@click.option(
    "--local",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Serve on this machine instead, until Ctrl-C, what `train --local` left in FOLDER, or a model.tar.gz.",
)
@click.option("--port", type=options.WholeFrom(1024, 65535), help="Of --local.  [default: 8080]")
@options.as_json
def command(
    *,
    job: str | None,
    region: str | None,
    stack_name: str,
    model_data: str | None,
    endpoint: str | None,
    memory: int,
    concurrency: int,
    dry_run: bool,
    wait: bool,
    yes: bool,
    local: Path | None,
    port: int | None,
    as_json: bool,
) -> None:
    """Make a serverless endpoint of what the training job NAME has left, or have one of that name serve that instead.

    It costs while it is asked, and nothing otherwise; after a pause its first answer takes some seconds more.
    """
    from deployment import endpoints
    from spotmc import output
    from spotmc.errors import as_click_errors
    from spotmc.sagemaker.harness import PORT
    from spotmc.sagemaker.local import serve_here

    if local is not None:
        if job or model_data or endpoint or dry_run or as_json:
            raise click.UsageError("--local serves FOLDER on this machine: leave out what is for an endpoint on AWS")
        with as_click_errors():
            serve_here(local, port=port or PORT)
        return
    if port:
        raise click.UsageError("--port is of --local")
    if (job is None) == (model_data is None):
        raise click.UsageError("give the NAME of a training job, or --model-data, the address of a model.tar.gz")
    with as_click_errors():
        account, research = of_stack(region, stack_name)
        more = same_options(region, stack_name)
        address = _served(account, job, research, more) if job else _given(model_data or "", research)
        name = endpoint or job
        if not name:
            raise click.UsageError("--model-data needs --endpoint, too: what the endpoint is called")
        before = _before(account, name, stack_name)
        now = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        request = endpoints.EndpointRequest(
            name=name,
            made=f"{name[:47].rstrip('-')}-{now}" if before else name,
            model_data=address,
            memory=memory,
            concurrency=concurrency,
        )
        asked = request.to_dicts(research)
        if dry_run:
            if before:
                asked["UpdateEndpoint"] = {k: v for k, v in asked.pop("CreateEndpoint").items() if k != "Tags"}
            output.print_json(asked)
            click.echo(f"Nothing is made. {cost(request)}", err=True)
            return
        click.echo(f"This {'changes' if before else 'makes'} the endpoint {name}. {cost(request)}", err=True)
        if not yes:
            click.confirm("Go ahead?", abort=True, err=True)
        if before is None:  # what an interrupted deletion has left would be in the way
            endpoints.delete_made(account, name, (name,), stack_name)
        endpoints.deploy(account, asked, before)
        if wait:
            _wait(account, request, before, stack_name, more)
    told = f"spotmc sagemaker invoke {name} FILE{more}"
    if as_json:
        output.print_json({"endpoint": name, "status": "InService" if wait else "Creating", "invoke": told})
    else:
        click.echo(f"{told}  # FILE ends in .csv or .json" if wait else f"spotmc sagemaker status {name}{more}")


def cost(request: "EndpointRequest") -> str:
    """What it costs, in sentences."""
    from deployment.sagemaker_prices import PRICES_OF, per_million

    dollars = per_million(request.memory, _ASSUMED_MILLISECONDS, _ASSUMED_KILOBYTES)
    return (
        f"It costs nothing while it is not asked, and about ${dollars:.2f} for a million requests that take "
        f"{_ASSUMED_MILLISECONDS} milliseconds and {_ASSUMED_KILOBYTES} kB each, at example prices of {PRICES_OF}."
    )


def _served(account: "Account", job: str, research: "Research", more: str) -> str:
    """Address of what a job has left.

    Raises:
        click.ClickException: there is nothing to serve.
    """
    from deployment.training_artefacts import place_of

    now = job_named(account, job, more)
    if now.status != "Completed" or not now.artefacts:
        raise click.ClickException(f"{job} is {now.status}: only what a completed job has left can be served")
    if place_of(now.artefacts)[0] != research.bucket:
        raise click.ClickException(
            f"{job} is not of the stack {research.stack}, whose endpoints read its own bucket alone"
        )
    if now.hyperparameters.get("work", "").strip('"') == "sweep":
        raise click.ClickException(
            f"{job} is a sweep, whose best combination is partly luck: run a backtest or a simulation of the one that "
            "you choose, and deploy that"
        )
    if "rule" in now.channels:
        raise click.ClickException(
            f"{job} is of a rule of a person's own, and endpoints do not run such code: `spotmc backtest` does, where "
            "its file is"
        )
    return now.artefacts


def _given(model_data: str, research: "Research") -> str:
    """The address.

    Raises:
        DeploymentError: it is no address.
        click.UsageError: the role of endpoints may not read what lies there.
    """
    from deployment.training_artefacts import place_of

    bucket, key = place_of(model_data)
    parts = key.split("/")
    if bucket != research.bucket or parts[0] != "sagemaker" or len(parts) < 4 or parts[2] != "output":
        raise click.UsageError(
            f"--model-data must begin with s3://{research.bucket}/sagemaker/, NAME and /output/: the role of endpoints "
            "may read nothing else; copy it there"
        )
    return model_data


def _before(account: "Account", name: str, stack: str) -> "Endpoint | None":
    """The endpoint that is to be changed.

    Raises:
        click.UsageError: none may be called that.
        click.ClickException: there is one that cannot be changed.
    """
    from deployment import endpoints
    from deployment.named_by_stack import name_problem

    if problem := name_problem(name, stack):
        raise click.UsageError(f"--endpoint {problem}")
    found = endpoints.describe(account, name)
    if found is None:
        return None
    if found.stack != stack:
        raise click.ClickException(f"there is an endpoint {name} already, of something else; give another --endpoint")
    if found.changing:
        raise click.ClickException(f"the endpoint {name} is {found.status}: wait until that is done")
    if found.status != "InService" or found.memory is None:
        why = found.status if found.memory is not None else "on machines, and no such one becomes serverless"
        raise click.ClickException(
            f"the endpoint {name} is {why}: `spotmc sagemaker delete {name}` it first, or give another --endpoint"
        )
    return found


def _wait(account: "Account", request: "EndpointRequest", before: "Endpoint | None", stack: str, more: str) -> None:
    """Wait until it answers; what has failed is taken away, and what is no longer served, too.

    Raises:
        click.ClickException: it does not come to answer.
    """
    from deployment import endpoints
    from fleet.reasons import in_one_line

    name = request.name
    try:
        with interruption.raised():
            now = endpoints.wait(account, name, lambda status: click.echo(f"{name}: {status}", err=True))
    except KeyboardInterrupt:
        click.echo(f"Interrupted: {name} goes on: `spotmc sagemaker status {name}{more}` says how it stands", err=True)
        raise click.exceptions.Exit(interruption.STATUS) from None
    if now and now.status == "InService" and now.config == request.made:
        if before:
            endpoints.delete_made(account, before.config, before.models, stack)
        return
    reason = in_one_line(now.reason) if now else "somebody has deleted it"
    endpoints.take_away(account, name, request.made, stack, new=before is None)
    served = f"; it serves what it did before: {now.config}" if now and now.config != request.made else ""
    raise click.ClickException(
        f"the endpoint {name} does not answer: {reason or 'no reason given'}{served}. What was made for it is deleted; "
        f"its log is in CloudWatch, /aws/sagemaker/Endpoints/{name}"
    )
