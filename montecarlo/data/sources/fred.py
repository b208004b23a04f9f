"""Index levels of FRED, the database of the Federal Reserve Bank of St. Louis, through ``pandas_datareader``."""

from typing import Any
from urllib.parse import quote, urlsplit

import pandas as pd
from pandas_datareader.fred import FredReader
from requests import Session

from montecarlo.data.sources.endings import NOT_FOUND, TIMEOUT_SECONDS, Ending, Watch, Watched
from montecarlo.data.sources.fetched import Fetched, require_positive
from montecarlo.data.span import Days
from montecarlo.errors import HistoryError

NAME = "FRED"
RETRIES = 1
_UNKNOWN = (400, NOT_FOUND)
_HEADERS = ("observation_date", "date")  # of FRED's files, the latter until 2024


def fetch(symbol: str, days: Days) -> Fetched:
    """Levels of these days, in a column ``close``, without the blanks that stand for holidays.

    Raises:
        HistoryError: FRED cannot be reached, refuses, has no such series, or has levels that are not positive.
    """
    session = _Session()
    reader = FredReader(
        quote(symbol, safe=""),
        start=days.first,
        end=days.last,
        retry_count=RETRIES,
        timeout=TIMEOUT_SECONDS,
        session=session,
    )
    with session.watched() as watch:
        try:
            levels = reader.read().iloc[:, 0].dropna().astype(float)
        # A refusal comes as an OSError, but an answer that is not the expected CSV as an exception of any type.
        except Exception as error:
            raise HistoryError(_why_none(symbol, watch.ending)) from error
    if levels.empty and watch.ending and watch.ending.text.lower().startswith(_HEADERS):
        raise HistoryError(f"{NAME} has no levels of {symbol} {days}: choose other days, or another series")
    if levels.empty:
        raise HistoryError(_why_none(symbol, watch.ending))
    bars = days.cut(pd.DataFrame({"close": levels}))
    require_positive(bars, symbol, NAME)
    return Fetched(bars)


def _why_none(symbol: str, ending: Ending | None) -> str:
    if ending is None:
        return f"{NAME} was not asked for {symbol}: update the package pandas-datareader, or take another source"
    if trouble := ending.trouble:
        return f"{NAME} gave no levels for {symbol}: {trouble}"
    if ending.status in _UNKNOWN:
        return f"{NAME} has no series {symbol}: look it up at https://fred.stlouisfed.org, such as SP500 or NASDAQCOM"
    return f"{NAME} gave no levels for {symbol}: {ending.not_understood}"


class _Session(Watched, Session):
    """Its watch is told how requests end."""

    def request(self, method: Any, url: Any, *arguments: Any, **options: Any) -> Any:
        watch, host = self.watch or Watch(), urlsplit(str(url)).netloc
        try:
            answer = super().request(method, url, *arguments, **options)
        except OSError as error:
            watch.ending = Ending(host, error)
            raise
        watch.ending = Ending(host, None, answer.status_code, answer.text)
        return answer
