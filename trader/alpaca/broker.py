"""Alpaca's paper account as a broker."""

import re
from collections.abc import Mapping

from alpaca.trading.enums import AccountStatus, AssetClass, OrderClass, PositionSide, QueryOrderStatus
from alpaca.trading.models import Order as AlpacaOrder
from alpaca.trading.requests import GetOrderByIdRequest, GetOrdersRequest

from fleet.traders.orders import Order, Report
from trader.alpaca.client import RefusedError, ask, trading_client
from trader.alpaca.credentials import credentials
from trader.alpaca.order_reports import report_of, require_same
from trader.alpaca.order_requests import request_of
from trader.broker import (
    BrokerSilentError,
    KnownOrderError,
    NotPaperError,
    OrderRejectedError,
    UnusableAccountError,
)
from trader.market import Day

PAPER_ACCOUNTS = "PA"
"""How the number of a paper account begins."""

_KNOWN = re.compile(r"client[ _-]?order[ _-]?id\b.*\b(unique|exists?|already|duplicate)", re.IGNORECASE | re.DOTALL)
"""Alpaca's words for an id that it has; others have seen them with and without underscores."""

_UNKNOWN = 404
_REJECTED = (400, 403, 404, 422)  # with a code of Alpaca's own
_OPEN_AT_MOST = 500


class AlpacaBroker:
    """The paper account of a key, for one symbol.

    It takes no order that protects shares beside one that sells them at the close, and none that enters the other side
    before a position is left: shares are available to one order only.

    Args:
        symbol: As Alpaca knows it, such as AAPL or BRK.B.
        environment: With the credentials: see ``trader.alpaca.credentials``.

    Raises:
        CredentialsError: there are none.
        NotPaperError: key, account or an address in the environment is not for paper.
        UnusableAccountError: account or symbol cannot be traded.
        BrokerError: Alpaca cannot be asked.
    """

    takes_both = False

    def __init__(self, symbol: str, environment: Mapping[str, str]) -> None:
        self._symbol = symbol.upper()
        self._client = trading_client(credentials(environment))
        self.account = self._paper_account()
        self._require_tradable()

    def submit(self, order: Order) -> Report:
        request = request_of(order)
        try:
            told = ask(f"sending order {order.id}", lambda: self._client.submit_order(request))
        except RefusedError as refused:
            if _KNOWN.search(refused.said):
                raise KnownOrderError(str(refused)) from refused
            if refused.status in _REJECTED and refused.code:
                raise OrderRejectedError(str(refused)) from refused
            raise
        require_same(order, _order(told))
        return report_of(_order(told))

    def find(self, order: Order) -> Report | None:
        told = self._find(order.id)
        if told is None:
            return None
        require_same(order, told)
        return report_of(told)

    def cancel(self, order: Order) -> None:
        told = self._find(order.id)
        if told is None:
            return
        try:
            ask(f"cancelling order {order.id}", lambda: self._client.cancel_order_by_id(told.id))
        except RefusedError as refused:
            if refused.status not in (_UNKNOWN, 422) or not refused.code:  # it is over already
                raise

    def open_orders(self) -> list[Report]:
        wanted = GetOrdersRequest(
            status=QueryOrderStatus.OPEN, symbols=[self._symbol], nested=True, limit=_OPEN_AT_MOST
        )
        told = ask(f"asking for open orders of {self._symbol}", lambda: self._client.get_orders(wanted))
        return [report_of(_order(each)) for each in told]

    def position(self) -> float:
        try:
            told = ask(f"asking for shares of {self._symbol}", lambda: self._client.get_open_position(self._symbol))
        except RefusedError as refused:
            if refused.status == _UNKNOWN and refused.code:
                return 0.0
            raise
        assert not isinstance(told, dict)
        return abs(float(told.qty)) * (-1 if told.side == PositionSide.SHORT else 1)

    def settle(self, day: Day) -> None:
        """Nothing: Alpaca knows by itself."""

    def _find(self, order_id: str) -> AlpacaOrder | None:
        what = f"asking for order {order_id}"
        try:
            told = _order(ask(what, lambda: self._client.get_order_by_client_id(order_id)))
            if told.order_class != OrderClass.OCO:
                return told
            # By the id of ours, nothing is told of the one that it cancels.
            return _order(ask(what, lambda: self._client.get_order_by_id(told.id, GetOrderByIdRequest(nested=True))))
        except RefusedError as refused:
            if refused.status == _UNKNOWN and refused.code:
                return None
            raise

    def _paper_account(self) -> str:
        told = ask("asking for the account", self._client.get_account)
        assert not isinstance(told, dict)
        number = told.account_number
        if not number.startswith(PAPER_ACCOUNTS):
            raise NotPaperError(
                f"account {number} is not for paper: its number would begin with {PAPER_ACCOUNTS}. Nothing was sent; "
                "make a key of the paper account on https://app.alpaca.markets (switch to Paper first)"
            )
        if told.trading_blocked or told.account_blocked or told.trade_suspended_by_user:
            raise UnusableAccountError(f"account {number} may not trade: see why on https://app.alpaca.markets")
        if told.status != AccountStatus.ACTIVE:
            raise UnusableAccountError(
                f"account {number} is {told.status.value}: see why on https://app.alpaca.markets"
            )
        return number

    def _require_tradable(self) -> None:
        try:
            told = ask(f"asking for {self._symbol}", lambda: self._client.get_asset(self._symbol))
        except RefusedError as refused:
            if refused.status != _UNKNOWN or not refused.code:
                raise
            raise UnusableAccountError(
                f"Alpaca knows no {self._symbol}: look for its name there on https://app.alpaca.markets"
            ) from refused
        assert not isinstance(told, dict)
        if not told.tradable or told.asset_class != AssetClass.US_EQUITY:
            raise UnusableAccountError(f"{self._symbol} cannot be traded at Alpaca as a share: take another symbol")


def _order(told: object) -> AlpacaOrder:
    if not isinstance(told, AlpacaOrder):
        raise BrokerSilentError(f"Alpaca's answer cannot be understood ({type(told).__name__} in place of an order)")
    return told
