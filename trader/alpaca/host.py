"""The two hosts that are ever asked, and what keeps every other request from being sent."""

from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from trader.broker import BrokerSilentError, NotPaperError

PAPER = "https://paper-api.alpaca.markets"
DATA = "https://data.alpaca.markets"
"""Constants, and no setting: real money cannot be traded because its host cannot be named."""

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 30.0


class PaperOnly(HTTPAdapter):
    """Sends what goes to the two hosts, with a time-out, and refuses all else; follows no redirect."""

    def send(self, request: PreparedRequest, *given: Any, **options: Any) -> Response:
        """
        Raises:
            NotPaperError: it is for another host; nothing was sent.
            BrokerSilentError: the answer leads to another address.
            requests.RequestException
        """
        require_paper(request.url or "")
        options["timeout"] = (CONNECT_SECONDS, ANSWER_SECONDS)
        response = super().send(request, *given, **options)
        if 300 <= response.status_code < 400:
            response.close()
            raise BrokerSilentError(
                f"Alpaca's answer leads to another address (HTTP {response.status_code}), which is not followed: "
                "see whether something on the way redirects requests"
            )
        return response


def require_paper(url: str) -> None:
    """
    Raises:
        NotPaperError: the URL is not below one of the two.
    """
    if not url.startswith((f"{PAPER}/", f"{DATA}/")):
        raise NotPaperError(f"nothing is sent to {url}: only {PAPER} and {DATA} are ever asked, where no real money is")
