"""``spotmc destroy``: the stack and all that belongs to it, away."""

from typing import TYPE_CHECKING

import click

from spotmc import options

if TYPE_CHECKING:
    from fleet.deployment.account import Account
    from fleet.deployment.stack import Deployed


@click.command()
@options.region
@options.stack_name
@click.option("--keep-results", is_flag=True, help="Keep the bucket with jobs and results.")
@click.option("--yes", is_flag=True, help="Do not ask whether to go ahead.")
def command(*, region: str | None, name: str, keep_results: bool, yes: bool) -> None:
    """Delete the stack, its buckets with all that is in them, and whatever else carries its tag.

    An interrupted deletion goes on when the command is given again.
    """
    from fleet.deployment import orphans
    from fleet.deployment.account import Account
    from fleet.deployment.artefacts import own_bucket
    from fleet.deployment.emptying import delete_bucket
    from fleet.deployment.stack import find
    from spotmc.errors import told_to_the_person
    from spotmc.stack_change import delete, say_who

    with told_to_the_person():
        account = Account.connect(region)
        say_who(account)
        deployed = find(account.cloudformation, name)
        if deployed and not deployed.ours:
            raise click.ClickException(f"the stack {name} is of something else, and stays")
        results = deployed.outputs.get("BucketName") if deployed else None
        buckets = {orphan.id for orphan in orphans.find(account, name) if orphan.kind == "bucket"}
        buckets |= {results} if results else set()
        kept = buckets - {own_bucket(name, account.caller.account, account.region)} if keep_results else set()
        click.echo(announcement(name, deployed, sorted(buckets - kept), sorted(kept)))
        if not yes:
            click.confirm("Delete all this?", abort=True)
        if deployed:
            delete(account, name, deployed)
        for bucket in sorted(buckets - kept):
            click.echo(f"Deleted the bucket {bucket} with {delete_bucket(account.s3, bucket):,} objects", err=True)
        sweep(account, name, kept)


def announcement(name: str, deployed: "Deployed | None", buckets: list[str], kept: list[str]) -> str:
    """What will be deleted, and what will not."""
    lines = [f"This deletes for ever what the stack {name} is made of:"]
    if deployed:
        lines.append(f"  the stack ({deployed.status}) with its queue, machines, roles, network and logs")
    lines += [f"  the bucket {bucket} with all that is in it" for bucket in buckets]
    lines.append(f"  machines, disks and logs elsewhere in this region that carry its tag, spotmc:stack={name}")
    if not deployed:
        lines.append("There is no stack of that name (any more).")
    return "\n".join(lines + [f"It keeps the bucket {bucket}." for bucket in kept])


def sweep(account: "Account", name: str, kept: set[str]) -> None:
    """End what is left and costs money, and say what remains."""
    from fleet.deployment import orphans

    left = orphans.find(account, name)
    orphans.end(account, left)
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
