"""The stack that a subcommand of ``spotmc sagemaker`` is about."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.research import Research
    from deployment.training_jobs import TrainingJob

stack_name = click.option("--name", "stack_name", default="spotmc", help="Of the stack.")


def account_for(region: str | None, stack: str) -> "Account":
    """
    Raises:
        click.UsageError: no stack may be called that.
        AccountError: there is no region.
    """
    from deployment.account import Account
    from deployment.preflight import problem_with_name

    if problem := problem_with_name(stack):
        raise click.UsageError(f"--name {problem}")
    return Account.connect(region)


def of_stack(region: str | None, stack: str) -> "tuple[Account, Research]":
    """
    Raises:
        click.UsageError, AccountError: as ``account_for``.
        DeploymentError: the stack has no part for SageMaker.
    """
    from deployment.research import research_of

    account = account_for(region, stack)
    return account, research_of(account, stack)


def job_named(account: "Account", job: str, more: str) -> "TrainingJob":
    """How a training job stands.

    Args:
        account, job: Where, and its name.
        more: From ``same_options``.

    Raises:
        click.ClickException: there is none.
        DeploymentError: AWS does not tell.
    """
    from deployment import training_jobs

    now = training_jobs.describe(account, job)
    if now is None:
        raise click.ClickException(
            f"there is no training job {job} in {account.region}; `spotmc sagemaker status{more}` lists them"
        )
    return now


def same_options(region: str | None, stack: str) -> str:
    """Options of another subcommand that is about the same stack, as one types them."""
    where = f" --region {region}" if region else ""
    return where + (f" --name {stack}" if stack != "spotmc" else "")
