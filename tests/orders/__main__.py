"""``python -m tests.orders [FOLDER]``: every kind of order on each price file of a folder, or on the sample histories.

Exits with 1 when the compiled account finds anything else than the broker that is written for reading.
"""

import argparse
import sys
from pathlib import Path

import montecarlo as mc
from montecarlo.data.sources.sample import SYMBOLS
from tests.orders.every_kind import compare, simulations


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.orders", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="with CSV files of daily bars")
    given = parser.parse_args(arguments)
    if given.folder:
        histories = [mc.load_history(None, "csv", path=path) for path in sorted(given.folder.glob("*.csv"))]
    else:
        histories = [mc.load_history(symbol, source="sample") for symbol in SYMBOLS]
    accounts = trades = ambiguous = 0
    found = []
    for history in histories:
        own = trades
        for simulation in simulations(history):
            of_one, unclear, differences = compare(simulation)
            accounts, trades, ambiguous = accounts + 4, trades + of_one, ambiguous + unclear
            found += [f"{history.symbol}: {each}" for each in differences]
        print(
            f"{history.symbol}: {len(history.closes):,} days, {trades - own:,} trades, {len(found)} differences so far"
        )
    print("\n".join(found))
    print(
        f"{len(histories)} histories, {accounts:,} accounts, {trades:,} trades, {ambiguous:,} ambiguous bars: "
        f"{len(found)} differences"
    )
    return 1 if found or not histories else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
