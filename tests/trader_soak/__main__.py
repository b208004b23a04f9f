"""``python -m tests.trader_soak``: traders on paper against everything that may go wrong, and what came of it.

Exits with 1 when an order is lost or doubled, when a position is not the broker's, when a halt has no reason, or when
anything else is not as it should be.  The seed decides prices, faults and where they strike; runs in one process are
the same each time, those with processes and threads nearly so.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.markdown import replace_between_marks
from tests.trader_soak.models import read_models_once
from tests.trader_soak.report import as_page
from tests.trader_soak.tasks import Result, all_tasks, do

PAGE = Path(__file__).parents[2] / "docs" / "trader-reliability.md"
SEED, RUNS = 20261128, 120


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.trader_soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--runs", type=int, default=RUNS, help="of mixes; the other parts are as many in proportion")
    parser.add_argument("--only", default="", help="only parts and kinds of fault that have this in their name")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs at a time")
    parser.add_argument("--record", action="store_true", help="also put the tables into docs/trader-reliability.md")
    given = parser.parse_args()
    began = time.monotonic()
    tasks = [each for each in all_tasks(given.seed, given.runs) if given.only in f"{each.part}: {each.kind}"]
    print(f"Seed {given.seed}, {len(tasks)} runs", flush=True)
    results: list[Result] = []
    with ProcessPoolExecutor(given.jobs, get_context("spawn"), read_models_once) as pool:
        for task, result in zip(tasks, pool.map(do, tasks), strict=True):
            results.append(result)
            if not result.verdict.good:
                print(f"BAD {task}: {result.verdict}", flush=True)
            if len(results) % 100 == 0:
                print(f"{len(results)} of {len(tasks)}, {(time.monotonic() - began) / 60:.0f} minutes", flush=True)
    minutes = (time.monotonic() - began) / 60
    page = as_page(results, f'make trader-soak ARGS="--seed {given.seed} --runs {given.runs}"', minutes)
    print(page)
    if given.record:
        PAGE.write_text(replace_between_marks(PAGE.read_text(), page))
    return 0 if all(each.verdict.good for each in results) else 1


if __name__ == "__main__":
    sys.exit(main())
