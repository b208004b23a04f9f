"""The loop of the original workshop, rebuilt from its published description: a pandas frame for each iteration."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
        growth = 1 + np.random.normal(mean, deviation, days)
        prices = model.start_price * np.concatenate([[1.0], growth.cumprod()])
        values.append(final_value(prices, strategy, capital))
    return values


def final_value(prices: NDArray[np.float64], strategy: mc.SmaCrossover, capital: float) -> float:
    """Of one path, in a frame with a column for each step."""
    frame = pd.DataFrame({"price": prices})
    frame["short"] = frame["price"].rolling(strategy.short).mean()
    frame["long"] = frame["price"].rolling(strategy.long).mean()
    frame["signal"] = np.where(frame["short"] > frame["long"], 1.0, 0.0)
    frame["position"] = SHARES * frame["signal"]
    frame["profit"] = frame["position"].shift() * frame["price"].diff()
    frame["value"] = capital + frame["profit"].cumsum()
    return float(frame["value"].iloc[-1])
