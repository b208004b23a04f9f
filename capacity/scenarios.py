"""What comes of bursts, trickles and trouble, as tables: ``python -m capacity.scenarios``."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import inf

from capacity.assumptions import Arrival, Assumptions, Load, World
from capacity.batch import on_batch
from capacity.lower_bound import lower_bound
from capacity.policy import Policy, stack
from capacity.simulation import Run, simulate

HOUR = 3600
DAY = 24 * HOUR
USUAL = Assumptions(chunk_seconds=20)
VARIANTS = ("SpotFleet", "AutoScalingGroup")


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
        workers: The most machines.
        assumptions: What is assumed.
        until: Seconds after which it is broken off.
    """

    load: Load
    workers: int = 10_000
    assumptions: Assumptions = USUAL
    until: float = inf

    def policy(self, variant: str = "SpotFleet") -> Policy:
        """That of the templates, with their defaults."""
        return _policy(variant, self.workers)

    def run(self, variant: str = "SpotFleet", world: World | None = None) -> Run:
        assumptions = replace(self.assumptions, world=world or World())
        return simulate(self.policy(variant), self.load, assumptions, until=self.until)


@cache
def _policy(variant: str, workers: int) -> Policy:
    return Policy.of(stack(WorkersOn=variant, MaxWorkers=workers, MaxDollarsPerHour=workers))


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
    "1,000 chunks, half of the metrics late, a tenth lost": Scenario(
        load=burst(1_000), assumptions=replace(USUAL, late=0.5, lost=0.1)
    ),
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
LOADS = {**BURSTS, **TRICKLES}

WORLDS = {
    "as in the table above": World(),
    "a step adds to the target": World(counts_from_fulfilled=False),
    "a target that an alarm lowers ends machines": World(fall_ends_machines=True),
    "the fleet tells its size every five minutes": World(fleet_metric_minutes=5),
    "an alarm without values moves nothing": World(acts_without_values=False),
    "a metric without any value leaves an expression without one": World(empty_is_zero=False),
    "all five of these": World(
        counts_from_fulfilled=False,
        fall_ends_machines=True,
        fleet_metric_minutes=5,
        acts_without_values=False,
        empty_is_zero=False,
    ),
}
"""Each of what AWS leaves open, either way."""

TROUBLE = {
    "every boot fails and says so": Scenario(load=burst(10_000), assumptions=replace(USUAL, failing=1), until=DAY),
    "every boot ends without a network": Scenario(load=burst(10_000), assumptions=replace(USUAL, silent=1), until=DAY),
    "one boot in ten fails and says so": Scenario(load=burst(10_000), assumptions=replace(USUAL, failing=0.1)),
    "one boot in ten ends without a network": Scenario(load=burst(10_000), assumptions=replace(USUAL, silent=0.1)),
    "Spot has 20 machines": Scenario(load=burst(10_000), assumptions=replace(USUAL, most_machines=20)),
    "Spot gives 5 machines a minute": Scenario(load=burst(10_000), assumptions=replace(USUAL, machines_a_minute=5)),
}
"""All with 10,000 chunks."""

Runs = Mapping[tuple[str, str], Run]
"""By name of the scenario and, as the table needs it, by variant or by name of the world."""


def load_runs() -> Runs:
    """What comes of each load in both variants."""
    return {(name, variant): scenario.run(variant) for name, scenario in LOADS.items() for variant in VARIANTS}


def world_runs(usual: Runs) -> Runs:
    """What a Spot Fleet does with each load in each world, of which ``load_runs`` has the first."""
    first, *others = WORLDS
    known = {(name, first): usual[name, "SpotFleet"] for name in LOADS}
    return known | {(name, world): each.run(world=WORLDS[world]) for name, each in LOADS.items() for world in others}


def trouble_runs() -> Runs:
    """What comes of trouble in both variants."""
    return {(name, variant): scenario.run(variant) for name, scenario in TROUBLE.items() for variant in VARIANTS}


def load_table(runs: Runs) -> str:
    """Time and cost of each load: at best, on a Spot Fleet, in a group, on Batch."""
    rows = []
    for name, scenario in LOADS.items():
        best = lower_bound(scenario.load, scenario.assumptions, scenario.workers)
        row = [name, _time(best.finished), f"{best.machine_hours:,.1f}"]
        for variant in VARIANTS:
            run = runs[name, variant]
            row += [f"{run.peak:,}", _time(run.finished), f"{run.machine_hours:,.1f}", _after(run)]
        if name in BURSTS:
            batch = on_batch(scenario.load[0], scenario.assumptions, runs[name, "SpotFleet"].peak)
            row += [_time(batch.finished), f"{batch.machine_hours:,.1f}"]
        else:
            row += ["", ""]
        rows.append(row)
    mine = ["most", "done", "hours", "zero"]
    return _table(
        [
            "load",
            "best",
            "hours",
            *(f"fleet {each}" for each in mine),
            *(f"group {each}" for each in mine),
            "Batch done",
            "hours",
        ],
        rows,
    )


def world_table(runs: Runs) -> str:
    """What each behaviour that AWS leaves open changes on a Spot Fleet, over all loads."""
    rows = []
    for world in WORLDS:
        row = [world, f"{sum(runs[name, world].busy_ended for name in LOADS)}"]
        for loads in (BURSTS, TRICKLES):
            row.append(f"{sum(runs[name, world].machine_hours for name in loads):,.0f}")
        row.append(_time(max((runs[name, world].at_zero or inf) - (runs[name, world].finished or 0) for name in LOADS)))
        rows.append(row)
    return _table(
        ["on a Spot Fleet", "busy workers ended", "hours, bursts", "hours, trickles", "zero after at most"], rows
    )


def trouble_table(runs: Runs) -> str:
    """What trouble costs, and when people are told."""
    rows = []
    for name in TROUBLE:
        row = [name]
        for variant in VARIANTS:
            run = runs[name, variant]
            told = min(run.told.items(), key=lambda each: each[1], default=None)
            days = max(run.at_zero or DAY, HOUR) / DAY
            row += [
                _time(run.finished) if run.finished else "never",
                f"{run.peak:,}",
                f"{run.machine_hours:,.1f}" + (" a day" if days == 1 else ""),
                _after(run) if run.finished else "",
                f"{told[0]} after {_time(told[1])}" if told else "",
            ]
        rows.append(row)
    mine = ["done", "most", "hours", "zero", "told by"]
    return _table(["", *(f"fleet {each}" for each in mine), *(f"group {each}" for each in mine)], rows)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = [titles, ["---", *["--:"] * (len(titles) - 1)]]
    return "".join("|" + "|".join(f" {cell} " if cell else " " for cell in row) + "|\n" for row in [*head, *rows])


def _after(run: Run) -> str:
    return _time(run.at_zero - run.finished) if run.at_zero and run.finished else "never"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return f"{seconds / HOUR:.1f} h" if seconds >= 2 * HOUR else f"{seconds / 60:.1f} min"


if __name__ == "__main__":
    of_loads = load_runs()
    print(load_table(of_loads), world_table(world_runs(of_loads)), trouble_table(trouble_runs()), sep="\n", end="")
