"""What a broker says of an order; asked again where it contradicts what was said before, because answers may be old."""

from dataclasses import replace

from fleet.traders.orders import CANCELLED, ENTER, FILLED, FINAL, Order, OrderRecord, Report
from trader.broker import Broker, BrokerSilentError
from trader.errors import HaltError
from trader.records import Records
from trader.waiting import Waiting

_ROUNDED = 1e-6  # shares: ratios such as 1/3 are rounded


class Answers:
    """
    Args:
        broker: Who is asked.
        records: Of the trader, with the halts that were lifted.
        waiting: How often is asked, and how long waited.
    """

    def __init__(self, broker: Broker, records: Records, waiting: Waiting) -> None:
        self._broker, self._records, self._waiting = broker, records, waiting

    def about(self, record: OrderRecord) -> Report | None:
        """What the broker says of an order; None where it does not know it and never has acknowledged it.

        Raises:
            HaltError: it contradicts itself.
            BrokerError: it cannot be told now.
            StoppedError, KilledError, LeaseLostError, BucketError
        """
        return self.consistent(record, self._broker.find(record.order))

    def sought(self, record: OrderRecord) -> Report | None:
        """What the broker says of an order that it may be about to know; None where it does not after some time.

        Raises:
            As ``about``.
        """
        silent: BrokerSilentError | None = None
        for _, pause in zip(range(self._waiting.patience.asks), self._waiting.patience.pauses(), strict=False):
            try:
                if (report := self.about(record)) is not None:
                    return report
                silent = None
            except BrokerSilentError as error:
                silent = error
            self._waiting.pause(pause)
        if silent:
            raise silent
        return None

    def consistent(self, record: OrderRecord, report: Report | None) -> Report | None:
        """The answer, or a later one where it contradicts what was said before.

        Where the contradiction stays, and a person has lifted the halt that it is, what is recorded is all there is.

        Raises:
            As ``about``.
        """
        asked = 1
        for pause in self._waiting.patience.pauses():
            problem = contradiction(record, report)
            if not problem:
                return report
            if asked >= self._waiting.patience.asks:
                if self._records.was_lifted(problem):
                    known = record.report or Report(id=record.order.id, state=CANCELLED)
                    return known if known.state in FINAL else replace(known, state=CANCELLED, text=problem)
                raise HaltError(with_advice(problem))
            self._waiting.pause(pause)
            report = self._broker.find(record.order)
            asked += 1
        raise AssertionError("pauses do not end")


def contradiction(record: OrderRecord, report: Report | None) -> str:
    """Why this cannot be what has become of an order, after what was said of it before; empty where it can.

    How many shares are filled is looked at when the session is over: a split may have restated the order.
    """
    order, before = record.order, record.report
    if report is None:
        return f"the broker has acknowledged order {order.id} ({before.state}) and knows it no more" if before else ""
    if report.id != order.id:
        return f"asked about order {order.id}, the broker answers about {report.id}"
    if report.shares * order.shares < 0:
        return f"order {order.id} is for {order.shares} shares, and the broker says that {report.shares} are filled"
    if report.shares and report.price is None:
        return f"the broker says that {report.shares} shares of order {order.id} are filled, and at no price"
    if before and abs(report.shares) < abs(before.shares):
        return f"of order {order.id}, {before.shares} shares were filled, and now the broker says {report.shares}"
    if before and before.state in FINAL and report.state != before.state:
        return f"order {order.id} was {before.state}, and now the broker says that it is {report.state}"
    return ""


def overfilled(order: Order, report: Report, split: float) -> str:
    """That other shares are filled than were ordered; empty where they are not.

    A split may have restated the order before it was filled, or not.  What leaves a position may so have sold more than
    there was, which ``trader.standing`` goes on from; but one that enters would hold many times what was wanted.
    """
    filled, as_given, restated = abs(report.shares), abs(order.shares), abs(order.shares) * split
    most = restated if order.intent == ENTER and split < 1 else max(as_given, restated)
    few = report.state == FILLED and order.intent == ENTER and filled < min(as_given, restated) - _ROUNDED
    if filled <= most + _ROUNDED and not few:
        return ""
    since = f", before a split of {split:g} for 1" if split != 1 else ""
    return f"order {order.id} is for {order.shares} shares{since}, and the broker says that {report.shares} are filled"


def with_advice(problem: str) -> str:
    """A contradiction, and what a person does about it."""
    return f"{problem}: look the order up at the broker, bring the position to what the trader has, then lift the halt"
