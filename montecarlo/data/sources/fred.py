"""Index levels of FRED, the database of the Federal Reserve Bank of St. Louis, through ``pandas_datareader``."""

from datetime import date

import pandas as pd

from montecarlo.errors import HistoryError

TIMEOUT_SECONDS = 10
RETRIES = 1


def fetch(symbol: str, years: int, today: date) -> pd.DataFrame:
    """Closes of the last ``years`` years before ``today``: a column ``close``, without the blanks of holidays.

    Raises:
        HistoryError: FRED cannot be reached or knows no such series.
    """
    from pandas_datareader.fred import FredReader

    start = pd.Timestamp(today) - pd.DateOffset(years=years)
    reader = FredReader(symbol, start=start, end=today, retry_count=RETRIES, timeout=TIMEOUT_SECONDS)
    try:
        levels = reader.read()[symbol].dropna()
    # A refusal comes as an OSError, but an answer that is not the expected CSV as an exception of any type.
    except Exception as error:
        reason = str(error).partition("\n")[0][:200]  # the rest may be a whole web page
        raise HistoryError(
            f"FRED gave no levels for {symbol} ({reason}). Either the network or FRED cannot be "
            "reached, or it has no series of that name: check both (https://fred.stlouisfed.org) and try again "
            "later, or take source 'sample' (offline) or 'csv' (a file of yours)"
        ) from error
    return pd.DataFrame({"close": levels[levels.index < pd.Timestamp(today)]})
