"""Showing a person what CloudFormation does to a stack."""

import time
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

    from deployment.events import Event

_COLOURS = (("FAILED", "red"), ("ROLLBACK", "yellow"), ("COMPLETE", "green"))


def watch(
    client: "CloudFormationClient",
    name: str,
    stack_id: str,
    after: datetime | None,
) -> None:
    """Print each event until the stack is done.

    Args:
        client: Of the stack's region.
        name: Of the stack.
        stack_id: As CloudFormation names it.
        after: Leave out what happened until then.

    Raises:
        click.ClickException: what was asked for failed; the message says what failed first.
        DeploymentError: CloudFormation does not answer.
    """
    from rich.console import Console

    from deployment.events import SUCCESSES, follow

    console = Console(stderr=True)
    events: list[Event] = []
    began = time.monotonic()
    try:
        with console.status("") as status:
            for event in follow(client, stack_id, after):
                events.append(event)
                console.print(line(event, name), soft_wrap=True)
                done = sum(each.status in SUCCESSES for each in events)
                status.update(f"{done} steps done, {time.monotonic() - began:.0f} s")
    except KeyboardInterrupt as error:
        raise click.ClickException(
            "interrupted; CloudFormation goes on without this command: give it again to see the rest"
        ) from error
    if events[-1].status not in SUCCESSES:
        raise click.ClickException(failure(events, name))


def line(event: "Event", name: str) -> str:
    """An event in one line of rich's markup."""
    from rich.markup import escape

    colour = next((colour for part, colour in _COLOURS if part in event.status), "default")
    reason = f"  {escape(' '.join(event.reason.split()))}" if event.failed else ""
    status = event.status.lower().replace("_", " ")
    return f"{event.at:%H:%M:%S}  [{colour}]{status:24}[/]  {escape(event.place(name))}{reason}"


def failure(events: "list[Event]", name: str) -> str:
    """How it ended, and what the first cause was."""
    from deployment.events import first_cause

    ended = events[-1].status.lower().replace("_", " ")
    cause = first_cause(events)
    if cause is None:
        return (
            f"the stack {name} ended as {ended}, without a reason: {events[-1].reason or 'CloudFormation gives none'}"
        )
    return (
        f"the stack {name} ended as {ended}, because {cause.place(name)} ({cause.type}) failed: "
        f"{' '.join(cause.reason.split()) or 'CloudFormation gives no reason'}"
    )
