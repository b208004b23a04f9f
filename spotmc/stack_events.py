"""Showing a person what CloudFormation does to a stack."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

    from deployment.events import Event
    from deployment.fleet_history import Trouble
    from deployment.launch_troubles import LaunchTroubles

_WAIT = "AWS::CloudFormation::WaitCondition"
_COLOURS = (("FAILED", "red"), ("ROLLBACK", "yellow"), ("COMPLETE", "green"))


def watch(
    client: "CloudFormationClient",
    name: str,
    stack_id: str,
    after: datetime | None,
    troubles: "LaunchTroubles | None" = None,
) -> None:
    """Print each event until the stack is done.

    Args:
        client: Of the stack's region.
        name: Of the stack.
        stack_id: As CloudFormation names it.
        after: Leave out what happened until then.
        troubles: What goes wrong with machines, to be printed too.

    Raises:
        click.ClickException: what was asked for failed; the message says what failed first.
        DeploymentError: CloudFormation does not answer.
    """
    from rich.console import Console
    from rich.markup import escape

    from deployment.events import SUCCESSES, follow

    console = Console(stderr=True)
    events: list[Event] = []
    began = time.monotonic()

    def meanwhile(new: "list[Event]") -> None:
        for trouble in troubles.news(new) if troubles else ():
            console.print(f"{trouble.at:%H:%M:%S}  [red]{escape(trouble.words)}[/]", soft_wrap=True)

    try:
        with console.status("") as status:
            for event in follow(client, stack_id, after, meanwhile):
                events.append(event)
                console.print(line(event, name), soft_wrap=True)
                done = sum(each.status in SUCCESSES for each in events)
                status.update(f"{done} steps done, {time.monotonic() - began:.0f} s")
    except KeyboardInterrupt as error:
        raise click.ClickException(
            "interrupted; CloudFormation goes on without this command: give it again to see the rest"
        ) from error
    if events[-1].status not in SUCCESSES:
        raise click.ClickException(failure(events, name, troubles.told if troubles else ()))


def line(event: "Event", name: str) -> str:
    """An event in one line of rich's markup."""
    from rich.markup import escape

    colour = next((colour for part, colour in _COLOURS if part in event.status), "default")
    reason = f"  {escape(' '.join(event.reason.split()))}" if event.failed else ""
    status = event.status.lower().replace("_", " ")
    return f"{event.at:%H:%M:%S}  [{colour}]{status:24}[/]  {escape(event.place(name))}{reason}"


def failure(events: "list[Event]", name: str, troubles: "Sequence[Trouble]" = ()) -> str:
    """How it ended, what the first cause was, and, if that was a machine that did not report, what is known of it."""
    from deployment.events import first_cause

    ended = events[-1].status.lower().replace("_", " ")
    cause = first_cause(events)
    if cause is None:
        return (
            f"the stack {name} ended as {ended}, without a reason: {events[-1].reason or 'CloudFormation gives none'}"
        )
    told = (
        f"the stack {name} ended as {ended}, because {cause.place(name)} ({cause.type}) failed: "
        f"{' '.join(cause.reason.split()) or 'CloudFormation gives no reason'}"
    )
    if cause.type != _WAIT:
        return told
    if not troubles:
        return f"{told}; neither the workstation nor its Spot Fleet said why: is it kept from reaching AWS?"
    last = {each.where: each.words for each in troubles}  # of each the newest
    return "\n".join([told, "What is known of the machines:", *(f"  {words}" for words in last.values())])
