"""``spotmc sagemaker train``: a backtest, a simulation, a sweep or a training as a training job of SageMaker."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from spotmc import experiment_options as asked
from spotmc import options
from spotmc.sagemaker.wanted import BACKTEST, SIMULATE, SWEEP, TRAIN

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.training_request import TrainingRequest
    from spotmc.sagemaker.wanted import Wanted

INSTANCE_TYPE = "ml.m5.large"
_ON_AWS = ("region", "stack_name", "job_name", "instance_type", "spot", "max_hours", "dry_run", "wait")
MOST_HOURS = 28 * 24  # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html

_OF_A_JOB = (
    options.region,
    click.option("--name", "stack_name", default="spotmc", help="Of the stack."),
    click.option("--job-name", help="Of the training job.  [default: stack, work and time]"),
    click.option("--instance-type", default=INSTANCE_TYPE, help="Machine, of 64-bit x86."),
    click.option("--spot/--on-demand", default=True, help="On Spot capacity, with checkpoints, or not."),
    click.option(
        "--max-hours",
        type=options.NumberFrom(0.02, MOST_HOURS),
        default=1.0,
        help="It is stopped after so many, which limits the cost.",
    ),
    click.option("--local", is_flag=True, help="Run the container's programs on this machine instead, without AWS."),
    click.option("--out", type=options.Folder(), help="Of --local: folder for the results.  [default: the job's id]"),
    options.overwrite,
    click.option("--dry-run", is_flag=True, help="Print the request, and what it costs at most, and start nothing."),
    click.option("--wait", is_flag=True, help="Wait until it has ended, and print its metrics; fails if it did."),
    click.option("--yes", is_flag=True, help="Do not ask whether to go ahead."),
    options.as_json,
)


@click.group()
def command() -> None:
    """Do on SageMaker what `spotmc backtest`, `run`, `sweep` and `train` do here, with the same options.

    What can be known is checked before: then the prices are put into the stack's bucket, and the job is started.
    """


def _add(work: str, asks: Sequence[asked.Options], text: str, *more: Callable[[Any], Any]) -> None:
    def act(**given: Any) -> None:
        _run(work, given)

    for option in reversed((*more, *_OF_A_JOB)):
        act = option(act)
    command.command(work, cls=asked.ExperimentCommand, asks=asks, help=text)(act)


_NAME = click.option("--model-name", "model_name", default="forecast", help="What the model is called.")
_PATHS = (asked.path_options, asked.simulation_options)
_add(
    BACKTEST,
    (asked.price_options, asked.strategy_options, asked.rules_options),
    "Trade a strategy on the real price history, as `spotmc backtest` does.",
)
_add(
    SIMULATE,
    (asked.price_options, asked.strategy_options, *_PATHS, asked.rules_options),
    "Simulate a job, as `spotmc run` does.",
)
_add(
    SWEEP,
    (
        asked.price_options,
        asked.varied_strategy_options,
        asked.path_options,
        asked.no_precision_option,
        asked.rules_options,
    ),
    "Compare combinations of parameters, as `spotmc sweep` does.",
)
_add(
    TRAIN,
    (asked.price_options, asked.training_options),
    "Train a model on the first part of a history, and judge it on the rest, as `spotmc train` does.",
    _NAME,
)


def _run(work: str, given: dict[str, Any]) -> None:
    from spotmc import output
    from spotmc.errors import as_click_errors
    from spotmc.sagemaker.folders import seed_begun
    from spotmc.sagemaker.local import train_here
    from spotmc.sagemaker.wanted import wanted

    local, out, overwrite, as_json = (given[name] for name in ("local", "out", "overwrite", "as_json"))
    if local and (only_there := _given_for_aws()):
        raise click.UsageError(f"only a job on AWS has {', '.join(only_there)}: leave that out of --local")
    if not local and (out is not None or overwrite):
        raise click.UsageError("--out and --overwrite are of --local; `spotmc sagemaker fetch` fetches what a job left")
    if local and out is not None and not overwrite and given.get("seed", 0) is None:
        given["seed"] = seed_begun(out)
    with as_click_errors():
        asked_for = wanted(work, given | {"name": given.get("model_name")})
        if local:  # whose program says what is doubtful
            train_here(asked_for, out=out, overwrite=overwrite, as_json=as_json)
            return
        output.print_warnings(asked_for.warnings)
        _start(asked_for, given)


def _given_for_aws() -> list[str]:
    """Options of the command line that mean something on AWS only."""
    context = click.get_current_context()
    typed = [each for each in context.command.params if each.name in _ON_AWS]
    typed = [each for each in typed if context.get_parameter_source(each.name or "") is ParameterSource.COMMANDLINE]
    return ["/".join((*each.opts, *each.secondary_opts)) for each in typed]


def _start(asked_for: "Wanted", given: dict[str, Any]) -> None:
    """
    Raises:
        DeploymentError, BucketError: it is not started.
        click.ClickException: it did not end well.
    """
    from deployment import training_jobs
    from fleet.bucket import Bucket
    from spotmc import output
    from spotmc.sagemaker.stack import of_stack, same_options
    from spotmc.sagemaker.waiting import wait_for_job

    account, research = of_stack(given["region"], given["stack_name"])
    request = _request(asked_for, given, research.stack)
    asked_of_aws = request.to_dict(research)
    if training_jobs.describe(account, request.name):
        raise click.UsageError(f"--job-name {request.name} is that of a job already: give another, or none")
    cost = most_cost(account, request)
    if given["dry_run"]:
        output.print_json(asked_of_aws)
        click.echo(f"Nothing is started. {cost}", err=True)
        return
    click.echo(f"This starts the training job {request.name}. {cost}", err=True)
    if not given["yes"]:
        click.confirm("Start it?", abort=True, err=True)
    bucket = Bucket(account.s3, research.bucket)
    for key, content in asked_for.objects(request.name).items():
        bucket.put(key, content)
    training_jobs.start(account, asked_of_aws)
    more = same_options(given["region"], research.stack)
    click.echo(f"Started {request.name}, which is the job {asked_for.job.id}", err=True)
    if given["wait"]:
        wait_for_job(account, request.name, more, as_json=given["as_json"])
    elif given["as_json"]:
        output.print_json({"training_job": request.name, "job_id": asked_for.job.id})
    else:
        click.echo(f"spotmc sagemaker status {request.name}{more}")


def _request(asked_for: "Wanted", given: dict[str, Any], stack: str) -> "TrainingRequest":
    """
    Raises:
        click.UsageError: the job cannot be called that, or there is no machine of that type.
    """
    from container.metrics import definitions
    from deployment.named_by_stack import name_problem
    from deployment.training_request import TrainingRequest

    # Of several that a script starts within a second, each has a name of its own.
    name = given["job_name"] or f"{stack}-{asked_for.work}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(2)}"
    if problem := name_problem(name, stack):
        raise click.UsageError(f"--job-name {problem}")
    if not re.fullmatch(r"ml\.[a-z0-9-]+\.[a-z0-9]+", given["instance_type"]):
        raise click.UsageError(f"--instance-type must be one of SageMaker's, such as {INSTANCE_TYPE}")
    return TrainingRequest(
        name=name,
        hyperparameters=asked_for.hyperparameters,
        channels=asked_for.places(name),
        metrics=definitions(),
        instance_type=given["instance_type"],
        seconds=round(3600 * given["max_hours"]),
        spot=given["spot"],
    )


def most_cost(account: "Account", request: "TrainingRequest") -> str:
    """What a job costs at most, in a sentence."""
    from deployment.sagemaker_prices import DISK_GIGABYTE_HOUR, training_price
    from deployment.training_request import DISK_GIGABYTES

    price, hours = training_price(account, request.instance_type), request.seconds / 3600
    if price.dollars is None:
        return f"What an hour of {request.instance_type} costs is not known here; it may run for {_hours(hours)}."
    most = math.ceil(1000 * hours * (price.dollars + DISK_GIGABYTES * DISK_GIGABYTE_HOUR)) / 1000
    spot = "; on Spot capacity it is less, and waiting for it costs nothing" if request.spot else ""
    return (
        f"It costs ${most:.3f} at most: {_hours(hours)} of {request.instance_type} at "
        f"${price.dollars:g} an hour, and a disk{spot}. That is {price.of}. It is charged by the second, from the "
        "download on."
    )


def _hours(number: float) -> str:
    return f"{number:g} hour{'' if number == 1 else 's'}"
