"""A simulated path as a price history with dates: whatever takes the prices of a symbol takes this, too."""

from datetime import date

import pandas as pd

from montecarlo.data.history import MIN_RETURNS, PriceHistory, check_history
from montecarlo.data.trading_days import exchange_days
from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.errors import ParameterError
from montecarlo.experiments.paths import draw_bars, draw_closes
from montecarlo.experiments.traded_paths import TradedPaths, seed_or_new
from montecarlo.limits import MAX_DAYS, MAX_ITERATIONS
from montecarlo.models import Model
from montecarlo.parameters import Whole, declared, plain, shown

SOURCE = "simulated"
_BEGIN = date(2001, 1, 2)
_EVERY_DAY = 365  # of a coin
_DAYS, _PATH = Whole(MIN_RETURNS, MAX_DAYS), Whole(0, MAX_ITERATIONS - 1)


def simulate_history(
    model: Model,
    *,
    days: int = 1260,
    seed: int | None = None,
    path: int = 0,
    first: date = _BEGIN,
    symbol: str = "SIMULATED",
) -> PriceHistory:
    """One path of a simulation with the same model, days and seed.

    Args:
        model: From ``fit``, of daily bars.  With open, high and low if it has them.
        days: Trading days simulated, at least 60.
        seed: Same seed, same prices; None draws one.
        path: Which one, counted from 0.
        first: Its first day, or the next one that has a bar: dates are days on which the New York exchanges are open,
            or all days, of a model of a coin.
        symbol: What the history is called.

    Returns:
        ``days + 1`` bars, whose closes are those of ``simulate_prices``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
        HistoryError: a close of the path is no price: it has fallen to zero, or is too large.
    """
    days, path, seed = plain(days), plain(path), seed_or_new(plain(seed))
    told = {"days": (_DAYS, days), "path": (_PATH, path), "seed": (declared(TradedPaths)["seed"].kind, seed)}
    found = {
        name: f"must be {kind}, not {shown(value)}" for name, (kind, value) in told.items() if not kind.accepts(value)
    }
    if model.bars_per_year not in (TRADING_DAYS, _EVERY_DAY):
        found["model"] = f"must have 252 or 365 bars a year, for its days to have dates, not {model.bars_per_year}"
    if found:
        raise ParameterError(found)
    if model.has_bars:
        drawn = draw_bars(model, seed, path, 1, days)
        bars = pd.DataFrame({name: each[:, 0] for name, each in zip(drawn._fields, drawn, strict=True)})
    else:
        bars = pd.DataFrame({"close": draw_closes(model, seed, path, 1, days)[:, 0]})
    every_day = model.bars_per_year == _EVERY_DAY
    bars.index = pd.date_range(first, periods=days + 1) if every_day else exchange_days(first, days + 1)
    return check_history(bars, symbol, SOURCE)
