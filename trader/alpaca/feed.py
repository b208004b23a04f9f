"""Daily bars from Alpaca, each once its session is over and orders for the next close are taken."""

from collections.abc import Mapping
from datetime import date, datetime

from trader.market import Day


class AlpacaFeed:
    """
    Args:
        symbol: As Alpaca knows it, such as AAPL or BRK.B.
        environment: With the credentials: see ``trader.alpaca.credentials``.

    Raises:
        CredentialsError, NotPaperError: see ``credentials``.
    """

    bars_per_year = 252
    ended = False

    def __init__(self, symbol: str, environment: Mapping[str, str]) -> None:
        raise NotImplementedError

    def now(self) -> datetime:
        raise NotImplementedError

    def after(self, day: date | None) -> Day | None:
        raise NotImplementedError

    def late(self, day: date) -> int:
        raise NotImplementedError
