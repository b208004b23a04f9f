"""Real bars that come with the package ``bokeh_sampledata``: five stocks until March 2013, no network needed."""

import pandas as pd

from montecarlo.errors import HistoryError

SYMBOLS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
CURRENCY = "USD"


def read(symbol: str) -> pd.DataFrame:
    """Bars of one of SYMBOLS, in the columns of PriceHistory."""
    if symbol not in SYMBOLS:
        raise HistoryError(
            f"symbol: source 'sample' has {', '.join(SYMBOLS)}, not {symbol!r}; "
            "choose one of these, or source 'yfinance', 'fred' or 'csv'"
        )
    from bokeh_sampledata import stocks  # reads its file when imported

    columns = pd.DataFrame(getattr(stocks, symbol)).rename(columns={"adj_close": "adjusted_close"})
    return columns.set_index(pd.DatetimeIndex(columns.pop("date")))
