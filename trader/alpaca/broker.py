"""Alpaca's paper account as a broker."""

from collections.abc import Mapping

from fleet.traders.orders import Order, Report
from trader.market import Day


class AlpacaBroker:
    """The paper account of a key, for one symbol.  Market-on-close orders, and for PROTECT one order of the day: a
    stop, a limit, or both of which one cancels the other.

    Args:
        symbol: As Alpaca knows it, such as AAPL or BRK.B.
        environment: With the credentials: see ``trader.alpaca.credentials``.

    Raises:
        CredentialsError, NotPaperError: see ``credentials``; the account is not for paper.
        BrokerError: the account or the symbol cannot be traded; Alpaca cannot be asked.
    """

    takes_both = False

    def __init__(self, symbol: str, environment: Mapping[str, str]) -> None:
        raise NotImplementedError

    def submit(self, order: Order) -> Report:
        raise NotImplementedError

    def find(self, order: Order) -> Report | None:
        raise NotImplementedError

    def cancel(self, order: Order) -> None:
        raise NotImplementedError

    def open_orders(self) -> list[Report]:
        raise NotImplementedError

    def position(self) -> float:
        raise NotImplementedError

    def settle(self, day: Day) -> None:
        """Nothing: Alpaca knows by itself."""
