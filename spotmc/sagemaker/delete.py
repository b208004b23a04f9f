"""``spotmc sagemaker delete``: an endpoint with what it is made of, or what a job has left."""

from typing import TYPE_CHECKING

import click

from spotmc import options
from spotmc.sagemaker.stack import account_for, same_options, stack_name

if TYPE_CHECKING:
    from deployment.account import Account


@click.command()
@click.argument("what", metavar="NAME")
@options.region
@stack_name
@click.option("--results", is_flag=True, help="Also what the training job of that name has left in the bucket.")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@click.option("--yes", is_flag=True, help="Do not ask whether to go ahead.")
def command(*, what: str, region: str | None, stack_name: str, results: bool, dry_run: bool, yes: bool) -> None:
    """Delete the endpoint NAME, its configuration and its model; what an interruption left is deleted the next time."""
    from deployment import endpoints
    from deployment.bucket_deletion import delete_folder
    from fleet.keys import sagemaker_folder
    from spotmc.errors import as_click_errors

    with as_click_errors():
        account, more = account_for(region, stack_name), same_options(region, stack_name)
        bucket = _bucket_of(account, stack_name) if results else ""
        if results:
            _require_ended(account, what, more)
        click.echo("\n".join(_announcement(account, what, stack_name, bucket)), err=True)
        if dry_run:
            return
        if not yes:
            click.confirm("Delete this?", abort=True, err=True)
        deleted = endpoints.delete_endpoint(account, what, stack_name)
        if bucket and (objects := delete_folder(account.s3, bucket, sagemaker_folder(what))):
            deleted.append(f"{objects:,} objects in s3://{bucket}/{sagemaker_folder(what)}")
    for each in deleted:
        click.echo(f"Deleted {each}")
    if not deleted:
        click.echo(f"There is nothing of {what} (any more).")


def _announcement(account: "Account", name: str, stack: str, bucket: str) -> list[str]:
    """What will be deleted.

    Raises:
        click.ClickException: the endpoint is of something else.
    """
    from deployment import endpoints
    from fleet.keys import sagemaker_folder

    found = endpoints.describe(account, name)
    if found and found.stack != stack:
        raise click.ClickException(f"the endpoint {name} is not of the stack {stack}, and stays; give its --name")
    if found:
        models = "".join(f", the model {model}" for model in found.models)
        lines = [f"This deletes the endpoint {name} ({found.status}), its configuration {found.config}{models}."]
    else:
        lines = [f"There is no endpoint {name}; this deletes a configuration and a model of that name, if there are."]
    return lines + ([f"It deletes all that is in s3://{bucket}/{sagemaker_folder(name)}."] if bucket else [])


def _bucket_of(account: "Account", stack: str) -> str:
    """
    Raises:
        click.ClickException: there is no such stack.
    """
    from deployment.stack import find

    deployed = find(account.cloudformation, stack)
    if deployed is None or not deployed.ours or "BucketName" not in deployed.outputs:
        raise click.ClickException(f"there is no stack {stack} with a bucket in {account.region}: leave out --results")
    return deployed.outputs["BucketName"]


def _require_ended(account: "Account", name: str, more: str) -> None:
    """
    Raises:
        click.ClickException: the job goes on, and would write what is deleted again.
    """
    from deployment.training_jobs import describe

    if (job := describe(account, name)) and job.unfinished:
        raise click.ClickException(f"{name} goes on: `spotmc sagemaker stop {name}{more}` it first")
