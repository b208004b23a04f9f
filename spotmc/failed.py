"""``spotmc failed``: what no worker could do, and why."""

import os
from typing import TYPE_CHECKING, Any

import click

from spotmc import options

if TYPE_CHECKING:
    from fleet.dead_letters import DeadLetter

BODY_SHOWN = 200  # characters

NOTHING_THERE = "The dead-letter queue is empty. If a job is failed all the same, submit it again."


@click.command()
@options.as_json
def command(*, as_json: bool) -> None:
    """List what lies in the dead-letter queue: which paths of which job, when, by whom and why."""
    from fleet.dead_letters import peek
    from fleet.queue import Queue
    from fleet.settings import Settings
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        dead = Queue.connect(Settings.from_environment(os.environ)).dead_letters()
        with peek(dead) as letters:
            pass  # looking is all; at once others can see them again
    if as_json:
        output.print_json([plain(letter) for letter in letters])
        return
    for letter in letters:
        click.echo(describe(letter))
    if letters:
        click.echo(
            "When the cause is mended, `spotmc redrive --all` sends them again, `spotmc redrive JOB` those of a job."
        )
    else:
        click.echo(NOTHING_THERE)


def describe(letter: "DeadLetter") -> str:
    """A dead letter in a few lines: where, when, who, and why."""
    from fleet.queue import MAX_RECEIVE_COUNT

    if letter.shard is not None:
        what = f"{letter.shard.job_id}  paths {letter.shard.range.first:,} to {letter.shard.range.stop - 1:,}"
    else:
        what = f"message {letter.message.id}: {letter.message.body[:BODY_SHOWN]!r}"
    known = [each for each in (what, letter.failed_at, letter.worker) if each]
    never_said = f"no reason given: it was delivered {MAX_RECEIVE_COUNT} times, and each time its worker ended"
    return "  ".join(known) + f"\n    {letter.reason or never_said}"


def plain(letter: "DeadLetter") -> dict[str, Any]:
    """A dead letter for a script; None where it does not say."""
    shard = letter.shard
    return {
        "message": letter.message.id,
        "job_id": shard and shard.job_id,
        "first": shard and shard.range.first,
        "stop": shard and shard.range.stop,
        "failed_at": letter.failed_at or None,
        "worker": letter.worker or None,
        "reason": letter.reason or None,
    }
