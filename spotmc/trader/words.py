"""Traders in words, for whoever types ``spotmc trader``."""

from typing import TYPE_CHECKING, Any

from fleet.traders import state
from fleet.traders.settings import ALPACA, PAPER, REPLAY
from fleet.traders.switches import UNKNOWN

if TYPE_CHECKING:
    from datetime import datetime

    from fleet.traders.days import DayRecord
    from fleet.traders.settings import TraderSettings
    from fleet.traders.state import Halt, TraderState
    from fleet.traders.switches import Switch

FEEDS = {REPLAY: "replayed day by day", ALPACA: "Alpaca's daily bars"}
BROKERS = {PAPER: "our own paper account, which fills as the backtest does", ALPACA: "a paper account of Alpaca"}


def told(settings: "TraderSettings") -> str:
    """What it trades and how, in a few lines."""
    from spotmc import output

    experiment: Any = settings.job.experiment
    lines = [
        f"{settings.job.symbol} ({settings.job.source}), {experiment.strategy}",
        output.describe_rules(experiment.rules),
        f"bars: {FEEDS[settings.feed]}; broker: {BROKERS[settings.broker]}",
        _limits(settings),
    ]
    return "\n".join(f"  {line}" for line in lines)


def _limits(settings: "TraderSettings") -> str:
    limits = settings.limits
    halts = [f"more than {limits.day_orders} orders a day"]
    if limits.order_value is not None:
        halts.append(f"an order of more than ${limits.order_value:,.0f}")
    if limits.drawdown is not None:
        halts.append(f"a drawdown of more than {100 * limits.drawdown:.4g} %")
    halts.append(f"a bar that is more than {limits.stale_days} trading day{'' if limits.stale_days == 1 else 's'} late")
    first = f"decides from {settings.first} on; " if settings.first else ""
    return f"{first}halts at {', '.join(halts)}"


def status(now: "TraderState") -> str:
    """How it stands, in a sentence."""
    whose = (("its", now.kill), ("everybody's", now.kill_all))
    stopped = [_switch(each, switch) for each, switch in whose if switch]
    stopped += [halted(now.halt)] if now.halt else []
    if stopped:
        return "; ".join(stopped)
    if now.status == state.RUNNING:
        return f"running, by {now.holder} under lease {now.lease}"
    if now.status == state.ENDED:
        return "ended: its feed has no more days"
    return "stopped: nobody runs it" if now.lease else "it has not run yet"


def halted(halt: "Halt") -> str:
    """When it halted, as far as that is known, and why."""
    return f"halted{'' if halt.at == UNKNOWN else f' at {_moment(halt.at)}'}: {halt.reason}"


def next_step(now: "TraderState") -> str:
    """What a person can do next: a command."""
    name = now.settings.name
    match now.status:
        case state.KILLED:
            return f"spotmc trader release {name if now.kill else '--all'}"
        case state.HALTED:
            return f"spotmc trader resume {name}  # once you have looked at the reason"
        case state.RUNNING:
            return f"spotmc trader report {name}  # or kill {name}: cancels its open orders and sends no more"
        case state.ENDED:
            return f"spotmc trader report {name}"
    return now.settings.run_command


def outcome(how: str, now: "TraderState") -> str:
    """How a run of it has ended, as the end of a sentence."""
    days = f"after {now.last.day}" if now.last else "before its first day"
    match how:
        case state.ENDED:
            return f"its feed is over {days}"
        case state.STOPPED:
            return f"told to stop {days}; open orders and position stay, and the next start goes on from there"
    return f"stopped {days}: {status(now)}"


def day(last: "DayRecord") -> str:
    """Its last day, in a line."""
    standing, apart = last.standing, last.equity - last.backtest_equity
    told = [each.removeprefix(f"{last.day}: ") for each in last.notes]
    notes = f"; {'; '.join(told)}" if told else ""
    return (
        f"{last.day}: {standing.shares:,} shares and ${standing.cash:,.2f}, worth ${last.equity:,.2f} at a close of "
        f"{last.close:,.4f}, {apart:+,.2f} beside the backtest; {orders_of(last)}{notes}"
    )


def orders_of(last: "DayRecord") -> str:
    """What was decided at its close."""
    if not last.orders:
        return "no order"
    return f"for {last.session}: " + ", ".join(f"{each.intent} {each.shares:+,}" for each in last.orders)


def plain(now: "TraderState") -> dict[str, Any]:
    """The same for a script."""
    return {
        "trader": now.settings.to_dict(),
        "status": now.status,
        "holder": now.holder,
        "lease": now.lease,
        "halt": {"reason": now.halt.reason, "at": now.halt.at.isoformat()} if now.halt else None,
        "killed": {whose: each.to_dict() for whose, each in (("own", now.kill), ("all", now.kill_all)) if each},
        "last": now.last.to_dict() if now.last else None,
    }


def _switch(whose: str, switch: "Switch") -> str:
    since = "" if switch.at == UNKNOWN else f" since {_moment(switch.at)}"
    return f"{whose} kill switch is on{since} ({switch.reason})"


def _moment(when: "datetime") -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
