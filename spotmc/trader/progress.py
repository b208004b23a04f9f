"""What a trader does, in lines for a person who watches it."""

import click

from fleet.events import Event
from fleet.logs import log_event
from fleet.traders.orders import EXPIRED, FILLED, PROTECT
from trader.events import Decided, Left, Noticed, Reported, Sending, Started, Waiting

_UNDER_DAY = " " * 12


def tell(event: Event) -> None:
    """A line for each day and each fill, and the log's for whatever else a person should know."""
    match event:
        case Decided():
            _say(_day(event))
            for note in event.notes:
                _say(_UNDER_DAY + note)
        case Reported() if event.state == FILLED and event.price is not None:
            _say(f"{_UNDER_DAY}{event.intent} {event.filled:+,} filled at {event.price:,.4f}")
        case Reported() if (event.intent, event.state, event.filled) == (PROTECT, EXPIRED, 0):
            pass  # on most days neither stop nor target is reached
        case Started():
            _say(f"{event.trader} begins under lease {event.lease}: account {event.account}, {event.strategy}")
        case Waiting():
            _say(_UNDER_DAY + event.reason)
        case Noticed():
            _say(f"{_UNDER_DAY}{event.reason}: it ends in good order")
        case Sending(again=False) | Left():
            pass  # the day's line has its orders, and the command ends with what came of it
        case Reported(text=""):
            pass  # it is on its way
        case Reported():
            filled = f", {event.filled:+,} of them filled" if event.filled else ""
            _say(f"{_UNDER_DAY}{event.intent} {event.shares:+,} {event.state}{filled}: {event.text}")
        case _:
            log_event(event)


def _day(event: Decided) -> str:
    apart = event.equity - event.backtest_equity
    beside = f"{apart:+,.2f} beside the backtest" if apart else "as the backtest"
    account = f"{event.shares:>7,} shares  ${event.equity:>14,.2f}  {beside}"
    return "  ".join([str(event.day), f"close {event.close:>10,.2f}", account, ", ".join(event.orders)]).rstrip()


def _say(line: str) -> None:
    click.echo(line, err=True)
