"""Which backtests can go on paper: what is ordered before a close has to be known before it."""

from fleet.traders.settings import ALPACA
from montecarlo.accounting.rules import Rules
from montecarlo.strategies import Strategy

MOST_SHARES = 1_000_000


def problems_of(strategy: Strategy, rules: Rules, broker: str) -> dict[str, str]:
    """Why orders of a backtest cannot be sent to a broker, by the name of the parameter; empty where they can.

    Args:
        strategy: What is traded when.
        rules: Of the backtest.
        broker: One of ``fleet.traders.settings.BROKERS``.
    """
    found = {}
    if rules.shares is None or not rules.shares.is_integer() or not 1 <= rules.shares <= MOST_SHARES:
        found["shares"] = (
            f"must be a whole number from 1 to {MOST_SHARES:,}, because an order is sent before the close that fills "
            "it and has to name its shares; say how many (--shares 100)"
        )
    if rules.fill != "next-close":
        found["fill"] = (
            f'must be "next-close", not "{rules.fill}": an order is sent after the close that gives the signal, and a '
            "market-on-close order fills it at the next one (--fill next-close)"
        )
    if strategy.entry_limit is not None:
        found["entry_limit"] = "cannot be traded on paper, where entries are market-on-close orders; leave it out"
    if broker == ALPACA and rules.interest:
        found["interest"] = (
            "is not paid on a paper account at Alpaca, so paper would differ from the backtest; leave it out"
        )
    return found
