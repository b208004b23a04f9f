"""Stops, targets and learned rules on many paths: vectorbt, and what scikit-learn or LightGBM tell it to enter."""

import numpy as np
import pandas as pd
import vectorbt as vbt
from numpy.typing import NDArray

from benchmarks.learned import Learned
from montecarlo.accounting.rules import Rules
from montecarlo.data.bars import Bars
from montecarlo.strategies import SmaCrossover
from montecarlo.trained import features

FloatArray = NDArray[np.float64]


def crossover_values(bars: Bars, strategy: SmaCrossover, rules: Rules) -> FloatArray:
    """Final values of a crossover with a stop and a target, filled at the next close, on each path.

    Args:
        bars: Dollars, arrays of shape (days + 1, paths).
    """
    closes = pd.DataFrame(bars.close)
    above = vbt.MA.run(closes, strategy.short).ma_above(vbt.MA.run(closes, strategy.long)).to_numpy()
    wanted = _next_day(above)
    # It would buy back on the bar after a stop otherwise.
    fresh = wanted & ~np.vstack([np.zeros_like(wanted[:1]), wanted[:-1]])
    return _final_values(bars, fresh, ~wanted, (strategy.stop_loss, strategy.take_profit), rules)


def forecast_values(bars: Bars, learned: Learned, rules: Rules) -> FloatArray:
    """Final values of a forecast that is filled at the next close, and left by stop and target alone, on each path."""
    n, days, paths = learned.model.n, *bars.close.shape
    found = features(bars.close, n)
    scores = learned.scores(found.reshape(-1, 2 * n)).reshape(days - n, paths)
    entries = np.zeros((days, paths), np.bool_)
    entries[n:] = scores >= learned.cut
    barrier = learned.model.barrier
    never = np.zeros((days, paths), np.bool_)
    return _final_values(bars, _next_day(entries), never, (barrier.stop_loss, barrier.take_profit), rules)


def _next_day(wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.vstack([np.zeros_like(wanted[:1]), wanted[:-1]])


def _final_values(
    bars: Bars,
    entries: NDArray[np.bool_],
    exits: NDArray[np.bool_],
    bracket: tuple[float | None, float | None],
    rules: Rules,
) -> FloatArray:
    """``bracket``: stop and target."""
    portfolio = vbt.Portfolio.from_signals(
        **{name: pd.DataFrame(values) for name, values in bars._asdict().items()},
        entries=entries,
        exits=exits,
        size=np.inf if rules.shares is None else rules.shares,
        fees=rules.cost,
        init_cash=rules.capital,
        sl_stop=bracket[0],
        tp_stop=bracket[1],
        stop_entry_price="fillprice",
        stop_exit_price="stoplimit",
        freq="1D",
    )
    return np.asarray(portfolio.final_value())
