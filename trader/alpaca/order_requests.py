"""Orders in Alpaca's form."""

from alpaca.trading.enums import OrderClass, OrderSide, TimeInForce
from alpaca.trading.requests import (
    LimitOrderRequest,
    MarketOrderRequest,
    OrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
)

from fleet.traders.orders import PROTECT, Order


def request_of(order: Order) -> OrderRequest:
    """A market order for the closing auction; of PROTECT, an order of the day that has the stop, the target, or both of
    which the first one reached cancels the other.

    https://docs.alpaca.markets/docs/orders-at-alpaca
    """
    common = {
        "symbol": order.symbol.upper(),
        "qty": abs(order.shares),
        "side": OrderSide.BUY if order.shares > 0 else OrderSide.SELL,
        "client_order_id": order.id,
    }
    if order.intent != PROTECT:
        return MarketOrderRequest(**common, time_in_force=TimeInForce.CLS)
    common["time_in_force"] = TimeInForce.DAY
    stop = None if order.stop is None else tick(order.stop)
    target = None if order.target is None else tick(order.target)
    if stop is None:
        return LimitOrderRequest(**common, limit_price=target)
    if target is None:
        return StopOrderRequest(**common, stop_price=stop)
    return LimitOrderRequest(
        **common,
        order_class=OrderClass.OCO,
        take_profit=TakeProfitRequest(limit_price=target),
        stop_loss=StopLossRequest(stop_price=stop),
    )


def tick(price: float) -> float:
    """The nearest price that may be asked for: cents, and hundredths of them below a dollar."""
    return round(price, 2 if price >= 1 else 4)
