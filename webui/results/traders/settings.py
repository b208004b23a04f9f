"""What a trader trades and within which limits, as a person reads it."""

from contextlib import suppress
from datetime import datetime

from fleet.traders.settings import ALPACA, PAPER, REPLAY, Limits, TraderSettings
from montecarlo.experiments.facts import fact
from montecarlo.parameters import declared
from webui.display import moment

FEEDS = {REPLAY: "the prices of its job, day by day", ALPACA: "Alpaca, daily bars"}
BROKERS = {PAPER: "our own, which fills as a backtest does", ALPACA: "Alpaca, a paper account"}


def limits(settings: TraderSettings) -> list[tuple[str, str]]:
    """By name."""
    return [(each.label, fact(each, getattr(settings.limits, name))) for name, each in declared(Limits).items()]


def traded(settings: TraderSettings) -> list[tuple[str, str]]:
    """Where prices and fills come from; strategy and rules are those of its job."""
    made = "not known"
    with suppress(ValueError, OverflowError):
        made = moment(datetime.fromisoformat(settings.created))
    return [
        ("Prices come from", FEEDS.get(settings.feed, settings.feed)),
        ("Broker", BROKERS.get(settings.broker, settings.broker)),
        ("First day", str(settings.first or "as soon as the strategy can decide")),
        ("Made", made),
    ]
