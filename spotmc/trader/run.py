"""``spotmc trader run``: have a trader trade, until there is a reason to end."""

import os
from typing import TYPE_CHECKING

import click

from spotmc import options
from spotmc.trader import options as of_traders
from spotmc.trader.errors import HALTED_STATUS, HELD_STATUS, KILLED_STATUS, as_trader_errors

if TYPE_CHECKING:
    from fleet.bucket import Bucket
    from fleet.events import Emit


@click.command(
    epilog=f"Exit status: 0 when its feed is over or it was told to stop, {HALTED_STATUS} when it has halted, "
    f"{KILLED_STATUS} when its kill switch is on, {HELD_STATUS} when another process has it; 1 and 2 as everywhere."
)
@of_traders.name
@click.option("--stay", is_flag=True, help="Wait, instead of ending, while it is halted, killed, or run by another.")
@click.option(
    "--every",
    type=options.NumberFrom(0, 86_400),
    default=0.0,
    metavar="SECONDS",
    help="Let a day of a replay take so long at least, to watch it.",
)
@of_traders.own_rules
@options.as_json
def command(*, name: str, stay: bool, every: float, own_rules: str, as_json: bool) -> None:
    """Have the trader NAME trade: day by day, until its feed is over, it halts, or it is told to stop.

    SIGTERM and Ctrl-C end it in good order; at any other end the next start goes on where this one was.  Progress is
    text at a terminal, and a line of JSON for each event otherwise.  Alpaca's paper account takes ALPACA_KEY_ID and
    ALPACA_SECRET_KEY from the environment.
    """
    from fleet.logs import log_to_stderr
    from fleet.settings import ALLOW
    from fleet.traders import state
    from trader.events import Noticed
    from trader.run import run
    from trader.stop import Stop, stopped_by_signals

    with as_trader_errors():
        bucket = of_traders.own_bucket()
        log_to_stderr("trader", name)
        stop, emit = Stop(), _progress()
        with stopped_by_signals(stop, lambda reason: emit(Noticed(reason=reason))):
            outcome = run(
                name,
                bucket,
                holder=f"{of_traders.who()}, process {os.getpid()}",
                stop=stop,
                own_rules=own_rules == ALLOW,
                stay=stay,
                every=every,
                emit=emit,
            )
        _print_outcome(bucket, name, outcome, as_json=as_json)
    if status := {state.HALTED: HALTED_STATUS, state.KILLED: KILLED_STATUS}.get(outcome):
        raise click.exceptions.Exit(status)


def _progress() -> "Emit":
    import sys

    from fleet.logs import log_event
    from spotmc.trader.progress import tell

    return tell if sys.stderr.isatty() else log_event


def _print_outcome(bucket: "Bucket", name: str, outcome: str, *, as_json: bool) -> None:
    """What came of it, and what to do next."""
    from fleet.traders import state
    from spotmc import output
    from spotmc.trader import words
    from spotmc.trader.compared import Compared

    now = state.load(bucket, name)
    found = None
    if now.last is not None:
        found = Compared.of_trader(bucket, name)
    if as_json:
        apart = found.plain(1) if found else {}
        output.print_json({"outcome": outcome, **words.plain(now), **{k: apart.get(k) for k in ("same", "difference")}})
        return
    click.echo(f"{name}: {words.outcome(outcome, now)}")
    if found:
        click.echo(str(found.difference))
    click.echo(words.next_step(now))
