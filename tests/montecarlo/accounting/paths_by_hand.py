"""A few days written down, and what a broker makes of them."""

import math

import numpy as np

import montecarlo as mc
from montecarlo.accounting.broker import Outcome, carry_out
from montecarlo.accounting.fill_costs import slippage_of_days
from montecarlo.data.bars import Bars
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import POSITIONS

FREE = {"commission": 0.0, "slippage": 0.0, "shares": 1.0, "capital": 1000.0}


def bars_of(*days: tuple[float, float, float, float]) -> Bars:
    """Open, high, low and close of each day; the first one is a close alone where nothing else matters."""
    return Bars(*np.array(days, float).T)


def flat_day(price: float) -> tuple[float, float, float, float]:
    return price, price, price, price


def traded(
    bars: Bars,
    targets: list[int],
    *,
    limit: float = math.nan,
    stop: float = math.nan,
    target: float = math.nan,
    holding: float = math.nan,
    signals: str = POSITIONS,
    **rules: object,
) -> Outcome:
    """One share, without costs, from the first day on, unless told otherwise; the last target holds on."""
    told = mc.Rules(**FREE | rules)
    days = len(bars.close)
    wanted = np.array(targets + targets[-1:] * (days - len(targets)), np.int8)
    orders = Orders(*(np.full(days, value) for value in (limit, stop, target, holding)))
    slippage = slippage_of_days(bars.close, told)
    return carry_out(bars, wanted, orders, told.delay, told, slippage=slippage, signals=signals)


def told(outcome: Outcome) -> list[tuple[int, float, int, float, str]]:
    """Entry, its price, exit, its price and the reason of each trade."""
    return [(trade.entry, trade.entry_price, trade.exit, trade.exit_price, trade.reason) for trade in outcome.trades]
