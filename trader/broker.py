"""What a broker can be asked, and how it may fail."""

from typing import Protocol

from fleet.traders.orders import Order, Report
from trader.market import Day


class BrokerError(Exception):
    """The broker did not do what was asked, and certainly has not; the message is for the person."""


class BrokerSilentError(BrokerError):
    """No answer, or none that can be understood: whether the request has had an effect is not known."""


class KnownOrderError(BrokerError):
    """There is an order of that id already."""


class OrderRejectedError(BrokerError):
    """The broker does not take this order; it exists nowhere, and another attempt has another id."""


class UnusableAccountError(BrokerError):
    """The account cannot be used as it is, and waiting does not help; the message says what a person can do."""


class NotPaperError(UnusableAccountError):
    """The account, or the host, is not for paper; nothing may be sent there."""


class Broker(Protocol):
    """An account for one symbol.

    Attributes:
        account: Its name at the broker; a part of order ids.
        takes_both: Whether it takes an order that protects shares beside one that sells them at the close, and an order
            that enters the other side beside it.
    """

    account: str
    takes_both: bool

    def submit(self, order: Order) -> Report:
        """
        Raises:
            KnownOrderError, OrderRejectedError, BrokerSilentError, BrokerError
        """

    def find(self, order: Order) -> Report | None:
        """What has become of an order, by its id; None where there is none of that id.

        Raises:
            BrokerSilentError, BrokerError: it cannot be told now.
        """

    def cancel(self, order: Order) -> None:
        """Ask for an open order to be cancelled; whether it was, ``find`` tells.

        Raises:
            BrokerSilentError, BrokerError
        """

    def open_orders(self) -> list[Report]:
        """All orders for the symbol that may still be filled, whoever gave them.

        Raises:
            BrokerSilentError, BrokerError
        """

    def position(self) -> float:
        """Shares of the symbol, negative while short.

        Raises:
            BrokerSilentError, BrokerError
        """

    def settle(self, day: Day) -> Report | None:
        """Be told that a session is over; of every day, the trader's first one included, and as often as one likes.

        A broker of our own fills the session's orders by its bar, others know better.

        Returns:
            What the broker itself has closed at that close, because nothing was left of the account.

        Raises:
            BrokerSilentError, BrokerError
        """
