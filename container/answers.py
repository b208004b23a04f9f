"""What is answered: the bits of the library, for rows of features and for daily bars."""

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from container.hosted import Hosted
from container.request import Clock, DailyBars, FeatureRows, RequestError
from montecarlo.data.adjusted_bars import adjusted_bars
from montecarlo.data.bars import Bars
from montecarlo.data.cleaning import clean
from montecarlo.data.doubts import doubts
from montecarlo.data.trading_year import bars_per_year
from montecarlo.errors import HistoryError, RuleError
from montecarlo.trained import decided, features
from montecarlo.wording import count

FloatArray = NDArray[np.float64]

ORDERS = ("entry_limit", "stop_loss", "take_profit", "max_holding")  # as Strategy has them
_ROWS_AT_ONCE = 8192
_ENCODER = json.JSONEncoder(allow_nan=False)


@dataclass(frozen=True, eq=False)
class Answer:
    """
    Attributes:
        about: What is said once, by name; CSV leaves it out.
        rows: What the rows are called in JSON.
        columns: Values of the rows by name, NaN where there is none.
        headed: Whether CSV names the columns.
    """

    about: Mapping[str, Any]
    rows: str
    columns: Mapping[str, list[Any]]
    headed: bool = True

    def to_json(self) -> bytes:
        names = list(self.columns)
        rows = [dict(zip(names, map(_or_null, row), strict=True)) for row in zip(*self.columns.values(), strict=True)]
        return _ENCODER.encode({**self.about, self.rows: rows}).encode("ascii")

    def to_csv(self) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if self.headed:
            writer.writerow(self.columns)
        writer.writerows(map(_or_null, row) for row in zip(*self.columns.values(), strict=True))
        return text.getvalue().encode("ascii")


def of_features(hosted: Hosted, asked: FeatureRows, clock: Clock) -> Answer:
    """The probability of each side, and what it would enter: 1 to buy, -1 to sell short, 0 for neither.

    Raises:
        RequestError: it takes too long.
    """
    model = hosted.model
    assert model is not None
    columns: dict[str, list[Any]] = {}
    for first in range(0, len(asked.values), _ROWS_AT_ONCE):
        clock.look()
        some = asked.values[first : first + _ROWS_AT_ONCE]
        with np.errstate(over="ignore", invalid="ignore"):
            scores = {side: forecast.scores(some) for side, forecast in hosted.forecasts.items()}
            found = _probabilities(hosted, scores)
            if not all(all(map(math.isfinite, each)) for each in found.values()):
                raise RequestError("the features are so large that the model has no finite score for them")
            traded = {side: scores[side] for side in hosted.sides}
            found["signal"] = decided(model, traded, (len(some),)).tolist()
        if not columns:
            columns = found
            continue
        for name, values in found.items():
            columns[name].extend(values)
    return Answer({}, "predictions", columns, asked.headed)


def of_bars(hosted: Hosted, asked: DailyBars, last: bool) -> Answer:
    """What the strategy wants at the close of each day, or of the last one, and the orders that come with it.

    Raises:
        RequestError: the bars cannot be traded, or are too few.
    """
    strategy, first = hosted.strategy, hosted.strategy.first_decision
    dates, bars, warnings = _prices(asked, strategy.uses_bars)
    if len(dates) <= first:
        raise RequestError(
            f"{strategy.called} first decides at the close of its day {first + 1:,}: send {count(first + 1, 'day')} or "
            f"more, not {len(dates):,}"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            targets, orders = strategy.ordered(bars)
        except RuleError as error:
            raise RequestError(str(error)) from error
        columns = {"date": dates, "signal": targets[:, 0].tolist()}
        columns |= {name: each[:, 0].tolist() for name, each in zip(ORDERS, orders, strict=True)}
        if hosted.model is not None:
            found = features(bars.close, hosted.model.n)[:, 0]
            scores = {side: forecast.scores(found) for side, forecast in hosted.forecasts.items()}
            nothing = [math.nan] * first
            columns |= {name: nothing + each for name, each in _probabilities(hosted, scores).items()}
    if last:
        columns = {name: values[-1:] for name, values in columns.items()}
    about = {"strategy": str(strategy), "signals": hosted.signals, "warnings": warnings}
    return Answer(about, "days", columns)


def _probabilities(hosted: Hosted, scores: Mapping[str, FloatArray]) -> dict[str, list[Any]]:
    return {
        f"probability_{side}": hosted.forecasts[side].probabilities_of(each).tolist() for side, each in scores.items()
    }


def _prices(asked: DailyBars, within_days: bool) -> tuple[list[str], Bars, list[str]]:
    """Dates, adjusted bars of one path, and what was done to them or is doubtful, as the library says of a history."""
    frame = pd.DataFrame(asked.columns, index=pd.DatetimeIndex(pd.to_datetime(list(asked.dates))))
    try:
        kept, done = clean(frame)
        closes = kept["adjusted_close"].to_numpy(np.float64)
        bars, within = adjusted_bars(kept) if within_days else (Bars(*[closes] * 4), ())
    except HistoryError as error:
        raise RequestError(str(error)) from error
    dates = pd.DatetimeIndex(kept.index)
    year = bars_per_year(dates) if len(dates) > 1 else None
    days, warnings = [f"{day:%Y-%m-%d}" for day in dates], [*done, *doubts(kept, year, None), *within]
    return days, Bars(*(np.ascontiguousarray(each)[:, None] for each in bars)), warnings


def _or_null(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
