"""``spotmc stack``: how the stack in AWS stands, and what is wrong with it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from spotmc import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deployment.standing import Machines, Problem, Standing


@click.command()
@options.region
@options.stack_name
@options.as_json
@click.pass_context
def command(context: click.Context, *, region: str | None, name: str, as_json: bool) -> None:
    """Say how the stack stands: its machines, its queue, alarms, failed boots, and what to do about what is wrong.

    Ends with status 1 if something is.
    """
    from deployment.account import Account
    from deployment.preflight import problem_with_name
    from deployment.stack import find
    from deployment.standing import problems, standing
    from spotmc import output
    from spotmc.errors import as_click_errors

    if problem := problem_with_name(name):
        raise click.UsageError(f"--name {problem}")
    with as_click_errors():
        account = Account.connect(region)
        deployed = find(account.cloudformation, name)
        if deployed is None:
            raise click.ClickException(f"there is no stack {name} in {account.region}; `spotmc deploy` creates one")
        if not deployed.ours:
            raise click.ClickException(f"the stack {name} is of something else; give another --name")
        now = standing(account, deployed, name, datetime.now(UTC))
    wrong = list(problems(now))
    if as_json:
        output.print_json(plain(now, wrong))
    else:
        for line in page(now, wrong):
            click.echo(line)
    if wrong:
        context.exit(1)


def page(now: "Standing", wrong: "list[Problem]") -> "Iterator[str]":
    """The lines for a person."""
    from montecarlo.wording import count

    yield f"{now.name} in {now.region}: {now.status}"
    kinds = {"SpotFleet": "a Spot Fleet", "AutoScalingGroup": "an Auto Scaling group", "Batch": "AWS Batch"}
    on = kinds.get(now.workers_on, now.workers_on)
    yield f"  workers       {_machines(now.workers)}, on {on}" if now.workers else f"  workers       on {on}"
    if now.workstation:
        yield f"  workstation   {_machines(now.workstation)}"
    if now.trader:
        yield f"  trader        {now.trader.trader}, {now.trader.wanted:,} wanted, {now.trader.running:,} there"
    if now.messages:
        yield f"  queue         {now.messages.visible:,} waiting, {now.messages.in_flight:,} in flight"
        yield f"  dead letters  {now.dead_letters:,}"
    yield f"  alarms on     {', '.join(alarm.name for alarm in now.alarms) or 'none that wants a person'}"
    yield f"  failed boots  {now.failed_boots:,} within a day"
    if not wrong:
        yield "Nothing is wrong."
        return
    yield f"{count(len(wrong), 'thing')} {'is' if len(wrong) == 1 else 'are'} wrong:"
    for each in wrong:
        yield f"- {each.what.rstrip('.')}"
        yield f"  What to do: {each.what_to_do}"


def plain(now: "Standing", wrong: "list[Problem]") -> dict[str, Any]:
    """The same for a script; times in ISO 8601."""
    import json
    from dataclasses import asdict

    told = {**asdict(now), "problems": [asdict(each) for each in wrong]}
    found: dict[str, Any] = json.loads(json.dumps(told, default=datetime.isoformat))
    return found


def _machines(machines: "Machines") -> str:
    return f"{machines.wanted:,} wanted, {machines.running:,} there"
