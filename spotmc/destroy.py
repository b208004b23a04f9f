"""``spotmc destroy``: the stack and all that belongs to it, away."""

from typing import TYPE_CHECKING

import click

from spotmc import options

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.stack import Deployed

_NOTHING_TO_WAIT_FOR = {"DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS"}  # it is what we want, or was never begun


@click.command()
@options.region
@options.stack_name
@click.option("--keep-results", is_flag=True, help="Keep the bucket with jobs and results.")
@click.option("--yes", is_flag=True, help="Do not ask whether to go ahead.")
def command(*, region: str | None, name: str, keep_results: bool, yes: bool) -> None:
    """Delete the stack, its buckets with all that is in them, and whatever else carries its tag.

    An interrupted deletion goes on when the command is given again.
    """
    from deployment import orphans
    from deployment.account import Account
    from deployment.bucket_deletion import delete_bucket
    from deployment.preflight import problem_with_name
    from deployment.stack import find
    from spotmc.errors import as_click_errors
    from spotmc.stack_change import delete, say_who, wait_for

    if problem := problem_with_name(name):
        raise click.UsageError(f"--name {problem}")
    with as_click_errors():
        account = Account.connect(region)
        say_who(account)
        deployed = find(account.cloudformation, name)
        if deployed and not deployed.ours:
            raise click.ClickException(f"the stack {name} is of something else, and stays")
        if deployed and deployed.status.endswith("_IN_PROGRESS") and deployed.status not in _NOTHING_TO_WAIT_FOR:
            deployed = wait_for(account, name, deployed)
        buckets, kept = buckets_of(account, name, deployed, keep_results=keep_results)
        click.echo(announcement(name, deployed, sorted(buckets), sorted(kept)))
        if not yes:
            click.confirm("Delete all this?", abort=True)
        if deployed:
            end_research(account, name, deployed)
            try:
                delete(account, name, deployed)
            except click.ClickException:
                orphans.end_machines(account, orphans.find(account, name))  # which may be what is in the way
                raise
        for bucket in sorted(buckets):
            click.echo(f"Deleted the bucket {bucket} with {delete_bucket(account.s3, bucket):,} objects", err=True)
        sweep(account, name, kept)


def buckets_of(
    account: "Account", name: str, deployed: "Deployed | None", *, keep_results: bool
) -> tuple[set[str], set[str]]:
    """Names of the buckets to delete, and of those to keep."""
    from deployment import orphans
    from deployment.artefacts import bucket_is_there, own_bucket

    own = own_bucket(name, account.caller.account, account.region)
    artefacts = {own} if bucket_is_there(account.s3, own, account.region, account.caller.account) else set()
    results = {deployed.outputs["BucketName"]} if deployed and "BucketName" in deployed.outputs else set()
    found = {orphan.id for orphan in orphans.find(account, name) if orphan.kind == "bucket"} | artefacts | results
    if keep_results:
        kept = found - artefacts
    elif results:  # what else carries the tag was kept when an earlier stack of that name was destroyed
        kept = found - artefacts - results
    else:
        kept = set()
    return found - kept, kept


def announcement(name: str, deployed: "Deployed | None", buckets: list[str], kept: list[str]) -> str:
    """What will be deleted, and what will not."""
    lines = [f"This deletes for ever what the stack {name} is made of:"]
    if deployed:
        lines.append(f"  the stack ({deployed.status}) with its queue, machines, roles, network and logs")
        if "ResearchImage" in deployed.outputs:
            lines.append(
                "  SageMaker's jobs that run for it, its endpoints and models, its notebook, and what they logged"
            )
        if trader := deployed.parameters.get("Trader"):
            lines.append(
                f"  the service, the image and the credentials of the trader {trader}; its positions and open orders "
                f"stay at the broker, where `spotmc trader kill {trader}`, before, cancels the orders"
            )
    lines += [f"  the bucket {bucket} with all that is in it" for bucket in buckets]
    lines.append(f"  machines, disks and logs elsewhere in this region that carry its tag, spotmc:stack={name}")
    if not deployed:
        lines.append("There is no stack of that name (any more).")
    return "\n".join(lines + [f"It keeps the bucket {bucket}." for bucket in kept])


def end_research(account: "Account", name: str, deployed: "Deployed") -> None:
    """End what people have made with SageMaker, as long as the stack has the roles that it needs to be ended.

    Raises:
        DeploymentError
    """
    from deployment import orphans, research_remains

    if "ResearchImage" not in deployed.outputs:
        return
    for kind, names in research_remains.find(account, name):
        if kind == "notebook instance":  # which is the stack's own
            continue
        research_remains.end(account, name, kind, names, lambda line: click.echo(line, err=True))
        for each in names:
            click.echo(f"Ended the {kind} {each}", err=True)
    if count := research_remains.delete_log_streams(account, name, orphans.other_stacks(account, name)):
        click.echo(f"Deleted {count:,} logs of training jobs and of the notebook", err=True)


def sweep(account: "Account", name: str, kept: set[str]) -> None:
    """End what is left and costs money, and say what remains."""
    from deployment import orphans

    left = orphans.find(account, name)
    orphans.end(account, name, left)
    ended = [orphan for orphan in left if orphan.kind not in {"bucket", "other"}]
    for orphan in ended:
        click.echo(f"Ended what was left: {orphan.kind} {orphan.id}", err=True)
    remaining = [orphan for orphan in left if orphan not in ended and orphan.id not in kept]
    if not remaining:
        click.echo("Nothing is left.")
        return
    click.echo("AWS still lists these, perhaps only for some minutes; if they stay, delete them by hand:")
    for orphan in remaining:
        click.echo(f"  {orphan.kind} {orphan.id}")
