"""``spotmc deploy``: all that the fleet needs in an AWS account as one stack, or the changes to it."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spotmc import options
from spotmc.publish import learning_option
from spotmc.stack_machines import SECRET

if TYPE_CHECKING:
    from cloudformation.template import Stack
    from deployment.account import Account
    from deployment.artefacts import Published
    from deployment.stack import Deployed

# For resolving the templates before the real ones are known.
_STAND_INS = {SECRET: "x" * 12, "ArtefactBucket": "to-be-created", "ArtefactPrefix": "to-be-published"}

_ON_MACHINES = ("SpotFleet", "AutoScalingGroup")

# What a person says by an option, or the command finds out.
_NOT_TO_SET = {
    SECRET: "the password is asked for, or read with --password-stdin; it is never an argument",
    "ArtefactBucket": "the bucket for wheels and templates is given with --bucket",
    "ArtefactPrefix": "the folder of what is published is named by its content",
    **dict.fromkeys(("BatchImageTag", "ResearchImageTag", "TraderImageTag"), "an image's tag is made of its content"),
}

# Parameters that mean something only where the workers are on one of these.
_ONLY_ON = {
    **dict.fromkeys(("MaxWorkers", "MaxDollarsPerHour", "ScaleOutMessages", "IdleExitMinutes"), _ON_MACHINES),
    **dict.fromkeys(("MachineDollarsPerHour", "OnDemandPercent"), ("AutoScalingGroup",)),
    **dict.fromkeys(("BatchProcessor", "BatchInstanceTypes", "BatchMaxVcpus"), ("Batch",)),
}
_ONLY_WITH_RESEARCH = ("QueryGigabytes", "ResearchNotebook")


def _settings(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if why := _NOT_TO_SET.get(name):
            raise click.BadParameter(why)
        if not (name and equals):
            raise click.BadParameter(f"must be NAME=VALUE, such as JupyterPort=8443, not {each!r}")
        if pairs.setdefault(name, value) != value:
            raise click.BadParameter(f"{name} is given twice, as {pairs[name]} and as {value}")
    return pairs


@click.command()
@options.region
@options.stack_name
@click.option("--allowed-cidr", metavar="RANGE", help="Addresses that reach the web UI; yours alone: <address>/32.")
@click.option("--key-name", metavar="KEY", help="EC2 key pair for SSH; without one, Session Manager logs in.")
@click.option("--max-workers", type=options.Whole(), help="The fleet never grows beyond so many machines.")
@click.option("--set", "settings", metavar="NAME=VALUE", multiple=True, callback=_settings, help="Any other parameter.")
@click.option("--bucket", help="Of yours, for wheels and templates.  [default: one is created]")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
@click.option(
    "--batch", is_flag=True, help="Workers on AWS Batch; builds their image with docker or podman, pushes it."
)
@click.option(
    "--research",
    is_flag=True,
    help="Add what trains and serves with SageMaker, and tables for Athena; builds and pushes their image.",
)
@click.option(
    "--trader",
    metavar="NAME",
    help="Run a trader on paper that `spotmc trader create` made in the stack's bucket; builds and pushes its image.",
)
@learning_option
@click.option("--drain", is_flag=True, help="Let workers finish all work before an update ends or outdates them.")
@click.option("--skip-checks", is_flag=True, help="Go on although a check says that deploying is bound to fail.")
@click.option("--dry-run", is_flag=True, help="Only say what would be created and what it costs; AWS is not asked.")
@click.option("--yes", is_flag=True, help="Do not ask whether to go ahead.")
def command(
    *,
    region: str | None,
    name: str,
    allowed_cidr: str | None,
    key_name: str | None,
    max_workers: int | None,
    settings: dict[str, str],
    bucket: str | None,
    password_stdin: bool,
    batch: bool,
    research: bool,
    trader: str | None,
    learning: bool,
    drain: bool,
    skip_checks: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Create the queue, the bucket, the workstation and the worker fleet as one stack, or change that stack.

    What is not given stays as it is.  An interrupted deployment goes on when the command is given again.
    """
    from deployment import image
    from deployment.account import Account
    from deployment.group_price import price_for_each
    from deployment.machine_types import WORKER_VCPUS
    from deployment.preflight import problem_with_bucket, problem_with_name
    from deployment.service_roles import create_missing, roles_of
    from deployment.stack import Step, next_step
    from spotmc.errors import as_click_errors
    from spotmc.publish import collected
    from spotmc.stack_change import change, delete, say_who, settled
    from spotmc.stack_description import describe
    from spotmc.stack_images import Images, types_on_batch
    from spotmc.stack_machines import known_parameters
    from spotmc.stack_trader import begin, has_to_wait, is_to_run

    if problem := problem_with_name(name):
        raise click.UsageError(f"--name {problem}")
    if bucket and (problem := problem_with_bucket(bucket)):
        raise click.UsageError(f"--bucket {problem}")
    options_given = {"AllowedCidr": allowed_cidr, "KeyName": key_name, "MaxWorkers": max_workers, "Trader": trader}
    by_options = {parameter: str(value) for parameter, value in options_given.items() if value is not None}
    if batch:
        by_options["WorkersOn"] = "Batch"
    if research:
        by_options["Research"] = "yes"
    for parameter, value in by_options.items():
        if settings.get(parameter, value) != value:
            raise click.UsageError(f"{parameter} is given twice, as {value} by its option and as {settings[parameter]}")
    given = by_options | settings
    if max_workers is not None:
        given = {"BatchMaxVcpus": str(WORKER_VCPUS * max_workers), **given}
    if trader:
        given = {"TraderRuns": "yes", **given}
    with as_click_errors():
        if dry_run:
            given |= price_for_each(given, {})
            own = {"ArtefactBucket": bucket} if bucket else {}
            stack = resolved({**given, **own}, region or "us-east-1", name)
            say_what_is_idle(settings, stack)
            describe(stack, name)
            return
        account = Account.connect(region)
        say_who(account)
        deployed = settled(account, name)
        step = next_step(name, deployed)
        before = deployed if step is Step.UPDATE else None
        known = known_parameters(before)
        if batch and known.get("WorkersOn") != "Batch":
            given = {"BatchProcessor": image.processor_here(), **given}
        share = price_for_each(given, known)
        given |= share
        stack = resolved({**known, **given}, account.region, name)
        say_what_is_idle(settings, stack)
        if known.get("Research") == "yes" != stack.parameters["Research"]:
            click.echo(
                "SageMaker's jobs and endpoints lose their roles and their image; end them before, with "
                "`spotmc sagemaker stop` and `delete`.",
                err=True,
            )
        trader, earlier = str(stack.parameters["Trader"]), known.get("Trader")
        if earlier and earlier != trader:
            click.echo(
                f"The trader {earlier} is told to end. Its positions and open orders stay at the broker; "
                f"`spotmc trader kill {earlier}`, before, cancels the orders.",
                err=True,
            )
        for parameter, value in share.items():
            if known.get(parameter, value) != value:
                click.echo(f"{parameter} becomes {value}, which is MaxDollarsPerHour / MaxWorkers", err=True)
        if (chosen := types_on_batch(account, stack, known, given)) is not None:
            given = {**given, "BatchInstanceTypes": chosen}
            stack = resolved({**known, **given}, account.region, name)
        images = Images.of(stack)
        bucket = artefact_bucket(account, name, bucket, before)
        check(account, stack, skip=skip_checks, new=None if deployed else name, before=before)
        if before is None:
            describe(stack, name)
        if not yes:
            confirm(account, name, before)
        if before is None or password_stdin:
            given[SECRET] = password(password_stdin)
        create_missing(account.iam, roles_of(stack))
        if deployed and step is Step.DELETE:
            click.echo(f"Deleting what an earlier attempt left: {deployed.status}", err=True)
            delete(account, name, deployed)
        with collected(learning=learning) as folder:
            artefacts = published(account, name, bucket, folder)
            with images.collected(artefacts.name, folder) as tags:
                given |= artefacts.parameters | tags
                images.push_ahead(account, before)
                later = is_to_run(stack) and bool(has_to_wait(account, before, name, trader))
                at_first = given | ({"TraderRuns": "no"} if later else {})
                change(account, name, at_first, artefacts.template_url, before, drain=drain)
                let_zones_be(account, name)
                images.push(account, launched(account, name))
        if later:
            begin(account, name, trader)
        retire(account, name, bucket, before)
        if before and SECRET in given:
            click.echo(
                "The workstation asks for the new password once it is replaced: end its machine in EC2.", err=True
            )
        report(account, name)


