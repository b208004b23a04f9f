"""What an update of a stack does to its machines: who is spared, who is ended, and what a person is told of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.draining import Workers
    from deployment.spot_fleet import SpotFleet
    from deployment.stack import Deployed

SECRET = "Password"  # the one parameter that CloudFormation does not tell


def workers_of(account: "Account", deployed: "Deployed") -> "Workers | None":
    """The fleet or the group of the workers of a stack; None where they are on Batch."""
    from deployment.scaling_group import WorkerGroup
    from deployment.spot_fleet import WorkerFleet
    from fleet.queue import Queue

    queue_url = deployed.outputs.get("WorkQueueUrl")
    if not queue_url:
        return None
    queue = Queue(account.sqs, queue_url)
    if fleet_id := deployed.outputs.get("WorkerFleet"):
        return WorkerFleet(account.ec2, account.scaling, fleet_id, queue)
    if name := deployed.outputs.get("WorkerGroup"):
        return WorkerGroup(account.autoscaling, name, queue)
    return None


def known_parameters(before: "Deployed | None") -> dict[str, str]:
    """What a stack was launched with, as far as the templates still know it; its secret is not told."""
    from cloudformation.template import PARENT, read

    known = read(PARENT)["Parameters"].keys() - {SECRET}
    return {parameter: value for parameter, value in before.parameters.items() if parameter in known} if before else {}


@contextmanager
def machines_spared(
    account: "Account", given: Mapping[str, str], before: "Deployed | None", *, drain: bool
) -> Iterator[None]:
    """See to it that an update in this context ends no worker that is at work, and afterwards no machine is old.

    The workers' fleet follows the queue again when draining is given up and when the update is over; not when a person
    stops watching the update, which goes on without them and would end what starts meanwhile.

    Raises:
        click.ClickException: it would end one; nothing has been changed.
    """
    from deployment.replacement import has_new_images, replaced

    if before is None:
        yield
        return
    known = known_parameters(before)
    new_images = has_new_images(account.cloudformation, account.ssm, before.id)
    ends = replaced(known, {**known, **given}, region=account.region, new_images=new_images)
    if ends.workstation:
        click.echo("The workstation is replaced: what is only on its disk is lost.", err=True)
    workers = workers_of(account, before)
    target = target_of(workers)
    if workers and (ends.workers or (ends.outdated and drain)):
        with drained(account, workers, before, drain=drain):
            yield
    else:
        if workers and ends.outdated:
            tell_outdated(workers)
        yield
    renew(account, before, target, workstation=ends.workstation)


@contextmanager
def drained(account: "Account", workers: "Workers", before: "Deployed", *, drain: bool) -> Iterator[None]:
    """No worker is there in this context, and none starts."""
    from deployment import draining
    from deployment.stack import find

    if not drain and (why_not := draining.refusal(workers.at_work())):
        raise click.ClickException(why_not)
    workers.hold()
    try:
        for now in draining.drained(workers):
            click.echo(
                f"Draining: {now.machines:,} machines, {now.messages.in_flight:,} messages in flight, "
                f"{now.messages.visible:,} waiting",
                err=True,
            )
    except BaseException:
        workers.resume()
        raise
    try:
        yield
    finally:
        after = find(account.cloudformation, before.id)
        if after and not after.status.endswith("_IN_PROGRESS"):
            workers.resume()


def tell_outdated(workers: "Workers") -> None:
    """That a group's machines go on with the old program until they leave."""
    if number := workers.at_work().machines:
        click.echo(
            f"The update ends no worker: {number:,} go on with the old program until they find no more work, and those "
            "that start from now on have the new one. --drain waits for the old ones first.",
            err=True,
        )


def target_of(workers: "Workers | None") -> int | None:
    """Of a Spot Fleet of workers."""
    from deployment.spot_fleet import WorkerFleet

    return workers.target() if isinstance(workers, WorkerFleet) else None


def renew(account: "Account", before: "Deployed", target: int | None, *, workstation: bool) -> None:
    """After an update: have no target that it has lowered, and no workstation that is older than the stack.

    Args:
        account: Where.
        before: The stack as it was.
        target: That the workers' Spot Fleet had.
        workstation: Whether a person knows that the workstation is replaced; otherwise they are told that it is old.
    """
    from deployment.spot_fleet import SpotFleet, WorkerFleet
    from deployment.stack import find

    after = find(account.cloudformation, before.id)
    if after is None or after.status.endswith("_IN_PROGRESS"):
        return
    workers = workers_of(account, after)
    if isinstance(workers, WorkerFleet) and target and workers.id == before.outputs.get("WorkerFleet"):
        found = workers.restore(target)
        if found is not None:
            click.echo(f"The update has lowered the workers' target to {found:,}; it is put back.", err=True)
    if fleet_id := after.outputs.get("WorkstationFleet"):
        renew_workstation(account, after, SpotFleet(account.ec2, fleet_id), ends=workstation)


def renew_workstation(account: "Account", deployed: "Deployed", fleet: "SpotFleet", *, ends: bool) -> None:
    """End the workstation's machine if it is of an older version than its launch template: the fleet starts another.

    Where CloudFormation has replaced the fleet, there is none such; where it has modified the fleet in place, the
    machine has stayed as it was.
    """
    from deployment.machine_versions import launch_templates, outdated
    from deployment.replacement import WORKSTATION

    templates = launch_templates(account.cloudformation, deployed.id, WORKSTATION)
    if not templates:
        return
    if fleet.target() == 0:
        click.echo("The update has lowered the workstation's target to 0; it is put back to 1.", err=True)
        fleet.set_target(1)
    for machine in outdated(account.ec2, fleet.instance_ids(), templates):
        if not ends:
            click.echo(
                f"The workstation's machine {machine} is older than the stack; end it in EC2 when nothing on its disk "
                "is wanted, and another starts.",
                err=True,
            )
            continue
        click.echo(
            f"The workstation's machine {machine} is of the old version, and is ended; another starts within minutes.",
            err=True,
        )
        end(account, machine)


def end(account: "Account", machine: str) -> None:
    """
    Raises:
        DeploymentError
    """
    from deployment.account import DeploymentError
    from fleet.errors import explained

    with explained(DeploymentError, f"end the machine {machine}"):
        account.ec2.terminate_instances(InstanceIds=[machine])
