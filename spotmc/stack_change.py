"""Changing a stack in an account, and showing a person how it goes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.stack import Deployed


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
    from deployment.launch_troubles import LaunchTroubles
    from deployment.stack import find
    from spotmc.stack_events import watch

    click.echo(f"The stack {name} is in the middle of something: {deployed.status}", err=True)
    troubles = None if deployed.status.startswith("DELETE") else LaunchTroubles(account, name)
    watch(account.cloudformation, name, deployed.id, begun(account.cloudformation, deployed.id), troubles)
    return find(account.cloudformation, name)


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
    from deployment.launch_troubles import LaunchTroubles
    from spotmc.stack_events import watch
    from spotmc.stack_machines import machines_spared, renew, workers_of

    client = account.cloudformation
    if before and (workers := workers_of(account, before)):
        workers.resume()  # an earlier --drain may have been cut off
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
        if before:
            renew(account, before, None, workstation=False)  # nobody may have seen the last update to its end
        return
    with machines_spared(account, given, before, drain=drain):
        after = newest(client, proposed.stack_id)
        stack.execute(client, proposed)
        watch(client, name, proposed.stack_id, after, LaunchTroubles(account, name))


def delete(account: "Account", name: str, deployed: "Deployed") -> None:
    """Delete a stack, and show how it goes.

    Raises:
        click.ClickException: something in it cannot be deleted.
    """
    from deployment import orphans, stack
    from deployment.events import begun, newest
    from deployment.scaling_group import ScalingGroup
    from spotmc.stack_events import watch

    for group in orphans.groups(account.autoscaling, name):  # CloudFormation would wait for its protected machines
        for machines in ScalingGroup(account.autoscaling, group).emptied():
            click.echo(f"Ending the machines of {group}: {machines:,}", err=True)
    if deployed.status == "DELETE_IN_PROGRESS":
        after = begun(account.cloudformation, deployed.id)
    else:
        after = newest(account.cloudformation, deployed.id)
        stack.delete(account.cloudformation, deployed.id)
    watch(account.cloudformation, name, deployed.id, after)
