"""The session through which ``yfinance`` asks Yahoo."""

from functools import cache
from typing import Any
from urllib.parse import urlsplit

from curl_cffi.requests import Session

from montecarlo.data.sources.endings import TIMEOUT_SECONDS, Ending, Remembering

_PRICES = "/finance/chart/"  # in the address of prices; other requests are for cookies


class YahooSession(Remembering, Session):  # type: ignore[type-arg]
    """Remembers how the last request for prices ended; yfinance would go on asking where that has settled it."""

    def request(self, method: Any, url: str, *arguments: Any, **options: Any) -> Any:
        if self.ending is not None and self.ending.settled:
            raise self.ending.error or ConnectionAbortedError(f"{self.ending.host} has no such prices")
        options["timeout"] = TIMEOUT_SECONDS
        prices, host = _PRICES in url, urlsplit(url).netloc
        try:
            answer = super().request(method, url, *arguments, **options)
        except OSError as error:
            if prices:
                self.remember(Ending(host, error))
            raise
        if prices:
            self.remember(Ending(host, None, answer.status_code, answer.text))
        return answer


@cache
def session() -> YahooSession:
    """The one of this process: yfinance has only one at a time, for all threads."""
    return YahooSession(impersonate="chrome")  # what yfinance takes itself
