"""The session through which ``yfinance`` asks Yahoo."""

from functools import cache
from typing import Any
from urllib.parse import urlsplit

from curl_cffi.requests import Session

from montecarlo.data.sources.endings import TIMEOUT_SECONDS, Ending, Watched

_PRICES = "/finance/chart/"  # in the address of prices; other requests are for cookies


class YahooSession(Watched, Session):  # type: ignore[type-arg]
    """Its watch is told how requests for prices end; yfinance would go on asking where that has settled it."""

    def request(self, method: Any, url: str, *arguments: Any, **options: Any) -> Any:
        watch = self.watch
        if watch is None:
            return super().request(method, url, *arguments, **options)
        if watch.ending is not None and watch.ending.settled:
            raise watch.ending.error or ConnectionAbortedError(f"{watch.ending.host} has no such prices")
        options["timeout"] = TIMEOUT_SECONDS
        host = urlsplit(url).netloc
        try:
            answer = super().request(method, url, *arguments, **options)
        except OSError as error:
            if _PRICES in url:
                watch.ending = Ending(host, error)
            raise
        if _PRICES in url:
            watch.ending = Ending(host, None, answer.status_code, answer.text)
        return answer


@cache
def session() -> YahooSession:
    """The one of this process: yfinance has only one at a time, for all threads."""
    return YahooSession(impersonate="chrome")  # what yfinance takes itself
