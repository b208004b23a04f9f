"""``python -m tests.chaos.portfolio``: many symbols in one account, a worker killed in the middle, beside one process.

A tenth of the paths and all of them in small chunks and without rows, which shows whether memory grows with paths; then
all of them in the usual chunks with a row for each.  Exits with 1 unless all files are the same bytes each time.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.markdown import replace_between_marks, table
from fleet.connection import s3_client, sqs_client
from fleet.job import Job
from fleet.new_job import make_portfolio_job
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.data.joint_history import JointHistory, align
from montecarlo.experiments.holdings import holdings_of
from montecarlo.statistics.tally import BLOCK_PATHS
from spotmc.engine_loading import load_engine
from spotmc.local_stack import emulator
from tests.chaos.emulated import emulated
from tests.chaos.killed import Outcome, play
from tests.chaos.many_symbols import many_histories

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
MARKS = "<!-- portfolio -->", "<!-- end of portfolio -->"
SYMBOLS, ITERATIONS, DAYS = 20, 10**6, 1260
MODELS = "bootstrap", "normal", "gbm", "student_t"
ROWS = "paths.csv"
SMALL_CHUNK = 32 * BLOCK_PATHS
INVESTED = 0.95  # of the capital; the rest is cash


def portfolio_job(
    history: JointHistory, *, iterations: int, days: int, model: str = "bootstrap", rows: bool = True
) -> Job:
    """Equal weights and some cash, put back each quarter, with the odds of other drifts."""
    weights = [INVESTED / len(history.symbols)] * len(history.symbols)
    return make_portfolio_job(
        history,
        holdings_of(history, weights),
        model=model,
        rebalancing=Rebalancing(every=63),
        days=days,
        iterations=iterations,
        seed=7,
        rows=rows,
        uncertainty=True,
    )


def as_page(outcomes: Sequence[tuple[int, Outcome]], symbols: int, model: str) -> str:
    """Command, machine, and what came of each number of paths."""
    rows = [
        (
            f"{iterations:,} in {each.chunks:,}, {'with' if ROWS in each.files else 'without'} rows",
            f"{each.stored_when_killed:,}",
            f"{each.fleet_seconds:.0f}",
            f"{each.alone_seconds:.0f}",
            f"{each.peaks[0]:,}",
            f"{each.peaks[1]:,}",
            "yes" if each.same else "**no**",
        )
        for iterations, each in outcomes
    ]
    header = (
        "paths, in chunks",
        "stored at the kill",
        "s, two workers then one",
        "s, one process",
        "MiB, killed worker",
        "MiB, other worker",
        "same bytes",
    )
    files = ", ".join(f"`{name}`" for name in sorted(outcomes[-1][1].files))
    said = f"{symbols} symbols, `{model}`, {DAYS:,} days. {machine.in_words()}. Compared: {files}."
    return "\n\n".join([said, table(header, rows)])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.portfolio", description=__doc__)
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    parser.add_argument("--symbols", type=int, default=SYMBOLS)
    parser.add_argument("--model", choices=MODELS, default=MODELS[0])
    parser.add_argument("--record", action="store_true", help="also put the table into docs/reliability.md")
    given = parser.parse_args()
    history = align(many_histories(given.symbols))
    outcomes = []
    for iterations, chunk, rows in (
        (given.iterations // 10, SMALL_CHUNK, False),
        (given.iterations, SMALL_CHUNK, False),
        (given.iterations, None, True),
    ):
        job = portfolio_job(history, iterations=iterations, days=DAYS, model=given.model, rows=rows)
        outcome = _played(job, history, chunk)
        outcomes.append((iterations, outcome))
        print(f"{given.symbols} symbols on {iterations:,} paths of {DAYS:,} days in {outcome}", flush=True)
        print(f"Peak memory of the workers: {outcome.peaks[0]:,} and {outcome.peaks[1]:,} MiB", flush=True)
    page = as_page(outcomes, given.symbols, given.model)
    print(page)
    if given.record:
        PAGE.write_text(replace_between_marks(PAGE.read_text(), page, MARKS))
    return 0 if all(outcome.same for _, outcome in outcomes) else 1


def _played(job: Job, history: JointHistory, chunk: int | None) -> Outcome:
    """On an emulator of its own, beside one process with one thread."""
    load_engine(job.experiment)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with emulated(folder) as settings:
            emulator.create(sqs_client(settings), s3_client(settings), settings)
            return play(settings, folder, job, history, chunk=chunk, threads=1)


if __name__ == "__main__":
    sys.exit(main())
