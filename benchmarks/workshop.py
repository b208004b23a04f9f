"""The loop of the original workshop, rebuilt from its published description: pandas frames for each iteration.

Its steps are kept, and so is what they cost: prices are compounded one after the other, signals, positions and the
portfolio are frames of their own, and the value is summed from what is held and what every trade left in cash.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

import montecarlo as mc
from montecarlo.models import Model

SHARES = 100.0


def rules(capital: float) -> mc.Rules:
    """What the loop takes for granted: a fixed size, no costs, fills at the close that gave the signal."""
    return mc.Rules(capital=capital, shares=SHARES, commission=0.0, slippage=0.0, fill="same-close")


def simulate(model: Model, strategy: mc.SmaCrossover, days: int, paths: int, capital: float) -> list[float]:
    """Final portfolio values of paths drawn one by one."""
    mean, deviation = model.drift / 252, model.volatility / math.sqrt(252)
    values = []
    for _ in range(paths):
        prices = [model.start_price]
        for growth in 1 + np.random.normal(mean, deviation, days):
            prices.append(prices[-1] * growth)
        values.append(final_value(prices, strategy, capital))
    return values


def final_value(prices: Sequence[float], strategy: mc.SmaCrossover, capital: float) -> float:
    """Of one path."""
    price = pd.Series(prices)
    signals = pd.DataFrame({"short": price.rolling(strategy.short).mean(), "long": price.rolling(strategy.long).mean()})
    signals["signal"] = np.where(signals["short"] > signals["long"], 1.0, 0.0)
    signals["order"] = signals["signal"].diff()
    positions = pd.DataFrame({"shares": SHARES * signals["signal"]})
    portfolio = pd.DataFrame({"holdings": positions.multiply(price, axis=0).sum(axis=1)})
    spent = positions.diff().multiply(price, axis=0).sum(axis=1)
    portfolio["cash"] = capital - spent.cumsum()
    portfolio["total"] = portfolio["cash"] + portfolio["holdings"]
    return float(portfolio["total"].iloc[-1])
