"""Bars in which nothing can be foreseen, and histories of them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from montecarlo.data.bars import Bars
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.models import GbmModel

MakeBars = Callable[..., Bars]


@pytest.fixture(scope="session")
def random_bars() -> MakeBars:
    """Of the gbm model, shape (days + 1, paths); with gaps, days open anywhere in their range."""

    def make(days: int, paths: int, seed: int, volatility: float = 0.2, gaps: bool = False) -> Bars:
        bars = GbmModel(100.0, 0.0, volatility).bars(seed, 0, paths, days)
        if not gaps:
            return bars
        places = np.random.default_rng(seed).random(bars.close.shape)
        return bars._replace(open=bars.low + places * (bars.high - bars.low))

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
