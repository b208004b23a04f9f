"""Bars in which nothing can be foreseen, and histories of them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from montecarlo.data.bars import Bars
from montecarlo.data.history import PriceHistory, check_history

STEPS = 20  # within a day

MakeBars = Callable[..., Bars]


@pytest.fixture(scope="session")
def random_bars() -> MakeBars:
    """Geometric Brownian motion in small steps: shape (days + 1, paths); days open at the close before."""

    def make(days: int, paths: int, seed: int, volatility: float = 0.2, gaps: float = 0.0) -> Bars:
        random = np.random.default_rng(seed)
        steps = random.standard_normal((days + 1, STEPS, paths)) * (volatility / np.sqrt(252 * STEPS))
        steps[:, 0] += gaps * random.standard_normal((days + 1, paths))
        prices = 100 * np.exp(np.cumsum(steps.reshape(-1, paths), axis=0)).reshape(days + 1, STEPS, paths)
        opens = prices[:, 0] if gaps else np.concatenate([prices[:1, -1], prices[:-1, -1]])
        high, low = np.maximum(prices.max(axis=1), opens), np.minimum(prices.min(axis=1), opens)
        return Bars(opens, high, low, prices[:, -1])

    return make


@pytest.fixture(scope="session")
def history_of() -> Callable[[Bars], PriceHistory]:
    """The first path as a history."""

    def make(bars: Bars) -> PriceHistory:
        columns = {name: getattr(bars, name)[:, 0] for name in ("open", "high", "low", "close")}
        dates = pd.bdate_range("2001-01-01", periods=len(bars.close), name="date")
        return check_history(pd.DataFrame(columns, index=dates), "TEST", "csv")

    return make


@pytest.fixture(scope="session")
def random_history(random_bars: MakeBars, history_of: Callable[[Bars], PriceHistory]) -> PriceHistory:
    """1,200 days on which nothing can be foreseen."""
    return history_of(random_bars(1199, 1, seed=5))
