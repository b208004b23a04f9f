"""What the fleet makes of bursts and trickles, as a table: ``python -m capacity.scenarios``."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from capacity.assumptions import Arrival, Assumptions, Load
from capacity.lower_bound import lower_bound
from capacity.policy import Policy, stack
from capacity.simulation import Run, simulate

HOUR = 3600
USUAL = Assumptions(chunk_seconds=20)


def burst(chunks: int) -> Load:
    """One job, sent just after the queue's metrics were taken."""
    return [Arrival(at=1, chunks=chunks)]


def trickle(chunks: int, every_seconds: float, hours: float = 6) -> Load:
    """Jobs at random times."""
    chance, jobs = random.Random(0), [Arrival(at=1, chunks=chunks)]
    while (next_at := jobs[-1].at + chance.expovariate(1 / every_seconds)) < hours * HOUR:
        jobs.append(Arrival(next_at, chunks))
    return jobs


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A load, and what is special about the world.

    Args:
        load: The jobs.
        workers: The fleet's maximum.
        assumptions: What is assumed.
    """

    load: Load
    workers: int = 10_000
    assumptions: Assumptions = USUAL

    @property
    def policy(self) -> Policy:
        """That of the templates, with their defaults."""
        return _policy(self.workers)

    def run(self) -> Run:
        return simulate(self.policy, self.load, self.assumptions)


@cache
def _policy(workers: int) -> Policy:
    return Policy.of(stack(MaxWorkers=workers, MaxDollarsPerHour=workers))


BURSTS = {
    "one chunk": Scenario(load=burst(1)),
    "100 chunks": Scenario(load=burst(100)),
    "1,000 chunks": Scenario(load=burst(1_000)),
    "10,000 chunks": Scenario(load=burst(10_000)),
    "100,000 chunks": Scenario(load=burst(100_000)),
    "1,000,000 chunks": Scenario(load=burst(1_000_000)),
    "10,000 chunks, 10 workers": Scenario(load=burst(10_000), workers=10),
    "1,000 chunks, the queue asleep": Scenario(load=burst(1_000), assumptions=replace(USUAL, asleep_minutes=15)),
    "100,000 chunks, half of the machines taken away in an hour": Scenario(
        load=burst(100_000), assumptions=replace(USUAL, taken_in_an_hour=0.5)
    ),
    "1,000 chunks, ten minutes to boot": Scenario(load=burst(1_000), assumptions=replace(USUAL, boot_seconds=600)),
    "1,000 chunks, half of the metrics late": Scenario(load=burst(1_000), assumptions=replace(USUAL, late=0.5)),
    "100,000 short chunks": Scenario(load=burst(100_000), assumptions=Assumptions(chunk_seconds=1)),
}
TRICKLES = {
    "a chunk every 20 s": Scenario(load=trickle(1, 20)),
    "a chunk every 5 minutes": Scenario(load=trickle(1, 300)),
    "a chunk every hour": Scenario(load=trickle(1, HOUR, hours=24)),
    "30 chunks every minute": Scenario(load=trickle(30, 60)),
    "300 chunks every minute": Scenario(load=trickle(300, 60)),
    "10,000 chunks every 2 minutes": Scenario(load=trickle(10_000, 120, hours=4)),
    "1,000 chunks every 10 minutes": Scenario(load=trickle(1_000, 600)),
    "20,000 chunks every 30 minutes": Scenario(load=trickle(20_000, 1800)),
}


def runs() -> dict[str, Run]:
    """What the fleet does in each scenario."""
    return {name: scenario.run() for name, scenario in {**BURSTS, **TRICKLES}.items()}


def table(runs: Mapping[str, Run]) -> str:
    """The runs in Markdown."""
    lines = [
        "| load | most machines | done after | lower bound | machine-hours | lower bound | started | taken | swings "
        "| zero after |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, scenario in {**BURSTS, **TRICKLES}.items():
        run, best = runs[name], lower_bound(scenario.load, scenario.assumptions, scenario.workers)
        assert run.finished is not None
        assert run.at_zero is not None
        lines.append(
            f"| {name} | {run.peak:,} | {_time(run.finished)} | {_time(best.finished)} | {run.machine_hours:,.1f} "
            f"| {best.machine_hours:,.1f} | {run.launched:,} | {run.interruptions:,} | {run.swings} "
            f"| {_time(run.at_zero - run.finished)} |"
        )
    return "\n".join(lines) + "\n"


def _time(seconds: float) -> str:
    return f"{seconds / HOUR:.1f} h" if seconds >= 2 * HOUR else f"{seconds / 60:.1f} min"


if __name__ == "__main__":
    print(table(runs()), end="")
