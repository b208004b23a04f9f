"""Which backtests can go on paper: what is ordered before a close has to be known before it."""

import re

from fleet.traders.settings import ALPACA, REPLAY
from montecarlo.accounting.rules import Rules
from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.strategies import Strategy

MOST_SHARES = 1_000_000

_SHARE = re.compile(r"[A-Z]{1,8}(\.[A-Z]{1,4})?")  # AAPL, BRK.B, BAC.PRK


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


def problems_of_feed(symbol: str, bars_per_year: int, feed: str) -> dict[str, str]:
    """Why bars of a feed are not what a backtest was made of, by the name of the parameter; empty where they can be.

    Args:
        symbol: Of the backtest.
        bars_per_year: Of its prices.
        feed: One of ``fleet.traders.settings.FEEDS``.
    """
    found = {}
    if feed == ALPACA and not _SHARE.fullmatch(symbol):
        found["symbol"] = (
            "must be a share by the name that Alpaca has for it, in capital letters, such as AAPL or BRK.B, not "
            f"{symbol!r}"
        )
    if feed == ALPACA and bars_per_year != TRADING_DAYS:
        found["feed"] = (
            f'must be "{REPLAY}" for bars of which {bars_per_year} make a year: those of Alpaca are of trading days, '
            f"{TRADING_DAYS} a year, so that the strategy would not trade there what it was tried on; take such prices"
        )
    return found