def resolved(given: Mapping[str, str], region: str, name: str) -> "Stack":
    """The stack as it would be.

    Raises:
        click.UsageError: a parameter is missing, unknown or not allowed.
    """
    from cloudformation.template import PARENT, TemplateError, read, resolve

    if "AllowedCidr" not in given:
        raise click.UsageError(
            "--allowed-cidr is missing: the addresses that may reach the web UI; yours alone is <your address>/32"
        )
    try:
        return resolve(read(PARENT), {**_STAND_INS, **given}, region=region, stack_name=name)
    except TemplateError as error:
        raise click.UsageError(str(error)) from error


def say_what_is_idle(settings: Mapping[str, str], stack: "Stack") -> None:
    """Name what was set and does nothing in this variant."""
    on = str(stack.parameters["WorkersOn"])
    for parameter in settings:
        if on not in (only := _ONLY_ON.get(parameter, (on,))):
            click.echo(f"{parameter} has no effect with WorkersOn {on}, only with {' or '.join(only)}", err=True)
        if parameter in _ONLY_WITH_RESEARCH and stack.parameters["Research"] != "yes":
            click.echo(f"{parameter} has no effect without --research", err=True)
        if parameter == "TraderRuns" and not stack.parameters["Trader"]:
            click.echo(f"{parameter} has no effect without --trader", err=True)


