"""One row of results for each path, and how rows are written as CSV."""

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

Rows = dict[str, NDArray[Any]]
"""Columns by name, each of shape (paths,): those of COLUMNS, and what only a tally needs.

``hold``: final value of buy and hold over capital.  ``unfilled``: whether an order was not filled.  ``annual_return``,
``annual_volatility``, ``sortino``, ``calmar``: per year, NaN where undefined.  ``longest_drawdown``: days.  ``wins``:
trades that won.  ``turnover``: value bought and sold per year over mean equity.  ``equity``: over capital, on the days
of ``equity_days``, shape (paths, days).  And the CONTROLS of ``montecarlo.accounting.controls``, where days are
independent.

Where orders are kept within the day, there are ORDER_COLUMNS, and of all trades of a path ``gains``, ``losses``, over
capital, and ``days_held``.
"""

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

ORDER_COLUMNS = (
    "profit_factor",
    "expectancy",
    "sqn",
    "longest_losing_streak",
    "average_holding",
    "ambiguous_bars",
)
"""Of paths whose orders are kept within the day, behind COLUMNS: see ``montecarlo.accounting.trade_statistics``."""

_WHOLE = ("path", "trades", "longest_losing_streak", "ambiguous_bars")


def join(parts: Iterable[Rows]) -> Rows:
    """Rows of adjoining ranges of paths as one."""
    parts = list(parts)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def to_csv(rows: Rows, header: bool = True) -> bytes:
    """COLUMNS as CSV, and ORDER_COLUMNS where there are any.

    A number reads back as the same bits, and a ratio that does not exist is empty.
    """
    table = pa.table({name: pa.array(rows[name], from_pandas=True) for name in columns_of(rows)})
    buffer = io.BytesIO()
    pa.csv.write_csv(table, buffer, pa.csv.WriteOptions(include_header=header, quoting_style="none"))
    return buffer.getvalue()


def from_csv(content: bytes) -> Rows:
    """The rows that ``to_csv`` wrote, with NaN for what is empty and without ``unfilled``."""
    types = {name: pa.int64() if name in _WHOLE else pa.float64() for name in (*COLUMNS, *ORDER_COLUMNS)}
    table = pa.csv.read_csv(io.BytesIO(content), convert_options=pa.csv.ConvertOptions(column_types=types))
    return {name: table[name].to_numpy() for name in columns_of(table.column_names)}


def columns_of(names: Iterable[str]) -> tuple[str, ...]:
    """Those that a file of rows with these names has, in their order."""
    return COLUMNS + (ORDER_COLUMNS if ORDER_COLUMNS[0] in names else ())
