"""What a person should know of what became of a trader's orders."""

from collections.abc import Iterable

from fleet.traders.orders import ENTER, EXIT, FILLED, PROTECT, REJECTED, OrderRecord


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
    return f"{what} was {report.state}{why}" if must_be_filled else ""
