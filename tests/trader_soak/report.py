"""What a soak shows, as the tables of docs/trader-reliability.md."""

import re
from collections import Counter
from collections.abc import Sequence

from benchmarks.markdown import table
from tests.trader_soak.tasks import Part, Result

_NAMES = re.compile(r"mc-[\w.-]+|\d{4}-\d\d-\d\d|-?\d[\d.,]*")


def as_page(results: Sequence[Result], command: str, minutes: float) -> str:
    """Command, sums, kinds, reasons of halts, words about orders that were not executed, and ends of two."""
    tables = [f"`{command}`", _sums(results, minutes), _kinds(results)]
    halts = Counter(_general(each) for result in results for each in (*result.verdict.halts, *result.verdict.lifted))
    words = Counter(_general(each) for result in results for each in result.verdict.explained)
    tables.append(table(("why it halted", "times"), [(why, f"{count:,}") for why, count in halts.most_common()]))
    tables.append(
        table(("said of orders that were not executed", "orders"), [(why, f"{n:,}") for why, n in words.most_common()])
    )
    ends = Counter((str(each.task.part), " and ".join(each.ends)) for each in results if each.ends)
    tables.append(table(("of two", "how they ended", "pairs"), [(*which, f"{n:,}") for which, n in ends.most_common()]))
    return "\n\n".join(tables)


def _sums(results: Sequence[Result], minutes: float) -> str:
    verdicts = [each.verdict for each in results]
    halted = sum(bool(each.halts or each.lifted) for each in verdicts)
    rows = {
        "runs": f"{len(results):,}",
        "faults": f"{sum(each.faults for each in results):,}",
        "of these, kills": f"{sum(each.kills for each in results):,}",
        "starts of traders": f"{sum(each.starts for each in results):,}",
        "orders that were to be executed": f"{sum(each.orders for each in verdicts):,}",
        "orders lost": f"{sum(len(each.lost) for each in verdicts):,}",
        "orders doubled": f"{sum(len(each.doubled) for each in verdicts):,}",
        "orders sent before they were recorded": f"{sum(len(each.sent_before_recorded) for each in verdicts):,}",
        "positions or cash other than the broker's": f"{sum(len(each.wrong) for each in verdicts):,}",
        "orders not executed, of which the trader says why": f"{sum(len(each.explained) for each in verdicts):,}",
        "kill switches thrown and put back": f"{sum(each.thrown for each in results):,}",
        "halts lifted": f"{sum(len(each.lifted) for each in verdicts):,}",
        "runs that halted": f"{halted:,} ({halted / len(results):.1%})",
        "halts without a reason, and all else that should not be": (
            f"{sum(len(each.complaints) for each in verdicts):,}"
        ),
        "minutes": f"{minutes:.0f}",
    }
    return table(("in all", ""), list(rows.items()))


def _kinds(results: Sequence[Result]) -> str:
    groups: dict[tuple[Part, str], list[Result]] = {}
    for each in results:
        groups.setdefault((each.task.part, each.task.kind), []).append(each)
    rows = []
    for (part, kind), those in groups.items():
        verdicts = [each.verdict for each in those]
        halted = sum(bool(each.halts or each.lifted) for each in verdicts)
        rows.append(
            (
                f"{part}: {kind}" if kind else str(part),
                f"{len(those):,}",
                f"{sum(each.faults for each in those):,}",
                f"{sum(each.orders for each in verdicts):,}",
                f"{sum(len(each.lost) for each in verdicts)}",
                f"{sum(len(each.doubled) for each in verdicts)}",
                f"{sum(len(each.wrong) + len(each.sent_before_recorded) + len(each.complaints) for each in verdicts)}",
                f"{sum(len(each.explained) for each in verdicts):,}",
                f"{halted:,} ({halted / len(those):.0%})",
            )
        )
    head = ("kind of fault", "runs", "faults", "orders", "lost", "doubled", "else wrong", "said not executed", "halted")
    return table(head, rows)


def _general(words: str) -> str:
    """Without what differs from run to run."""
    return _NAMES.sub("…", words).replace("|", "/")
