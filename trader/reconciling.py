"""Whether the broker's account is what the trader thinks it is: its position, and the orders that are open."""

from collections.abc import Callable, Iterable, Sequence

from fleet.events import Emit
from fleet.traders.orders import OrderRecord, Report
from trader.broker import Broker, BrokerError, UnusableAccountError
from trader.events import Troubled
from trader.waiting import Waiting


def filled(records: Iterable[OrderRecord]) -> int:
    """Shares that orders have bought, less those that they have sold, as far as the broker has told."""
    return sum(record.report.shares for record in records if record.report)


def difference(expected: int, records: Iterable[OrderRecord], position: float, open_orders: Iterable[Report]) -> str:
    """Where the broker's account is another than it should be; empty where it is not.

    Args:
        expected: Shares, negative while short.
        records: The orders that may be open.
        position: The broker's, in shares.
        open_orders: All for the symbol, whoever gave them.
    """
    by_id = {record.order.id: record for record in records}
    for report in open_orders:
        record = by_id.get(report.id)
        if record is None:
            return f"at the broker an order is open that this trader has not given, {report.id}"
        if record.is_final:
            return f"order {report.id} was {record.state}, and is open at the broker"
    if position != expected:
        return f"the broker's account has {position:,.15g} shares, and should have {expected:,}"
    return ""


def reconcile(
    broker: Broker, waiting: Waiting, expectation: Callable[[], tuple[int, Sequence[OrderRecord]]], emit: Emit
) -> str:
    """Compare with the broker, several times where there is a difference, because answers may be old.

    Args:
        broker: Whose account it is.
        waiting: How often and how long.
        expectation: Shares that there should be, and the orders that may be open; asked each time.
        emit: Hears of trouble.

    Returns:
        The difference that stays, and what to do about it; empty where there is none.

    Raises:
        HaltError, UnusableAccountError, StoppedError, KilledError, LeaseLostError, BucketError
    """
    found, asked = "", 0
    for pause in waiting.patience.pauses():
        try:
            expected, records = expectation()
            found = difference(expected, records, broker.position(), broker.open_orders())
            asked += 1
        except UnusableAccountError:
            raise
        except BrokerError as error:
            emit(Troubled(reason=str(error), pause_seconds=pause))
            found = found or str(error)
        else:
            if not found or asked >= waiting.patience.asks:
                break
        waiting.pause(pause)
    return found and f"{found}: {_ADVICE}"


_ADVICE = (
    "look at the account; where today's split has changed the shares, lift the halt after the close; otherwise cancel "
    "orders that are not the trader's, bring the position to what it should be, then lift the halt"
)
