"""Limits beyond which a trader sends no order, or halts."""

from collections.abc import Iterable

from fleet.traders.orders import ENTER, Order
from fleet.traders.settings import Limits


def breach(
    limits: Limits,
    orders: Iterable[Order],
    *,
    close: float,
    equity: float,
    highest: float,
    equity_before: float | None,
    highest_before: float | None,
) -> str:
    """Why the orders of a day are not sent and the trader halts; empty where they may be.

    A drawdown halts on the day on which it becomes larger than its limit: once a person has lifted that, the trader
    goes on, until it happens anew.

    Args:
        limits: What is allowed.
        orders: Of the day.
        close: The last price, dollars.
        equity, highest: At the close, and the highest until then, dollars.
        equity_before, highest_before: At the close before; None on the first day.
    """
    orders = list(orders)
    if limits.drawdown is not None:
        lost = 1 - equity / highest
        lost_before = 1 - equity_before / highest_before if equity_before is not None and highest_before else 0.0
        if lost > limits.drawdown >= lost_before:
            return (
                f"the account has lost {100 * lost:.4g} % since its height of ${highest:,.2f}, and the limit is "
                f"{100 * limits.drawdown:.4g} %: its orders are held back, its position stays; lift the halt if it is "
                "to go on"
            )
    for order in orders:
        value = abs(order.shares) * close
        if limits.order_value is not None and order.intent == ENTER and value > limits.order_value:
            return (
                f"an order for {order.shares:+d} shares is worth ${value:,.2f}, and the limit is "
                f"${limits.order_value:,.2f}: it is held back; trade fewer shares under another name, or lift the halt "
                "and let this day pass"
            )
    if len(orders) > limits.day_orders:
        return (
            f"the day has {len(orders)} orders, and the limit is {limits.day_orders}: they are held back; trade under "
            "another name with a higher limit, or lift the halt and let this day pass"
        )
    return ""


def stale(limits: Limits, late: int, last: object) -> str:
    """Why the trader halts because bars do not come; empty where they do.

    Args:
        limits: What is allowed.
        late: Sessions that are over without a bar.
        last: The last day that has one.
    """
    if late <= limits.stale_days:
        return ""
    return (
        f"the last bar is of {last}, and {late} sessions are over since; the limit is {limits.stale_days}: see why the "
        "feed has no newer ones, then lift the halt"
    )
