"""``python -m benchmarks.peers``: what peers find on every sample history beside what we find."""

import sys

from benchmarks.peers import with_backtrader, with_vectorbt
from benchmarks.peers.case import TOLERANCE, differences
from benchmarks.peers.ours import cases

PEERS = {"vectorbt": with_vectorbt.backtest, "backtrader": with_backtrader.backtest}


def disagreements() -> tuple[list[str], str]:
    """What any peer disagrees about, as messages, and one sentence about what was compared."""
    found, trades, asked = [], 0, list(cases())
    for case, ours in asked:
        trades += len(ours.entries)
        for name, backtest in PEERS.items():
            found += [f"{name}: {message}" for message in differences(case, ours, backtest(case))]
    compared = f"{len(asked)} backtests with {trades} trades, each beside {' and '.join(PEERS)}, to {TOLERANCE:g}"
    return found, compared


def main() -> int:
    found, compared = disagreements()
    print("\n".join(found) or f"Trades, final value and drawdown agree: {compared}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