def check(account: "Account", stack: "Stack", *, skip: bool, new: str | None, before: "Deployed | None") -> None:
    """
    Args:
        account: Where.
        stack: As it would be.
        skip: Go on whatever is found.
        new: Name of the stack, where there is nothing of it yet.
        before: The stack as it is, if it is.

    Raises:
        click.ClickException: deploying is bound to fail.
    """
    from deployment.preflight import findings_of

    findings = findings_of(account, stack, new=new, bucket=before.outputs.get("BucketName") if before else None)
    for finding in findings:
        click.echo(f"  {finding.mark}: {finding.what}", err=True)
    if not skip and (fatal := [finding.what for finding in findings if finding.fatal]):
        raise click.ClickException(f"nothing was created: {'; '.join(fatal)}; if that is wrong, give --skip-checks")


def confirm(account: "Account", name: str, before: "Deployed | None") -> None:
    """
    Raises:
        click.Abort: the person does not want it.
    """
    if before is None:
        click.confirm(f"Create the stack {name} in {account.region}?", abort=True)
        return
    click.echo(
        "A new program, a new machine image and most parameters replace machines. A Spot Fleet of workers is replaced "
        "only when it has none; those of a group go on with the old program until they find no more work. What is only "
        "on the workstation's disk is lost."
    )
    click.confirm(f"Change the stack {name} in {account.region}?", abort=True)


def password(from_stdin: bool) -> str:
    """
    Raises:
        click.UsageError: it is too short or too long; it is not repeated in the message.
    """
    from cloudformation.template import PARENT, read

    if from_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    else:
        given = click.prompt("Password for the web UI and Jupyter", hide_input=True, confirmation_prompt=True)
    declared = read(PARENT)["Parameters"][SECRET]
    if not declared["MinLength"] <= len(given) <= declared["MaxLength"]:
        raise click.UsageError(
            f"the password must have {declared['MinLength']} to {declared['MaxLength']} characters, not {len(given)}"
        )
    return str(given)


def artefact_bucket(account: "Account", name: str, given: str | None, before: "Deployed | None") -> str:
    """The bucket for wheels and templates: the one that is named, or used already, or one of the stack's own.

    Raises:
        DeploymentError: somebody else has it, or it is in another region.
        click.ClickException: the one that is named is not there.
    """
    from deployment.artefacts import bucket_is_there, own_bucket

    own = own_bucket(name, account.caller.account, account.region)
    bucket = given or (before.parameters["ArtefactBucket"] if before else own)
    if not bucket_is_there(account.s3, bucket, account.region, account.caller.account) and bucket != own:
        raise click.ClickException(f"there is no bucket {bucket}; create it, or leave --bucket out")
    return bucket


def published(account: "Account", name: str, bucket: str, folder: Path) -> "Published":
    """The artefacts in the bucket, which is created where it is not there."""
    from deployment.artefacts import bucket_is_there, create_bucket
    from deployment.stack import TAG
    from spotmc.publish import publish

    if not bucket_is_there(account.s3, bucket, account.region, account.caller.account):
        create_bucket(account.s3, bucket, account.region, {TAG: name})
    return publish(account, bucket, folder)


def retire(account: "Account", name: str, bucket: str, before: "Deployed | None") -> None:
    """Delete artefacts of the stack's own bucket that neither it, nor it as it was before, nor another stack uses."""
    from deployment import artefacts
    from deployment.account import DeploymentError

    if bucket != artefacts.own_bucket(name, account.caller.account, account.region):
        return
    try:
        keep = artefacts.used_by_stacks(account.cloudformation, bucket)
        if before and before.parameters["ArtefactBucket"] == bucket:
            keep.add(before.parameters["ArtefactPrefix"])
        if count := artefacts.retire(account.s3, bucket, keep=keep, now=datetime.now(UTC)):
            click.echo(f"Deleted {count} files of older versions from the bucket {bucket}", err=True)
    except DeploymentError as error:  # the stack is there all the same
        click.echo(f"Old versions stay in the bucket {bucket}: {error}", err=True)


def let_zones_be(account: "Account", name: str) -> None:
    """Have a group of workers start no machine to balance its zones."""
    from deployment.account import DeploymentError
    from deployment.scaling_group import WorkerGroup
    from deployment.workers import workers_of

    workers = workers_of(account, launched(account, name))
    if isinstance(workers, WorkerGroup):
        try:
            workers.let_zones_be()
        except DeploymentError as error:  # the stack is there all the same
            click.echo(f"The group may start machines that find no work: {error}", err=True)


def launched(account: "Account", name: str) -> "Deployed":
    """The stack, as it is now."""
    from deployment.stack import find

    deployed = find(account.cloudformation, name)
    if deployed is None:
        raise click.ClickException(f"the stack {name} is gone: somebody else deleted it")
    return deployed


def report(account: "Account", name: str) -> None:
    """Print the addresses, and what the command on this machine needs to submit jobs."""
    deployed = launched(account, name)
    for output, value in deployed.outputs.items():
        click.echo(f"{output} = {value}")
    click.echo(
        "To submit jobs from here:\n"
        f"  export AWS_REGION={account.region} SPOTMC_BUCKET={deployed.outputs['BucketName']} "
        f"SPOTMC_QUEUE_URL={deployed.outputs['WorkQueueUrl']}"
    )
