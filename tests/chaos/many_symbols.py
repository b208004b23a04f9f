"""Histories of as many symbols as are wanted, alike on every machine that has the same NumPy."""

import numpy as np
import pandas as pd

from montecarlo.data.history import PriceHistory, check_history

MARKET, OWN = 0.008, 0.012  # deviations of a day: of what all have in common, and of each
FREEDOM = 5  # degrees of it, of days as wild as those of stocks


def many_histories(symbols: int, days: int = 2520, seed: int = 19) -> list[PriceHistory]:
    """S01, S02, …: days of the market that each takes part in more or less, and days of its own."""
    generator = np.random.default_rng(seed)
    market = MARKET * _days(generator, (days, 1))
    own = OWN * _days(generator, (days, symbols))
    part = np.linspace(0.4, 1.6, symbols)
    closes = 100 * np.cumprod(1 + np.clip(0.0003 + part * market + own, -0.5, 0.5), axis=0)
    dates = pd.bdate_range("2010-01-04", periods=days, name="date")
    return [
        check_history(pd.DataFrame({"close": closes[:, place]}, index=dates), f"S{place + 1:02}", "csv", currency="USD")
        for place in range(symbols)
    ]


def _days(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Student's t with a deviation of 1."""
    return np.asarray(generator.standard_t(FREEDOM, shape) * np.sqrt((FREEDOM - 2) / FREEDOM))
