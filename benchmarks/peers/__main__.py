"""``python -m benchmarks.peers``: what peers find on every sample history beside what we find."""

import sys
from collections.abc import Callable, Iterator
from itertools import product

from benchmarks.peers import with_backtrader, with_vectorbt
from benchmarks.peers.case import TOLERANCE, Answer, Case, differences
from benchmarks.peers.ours import bracket_cases, cases

PEERS: dict[str, Callable[[Case], Answer]] = {
    "vectorbt": with_vectorbt.backtest,
    "backtrader": with_backtrader.backtest,
}
BRACKETS = (
    ("vectorbt", "same-close", "stop-first"),
    ("vectorbt", "next-close", "stop-first"),
    ("backtrader", "next-open", "stop-first"),
    ("backtrader", "next-open", "target-first"),
)
"""What each can be set up for with a stop and a target: docs/conventions.md says why."""


def disagreements() -> tuple[list[str], str]:
    """What any peer disagrees about, as messages, and one sentence about what was compared."""
    found, asked, trades = [], 0, {"closes": 0, "orders": 0}
    for kind, compared in (("closes", _at_closes()), ("orders", _with_brackets())):
        for name, case, ours in compared:
            asked, trades[kind] = asked + 1, trades[kind] + len(ours.entries)
            found += [f"{name}: {message}" for message in differences(case, ours, PEERS[name](case))]
    told = (
        f"{asked} comparisons with {' or '.join(PEERS)}, of {trades['closes']:,} trades at closes and "
        f"{trades['orders']:,} with a stop and a target, to {TOLERANCE:g}"
    )
    return found, told


def _at_closes() -> Iterator[tuple[str, Case, Answer]]:
    for (case, ours), name in product(cases(), PEERS):
        yield name, case, ours


def _with_brackets() -> Iterator[tuple[str, Case, Answer]]:
    for name, fill, intrabar in BRACKETS:
        for case, ours in bracket_cases(fill, intrabar):
            yield name, case, ours


def main() -> int:
    found, compared = disagreements()
    print("\n".join(found) or f"Trades, final value and drawdown agree: {compared}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
