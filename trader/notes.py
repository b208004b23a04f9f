"""What a person should know of what became of a trader's orders."""

from collections.abc import Iterable

from fleet.traders.orders import CANCELLED, ENTER, EXIT, EXPIRED, FILLED, PROTECT, REJECTED, OrderRecord


def notes_of(records: Iterable[OrderRecord]) -> list[str]:
    """What a person should know of what became of the orders for a session."""
    records = list(records)
    left = any(each.order.intent == PROTECT and each.report and each.report.shares for each in records)
    unfilled = {ENTER} if left else {ENTER, EXIT}  # where a stop has ended the position, nothing is left to close
    return [note for each in records if (note := _note_of(each, each.order.intent in unfilled))]


def not_restated(records: Iterable[OrderRecord], split: float) -> list[str]:
    """Of a day with a split: which orders were filled with as many new shares as they had named of the old ones."""
    return [
        f"{each.order.intent} {each.order.shares:+d} was given before the split, and filled with as many new shares"
        for each in records
        if split != 1 and each.report and each.report.shares == each.order.shares
    ]


def passed_by(records: Iterable[OrderRecord], low: float, high: float, split: float) -> list[str]:
    """Of stops and targets that expired: which of them the day has reached all the same.

    Args:
        records: The orders for a session.
        low, high: Of its bar, dollars.
        split: New shares for an old one, since the orders were given.
    """
    found = []
    for each in records:
        order = each.order
        if order.intent != PROTECT or each.state != EXPIRED:
            continue
        side = -1 if order.shares < 0 else 1  # of the order: one that sells has its stop below and its target above
        worst, best = (low, high) if side < 0 else (high, low)
        for what, price, reached in (("stop", order.stop, worst), ("target", order.target, best)):
            sign = side if what == "stop" else -side
            if price is not None and sign * reached >= sign * price / split:
                found.append(
                    f"the day reached the {what} at {price / split:,.2f}, and the order for it expired: it came too "
                    "late to the broker, or that has other prices"
                )
    return found


def _note_of(record: OrderRecord, must_be_filled: bool) -> str:
    order, report = record.order, record.report
    what = f"{order.intent} {order.shares:+d}"
    if record.lapsed or report is None:
        return f"{what} was not sent: {record.lapsed}"
    why = f": {report.text}" if report.text else ""
    if report.state == REJECTED and not report.shares:
        return f"{what} was rejected (attempt {record.attempt}){why}"
    if report.state == FILLED:
        return ""
    if report.shares:
        return f"{what} was filled in part, {report.shares:+d}, and then {report.state}{why}"
    taken_away = order.intent == PROTECT and report.state == CANCELLED
    return f"{what} was {report.state}{why}" if must_be_filled or taken_away else ""
