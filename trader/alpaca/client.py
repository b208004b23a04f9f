"""What Alpaca is asked with: its own package, held to two hosts, to time-outs, and to sending nothing twice.

Of itself, alpaca-py has no time-out, and sends again what was answered with 429 or 504, orders among it, though nobody
knows what the first has brought about.
"""

import json
from collections.abc import Callable
from typing import TypeVar

from alpaca.common.exceptions import APIError
from alpaca.common.rest import RESTClient
from alpaca.data.historical.stock import StockHistoricalDataClient
from alpaca.trading.client import TradingClient
from requests import PreparedRequest, RequestException, Session

from fleet.reasons import in_one_line
from trader.alpaca.credentials import Credentials
from trader.alpaca.host import PaperOnly
from trader.broker import BrokerError, BrokerSilentError

_T = TypeVar("_T")
_Client = TypeVar("_Client", bound=RESTClient)

_TOO_OFTEN = 429
_UNCERTAIN = 408  # a time-out of something on the way; so are all from 500
# alpaca-py makes its models of whatever JSON comes, and falls over what is none of its own in as many ways.
_NOT_UNDERSTOOD = (ValueError, TypeError, AttributeError, KeyError)


class RefusedError(BrokerError):
    """Alpaca has understood a request and has not done it.

    Attributes:
        status: Of HTTP.
        code: Alpaca's own; 0 where the answer has none, and so may be somebody else's.
        said: Its words.
    """

    def __init__(self, what: str, status: int, code: int, said: str) -> None:
        super().__init__(f"{what}: Alpaca refuses it (HTTP {status}): {said}{_remedy(status, code)}")
        self.status, self.code, self.said = status, code, said


def trading_client(credentials: Credentials) -> TradingClient:
    """Of the paper account."""
    return _held(TradingClient(credentials.key_id, credentials.secret_key, paper=True))


def data_client(credentials: Credentials) -> StockHistoricalDataClient:
    """Of bars."""
    return _held(StockHistoricalDataClient(credentials.key_id, credentials.secret_key))


def _held(client: _Client) -> _Client:
    session = Session()
    for prefix in list(session.adapters):
        session.mount(prefix, PaperOnly())
    session.auth = _by_headers_alone
    client._session = session
    client._retry = 0
    return client


def _by_headers_alone(request: PreparedRequest) -> PreparedRequest:
    """No password that ~/.netrc has for a host, or for all, goes along."""
    return request


def ask(what: str, call: Callable[[], _T]) -> _T:
    """Ask Alpaca, once.

    Args:
        what: Is asked, for a person.
        call: Of alpaca-py alone.

    Raises:
        RefusedError: it certainly was not done.
        BrokerSilentError: nobody knows.
        NotPaperError: it would have gone elsewhere, and was not sent.
    """
    try:
        return call()
    except APIError as error:
        raise _refusal(what, error) from error
    except RequestException as error:
        raise BrokerSilentError(
            f"{what}: Alpaca gave no answer ({type(error).__name__}): look at the network, its firewall and proxy"
        ) from error
    except _NOT_UNDERSTOOD as error:
        raise BrokerSilentError(f"{what}: Alpaca's answer cannot be understood ({error})") from error


def _refusal(what: str, error: APIError) -> BrokerError:
    status, text = int(error.status_code or 0), str(error)
    if status >= 500 or status == _UNCERTAIN:
        return BrokerSilentError(f"{what}: Alpaca is out of order (HTTP {status}): it is asked again later")
    try:
        told = json.loads(text)
        code, said = int(told.get("code", 0)), str(told.get("message", text))
    except (ValueError, TypeError, AttributeError):
        code, said = 0, text
    return RefusedError(what, status, code, in_one_line(said))


def _remedy(status: int, code: int) -> str:
    if status == _TOO_OFTEN:
        return "; wait a minute"
    if status == 401 or (status == 403 and not code):
        return "; the key may be of another account, or withdrawn: make a new one of the paper account"
    return ""
