"""``python -m benchmarks``: check that results agree, measure, and print the tables of docs/performance.md.

Nothing is timed whose results disagree.  Exits with 1 when results disagree, when machine code for another processor
gives other bits, or when draws are not normal; a target that is missed is only shown.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks import (
    agreement,
    contenders,
    fleet,
    forecasts,
    hosting,
    machine,
    normals,
    pages,
    portfolios,
    processes,
    processors,
    targets,
    weightings,
    within_days,
)
from benchmarks.markdown import replace_between_marks, table
from benchmarks.peers import with_pypfopt
from benchmarks.peers.__main__ import disagreements
from benchmarks.timing import Timing, measure

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
ROUNDS, LONG_ROUNDS = 20, 10
FEW_PATHS, MANY_PATHS = 10**6, 10**7


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--record", action="store_true", help="also put the tables into docs/performance.md")
    record = parser.parse_args().record

    before = machine.as_table()
    found, compared = disagreements()
    frontiers, points = with_pypfopt.disagreements()
    found += [*frontiers, *weightings.disagreements()]
    try:
        agreement.check()
    except agreement.DisagreementError as error:
        found.append(str(error))
    if found:
        print("Nothing is timed, because results disagree:", *found, sep="\n", file=sys.stderr)
        return 1
    tried, drawn = [processors.outcome(target) for target in processors.TARGETS], normals.findings()
    correct = processors.agree(tried) and all(finding.good for finding in drawn)

    timings = measure(contenders.on_one_thread(), ROUNDS)
    timings |= measure(contenders.by_threads(), LONG_ROUNDS) | measure(contenders.by_pairs(), LONG_ROUNDS)
    timings |= measure([*within_days.contenders(), *forecasts.contenders(), *portfolios.contenders()], LONG_ROUNDS)
    with contenders.by_rules() as rules:
        timings |= measure(rules, LONG_ROUNDS)
    of_weightings, of_loop = weightings.report()
    page = "\n\n".join(
        [
            before,
            "### Targets",
            targets.as_table(
                [
                    *targets.of_timings(timings),
                    *within_days.of_timings(timings),
                    *forecasts.of_timings(timings),
                    *portfolios.of_timings(timings),
                    *of_loop,
                    *_of_processes(),
                ]
            ),
            "### Times",
            _times(timings),
            "### Weightings",
            of_weightings,
            "### Peers",
            f"Trades, final values and drawdowns agree: {compared}. So do {points}.",
            "### Processors",
            processors.as_table(tried),
            "### Normals",
            normals.as_table(drawn),
            "### Queue, worker and bucket",
            fleet.report(),
        ]
    )
    of_pages, of_hosting = pages.report(), hosting.report()
    print(page, "### Pages of the web UI", of_pages, "### Hosting", of_hosting, sep="\n\n")
    if record:
        recorded = replace_between_marks(PAGE.read_text(), page)
        recorded = replace_between_marks(recorded, of_pages, pages.MARKS)
        PAGE.write_text(replace_between_marks(recorded, of_hosting, hosting.MARKS))
    return 0 if correct else 1


def _of_processes() -> list[targets.Target]:
    memory = processes.peak_megabytes(MANY_PATHS) / processes.peak_megabytes(FEW_PATHS)
    job, imports = processes.start_up_seconds()
    return [
        targets.Target(f"peak memory of {MANY_PATHS:,} paths / {FEW_PATHS:,} paths", memory, 1.1, at_most=True),
        targets.Target("processor time of `spotmc run` / of importing", job / imports, 2.0, at_most=True),
    ]


def _times(timings: Mapping[str, Timing]) -> str:
    yardstick = timings[contenders.DRAWING].best
    rows = [
        (name, f"{timing.best:,.2f}", f"{timing.spread:+.0%}", f"{timing.best / yardstick:,.2f}")
        for name, timing in timings.items()
    ]
    return table(("", "ns per path and day", "median above that", "/ drawing the normals"), rows)


if __name__ == "__main__":
    sys.exit(main())
