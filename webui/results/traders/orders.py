"""Orders of a trader, and what became of them, in words."""

from fleet.traders.orders import ENTER, EXIT, PROTECT, Order, OrderRecord
from webui.results.backtest import EXITS
from webui.results.traders.standing import shares

AT_THE_CLOSE = {ENTER: "to enter at the close", EXIT: "to leave at the close"}


def what(order: Order) -> str:
    """Such as "buy 120 shares to enter at the close"."""
    deal = f"{'buy' if order.shares > 0 else 'sell'} {shares(abs(order.shares))}"
    if order.intent == PROTECT:
        levels = {"stop": order.stop, "target": order.target}
        return f"{deal} at its {' or '.join(f'{name} {value:,.2f}' for name, value in levels.items() if value)}"
    time_is_up = order.intent == EXIT and order.reason == "time"
    return f"{deal} {AT_THE_CLOSE[order.intent]}{': time is up' if time_is_up else ''}"


def became(record: OrderRecord) -> str:
    """What is to be said beside its state; empty where that says it all."""
    report, words = record.report, []
    if report and report.shares:
        price = f" at {report.price:,.2f}" if report.price is not None else ""
        by = (
            f" by its {EXITS.get(report.reason, report.reason)}"
            if report.reason and record.order.intent == PROTECT
            else ""
        )
        words.append(f"{shares(abs(report.shares))}{price}{by}")
    words += [report.text] if report and report.text else []
    words += [record.lapsed] if record.lapsed else []
    words += [f"attempt {record.attempt}"] if record.attempt > 1 else []
    return "; ".join(words)
