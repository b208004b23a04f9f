"""``python -m tests.chaos``: play every scenario against an emulator, and show what came of it.

Exits with 1 when a path is lost or done twice, when a byte differs, or when anything else is left that should not be.
The seed decides jobs, poison and faults.  How the workers' requests interleave is up to the machine, so another run
with the same seed is another run.
"""

import argparse
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.markdown import replace_between_marks
from fleet.connection import s3_client, sqs_client
from spotmc.engine_loading import load_engine
from spotmc.local_stack import emulator
from tests.chaos.emulated import emulated
from tests.chaos.play import Outcome, play
from tests.chaos.report import as_page, line
from tests.chaos.scenarios import SCENARIOS, Scenario

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
SEED = 20261121


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rounds", type=int, default=1, help="play everything so many times, each with other seeds")
    parser.add_argument("--only", default="", help="only kinds that have this in their name")
    parser.add_argument("--record", action="store_true", help="also put the tables into docs/reliability.md")
    given = parser.parse_args()
    chosen = [scenario for scenario in SCENARIOS if given.only in scenario.name]
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    print(f"Seed {given.seed}, {len(chosen)} kinds of fault, {given.rounds} times each; logs in {folder}", flush=True)
    outcomes = []
    for outcome in _played(chosen * given.rounds, given.seed, folder):
        outcomes.append(outcome)
        print(line(outcome), flush=True)
    good = all(outcome.verdict.good for outcome in outcomes)
    page = as_page(outcomes, f'make chaos ARGS="--seed {given.seed} --rounds {given.rounds}"')
    print(page)
    if given.record:
        PAGE.write_text(replace_between_marks(PAGE.read_text(), page))
    if good:
        shutil.rmtree(folder)
    return 0 if good else 1


def _played(scenarios: list[Scenario], seed: int, folder: Path) -> Iterator[Outcome]:
    load_engine()
    with emulated(folder) as settings:
        sqs, s3 = sqs_client(settings), s3_client(settings)
        for number, scenario in enumerate(scenarios):
            name = f"chaos-{number}"
            fresh = replace(settings, queue_url=settings.queue_url.replace(emulator.QUEUE, name), bucket=name)
            emulator.create(sqs, s3, fresh)
            yield play(scenario, seed + 1000 * number, fresh, folder / name)
            urllib.request.urlopen(f"{settings.endpoint_url}/moto-api/reset", data=b"").close()


if __name__ == "__main__":
    sys.exit(main())
