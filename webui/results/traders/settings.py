"""What a trader trades and within which limits, as a person reads it."""

from contextlib import suppress
from datetime import datetime

from fleet.traders.settings import BROKERS, FEEDS, Limits, TraderSettings
from montecarlo.experiments.facts import fact
from montecarlo.parameters import declared
from webui.display import moment


def limits(settings: TraderSettings) -> list[tuple[str, str]]:
    """By name."""
    return [(each.label, fact(each, getattr(settings.limits, name))) for name, each in declared(Limits).items()]


def traded(settings: TraderSettings) -> list[tuple[str, str]]:
    """Where prices and fills come from; strategy and rules are those of its job."""
    made = "not known"
    with suppress(ValueError, OverflowError):
        made = moment(datetime.fromisoformat(settings.created))
    return [
        ("Prices come from", FEEDS[settings.feed]),
        ("Broker", BROKERS[settings.broker]),
        ("First day", str(settings.first or "as soon as the strategy can decide")),
        ("Made", made),
    ]
