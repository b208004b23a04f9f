"""Changing a stack in an account, and showing a person how it goes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.draining import Fleet
    from deployment.stack import Deployed

SECRET = "Password"  # the one parameter that CloudFormation does not tell


def say_who(account: "Account") -> None:
    """
    Raises:
        AccountError: nobody, as far as AWS is concerned.
    """
    caller = account.caller
    click.echo(f"Account {caller.account}, region {account.region}, as {caller.arn}", err=True)


def settled(account: "Account", name: str) -> "Deployed | None":
    """The stack, once nothing is being done to it any more."""
    from deployment.stack import Step, find, next_step

    deployed = find(account.cloudformation, name)
    if deployed and next_step(name, deployed) is Step.FOLLOW:
        deployed = wait_for(account, name, deployed)
    return deployed


def wait_for(account: "Account", name: str, deployed: "Deployed") -> "Deployed | None":
    """Show what is being done to the stack until it is done, and how the stack is then."""
    from deployment.events import begun
    from deployment.stack import find
    from spotmc.stack_events import watch

    click.echo(f"The stack {name} is in the middle of something: {deployed.status}", err=True)
    watch(account.cloudformation, name, deployed.id, begun(account.cloudformation, deployed.id))
    return find(account.cloudformation, name)


def worker_fleet(account: "Account", deployed: "Deployed") -> "Fleet | None":
    """The workers of a stack; None where they are on Batch."""
    from deployment.draining import Fleet
    from fleet.queue import Queue

    fleet_id, queue_url = deployed.outputs.get("WorkerFleet"), deployed.outputs.get("WorkQueueUrl")
    if not fleet_id or not queue_url:
        return None
    return Fleet(account.ec2, account.scaling, fleet_id, Queue(account.sqs, queue_url))


def known_parameters(before: "Deployed | None") -> dict[str, str]:
    """What a stack was launched with, as far as the templates still know it; its secret is not told."""
    from cloudformation.template import PARENT, read

    known = read(PARENT)["Parameters"].keys() - {SECRET}
    return {parameter: value for parameter, value in before.parameters.items() if parameter in known} if before else {}


def change(
    account: "Account",
    name: str,
    given: Mapping[str, str],
    template_url: str,
    before: "Deployed | None",
    *,
    drain: bool,
) -> None:
    """Create or change the stack by a change set, and show how it goes.

    Raises:
        click.ClickException: it failed, or the worker fleet would be ended while it works.
    """
    from cloudformation.template import PARENT, read
    from deployment import stack
    from deployment.events import newest
    from spotmc.stack_events import watch

    client = account.cloudformation
    if before and (fleet := worker_fleet(account, before)):
        fleet.resume()  # an earlier --drain may have been cut off
    proposed = stack.propose(
        client,
        name,
        "UPDATE" if before else "CREATE",
        template_url,
        stack.parameters_of(given, before, read(PARENT)["Parameters"]),
        change_set=f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S}",
    )
    if proposed is None:
        click.echo("Nothing is to be changed.", err=True)
        return
    with machines_spared(account, given, before, drain=drain):
        after = newest(client, proposed.stack_id)
        stack.execute(client, proposed)
        watch(client, name, proposed.stack_id, after)


@contextmanager
def machines_spared(
    account: "Account", given: Mapping[str, str], before: "Deployed | None", *, drain: bool
) -> Iterator[None]:
    """See to it that an update in this context ends no worker that is at work.

    The fleet follows the queue again when draining is given up and when the update is over; not when a person stops
    watching the update, which goes on without them and would end what starts meanwhile.

    Raises:
        click.ClickException: it would; nothing has been changed.
    """
    from deployment.draining import refusal
    from deployment.replacement import has_new_images, replaced
    from deployment.stack import find

    if before is None:
        yield
        return
    known = known_parameters(before)
    new_images = has_new_images(account.cloudformation, account.ssm, before.id)
    ends = replaced(known, {**known, **given}, region=account.region, new_images=new_images)
    if ends.workstation:
        click.echo("The workstation is replaced: what is only on its disk is lost.", err=True)
    fleet = worker_fleet(account, before)
    if fleet is None or not ends.workers:
        yield
        return
    if not drain and (why_not := refusal(fleet.at_work())):
        raise click.ClickException(why_not)
    fleet.hold()
    try:
        for now in fleet.drained():
            click.echo(
                f"Draining: {now.machines:,} machines, {now.messages.in_flight:,} messages in flight, "
                f"{now.messages.visible:,} waiting",
                err=True,
            )
    except BaseException:
        fleet.resume()
        raise
    try:
        yield
    finally:
        after = find(account.cloudformation, before.id)
        if after and not after.status.endswith("_IN_PROGRESS"):
            fleet.resume()


def delete(account: "Account", name: str, deployed: "Deployed") -> None:
    """Delete a stack, and show how it goes.

    Raises:
        click.ClickException: something in it cannot be deleted.
    """
    from deployment import stack
    from deployment.events import begun, newest
    from spotmc.stack_events import watch

    if deployed.status == "DELETE_IN_PROGRESS":
        after = begun(account.cloudformation, deployed.id)
    else:
        after = newest(account.cloudformation, deployed.id)
        stack.delete(account.cloudformation, deployed.id)
    watch(account.cloudformation, name, deployed.id, after)
