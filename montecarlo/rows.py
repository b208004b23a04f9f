"""One row of results for each path, from its ledger."""

import io
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from montecarlo.account import Ledger
from montecarlo.models import DAYS_PER_YEAR

FloatArray = NDArray[np.float64]
Rows = dict[str, NDArray[Any]]
"""Columns by name, each of shape (paths,): those of COLUMNS, and ``unfilled``, whether an order was not filled."""

COLUMNS = (
    "path",
    "final_price",
    "final_value",
    "return",
    "max_drawdown",
    "sharpe",
    "trades",
    "exposure",
    "buy_and_hold_value",
)

# Squared, of the mean square and of equity: a smaller spread of returns is rounding, and has no Sharpe ratio.
NO_DEVIATION = 1e-10
NO_RETURN = 1e-28


def rows_of(ledger: Ledger, prices: FloatArray, hold_value: FloatArray, first_fill: int, first_path: int = 0) -> Rows:
    """What became of each path.

    Args:
        ledger: Account of the strategy, arrays of shape (days + 1, paths).
        prices: Closes, same shape.
        hold_value: Final value of buy and hold, dollars, shape (paths,).
        first_fill: First day at whose close the strategy could trade.
        first_path: Number of the first path.
    """
    days, paths = len(prices) - 1, prices.shape[1]
    before = np.vstack([np.full(paths, ledger.capital), ledger.equity])
    peak = np.maximum.accumulate(before, axis=0)[1:]
    side = np.sign(ledger.held)
    opened = (side != 0) & (side != np.vstack([np.zeros(paths), side[:-1]]))
    return {
        "path": np.arange(first_path, first_path + paths),
        "final_price": prices[-1],
        "final_value": ledger.equity[-1],
        "return": ledger.equity[-1] / ledger.capital - 1,
        "max_drawdown": ((peak - ledger.equity) / peak).max(axis=0),
        "sharpe": sharpe(before[first_fill:]),
        "trades": opened.sum(axis=0),
        "exposure": (side[:-1] != 0).sum(axis=0) / days,
        "buy_and_hold_value": hold_value,
        "unfilled": ledger.unfilled.any(axis=0),
    }


def sharpe(equity: FloatArray) -> FloatArray:
    """Sharpe ratio per year of daily returns, NaN where they do not deviate; equity of shape (days + 1, paths).

    Source: Sharpe (1994), "The Sharpe Ratio", Journal of Portfolio Management 21, with a risk-free rate of zero.
    """
    earlier = equity[:-1]
    gains = np.diff(equity, axis=0)
    returns = np.divide(gains, earlier, out=np.zeros_like(gains), where=earlier > 0)
    days = len(returns)
    mean = _sum_of_days(returns) / days
    spread = _sum_of_days((returns - mean) ** 2)
    deviates = (days > 1) & (spread > _sum_of_days(NO_DEVIATION * returns**2 + NO_RETURN))
    deviation = np.sqrt(np.where(deviates, spread, 1.0) / max(days - 1, 1))
    return np.where(deviates, math.sqrt(DAYS_PER_YEAR) * mean / deviation, np.nan)


def _sum_of_days(values: FloatArray) -> FloatArray:
    # One day after the other: sum() would add up a single path in another order than many of them.
    return np.asarray(values.cumsum(axis=0)[-1])


def join(parts: Iterable[Rows]) -> Rows:
    """Rows of adjoining ranges of paths as one."""
    parts = list(parts)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def to_csv(rows: Rows, header: bool = True) -> bytes:
    """COLUMNS as CSV; a number reads back as the same bits, and a Sharpe ratio that does not exist is empty."""
    table = pa.table({name: pa.array(rows[name], from_pandas=True) for name in COLUMNS})
    buffer = io.BytesIO()
    pa.csv.write_csv(table, buffer, pa.csv.WriteOptions(include_header=header, quoting_style="none"))
    return buffer.getvalue()


def from_csv(content: bytes) -> Rows:
    """The rows that ``to_csv`` wrote, with NaN for what is empty and without ``unfilled``."""
    types = {name: pa.int64() if name in ("path", "trades") else pa.float64() for name in COLUMNS}
    table = pa.csv.read_csv(io.BytesIO(content), convert_options=pa.csv.ConvertOptions(column_types=types))
    return {name: table[name].to_numpy() for name in COLUMNS}
