"""What Alpaca says of orders, in our words."""

from alpaca.trading.enums import OrderStatus, OrderType
from alpaca.trading.models import Order as AlpacaOrder

from fleet.traders.orders import ACCEPTED, CANCELLED, EXPIRED, FILLED, REJECTED, Order, Report
from trader.broker import BrokerSilentError

STATES = {
    OrderStatus.NEW: ACCEPTED,
    OrderStatus.ACCEPTED: ACCEPTED,
    OrderStatus.PENDING_NEW: ACCEPTED,
    OrderStatus.ACCEPTED_FOR_BIDDING: ACCEPTED,
    OrderStatus.PENDING_REVIEW: ACCEPTED,
    OrderStatus.PARTIALLY_FILLED: ACCEPTED,
    OrderStatus.HELD: ACCEPTED,
    OrderStatus.STOPPED: ACCEPTED,
    OrderStatus.SUSPENDED: ACCEPTED,
    OrderStatus.PENDING_CANCEL: ACCEPTED,
    OrderStatus.PENDING_REPLACE: ACCEPTED,
    OrderStatus.DONE_FOR_DAY: ACCEPTED,
    OrderStatus.CALCULATED: ACCEPTED,
    OrderStatus.FILLED: FILLED,
    OrderStatus.CANCELED: CANCELLED,
    OrderStatus.REPLACED: CANCELLED,  # by a person or by Alpaca, with an order that is not ours
    OrderStatus.EXPIRED: EXPIRED,
    OrderStatus.REJECTED: REJECTED,
}
"""Each of Alpaca's.  What may still be filled is ACCEPTED, and so is what only lacks its settlement."""


def report_of(told: AlpacaOrder) -> Report:
    """Of an order and, where it is of two that cancel each other, the other one as its leg.

    Raises:
        BrokerSilentError: parts of shares were filled, which we never ask for.
    """
    parts = (told, *(told.legs or ()))
    filled = [_whole(part.filled_qty) for part in parts]
    shares, wanted = sum(filled), _whole(told.qty)
    paid = sum(count * float(part.filled_avg_price or 0) for count, part in zip(filled, parts, strict=True))
    statuses = [part.status.value for part in parts]
    states = [STATES[part.status] for part in parts]
    if shares >= wanted > 0:
        state = FILLED
    elif ACCEPTED in states:
        state = ACCEPTED
    else:
        state = states[0] if states[0] != FILLED else CANCELLED
    side = 1 if told.side == "buy" else -1
    most = parts[filled.index(max(filled))]
    reasons = {OrderType.STOP: "stop", OrderType.LIMIT: "target"}
    return Report(
        id=told.client_order_id,
        state=state,
        shares=side * shares,
        price=paid / shares if shares else None,
        reason=reasons.get(most.type or OrderType.MARKET, "") if shares else "",
        text="" if statuses in ([state], [OrderStatus.CANCELED]) else f"Alpaca says {'/'.join(statuses)}",
    )


def require_same(order: Order, told: AlpacaOrder) -> None:
    """How many shares it is for is not looked at: a split may have restated that.

    Raises:
        BrokerSilentError: under the id of our order, Alpaca has another.
    """
    ours = (order.id, order.symbol.upper(), "buy" if order.shares > 0 else "sell")
    theirs = (told.client_order_id, told.symbol, told.side.value if told.side else "")
    if ours != theirs:
        raise BrokerSilentError(
            f"asked about order {order.id} ({ours[2]} {ours[1]}), Alpaca tells of {theirs[0]} ({theirs[2]} "
            f"{theirs[1]}): look at the account's orders on https://app.alpaca.markets"
        )


def _whole(quantity: str | float | None) -> int:
    count = float(quantity or 0)
    if count != int(count):
        raise BrokerSilentError(
            f"Alpaca tells of {quantity} shares, and we only ask for whole ones: look at the account"
        )
    return int(count)
