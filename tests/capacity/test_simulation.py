"""What the template's policy makes of bursts and trickles, and that the simulation would show it if it were worse."""

from dataclasses import replace
from pathlib import Path

import pytest

from capacity import scenarios
from capacity.assumptions import Arrival, Assumptions
from capacity.backlog import Backlog
from capacity.lower_bound import lower_bound
from capacity.metric_math import Expression
from capacity.policy import Policy, Rule, stack
from capacity.scenarios import BURSTS, TRICKLES, Scenario, burst, trickle
from capacity.simulation import Run, simulate
from cloudformation.template import TemplateError
from fleet.tree import Tree

STEADY = ("a chunk every 20 s", "30 chunks every minute", "300 chunks every minute")
UNTIL_SEEN = 5  # minutes until a message that waits has moved the target: the metric, when late, and the alarm


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return scenarios.runs()


@pytest.mark.parametrize("name", [*BURSTS, *TRICKLES])
def test_the_work_is_done_and_the_fleet_returns_to_zero(name: str, runs: dict[str, Run]) -> None:
    run = runs[name]
    assert run.finished is not None
    assert run.at_zero is not None
    policy, assumptions = {**BURSTS, **TRICKLES}[name].policy, {**BURSTS, **TRICKLES}[name].assumptions
    # The last machines to be asked for still boot, then wait for work in vain.
    latest = assumptions.boot_seconds * 1.5 + (policy.idle_minutes + policy.down.alarm.periods + UNTIL_SEEN) * 60
    assert run.at_zero - run.finished <= latest


@pytest.mark.parametrize("name", [*BURSTS, *TRICKLES])
def test_nothing_waits_long_without_a_machine_being_asked_for(name: str, runs: dict[str, Run]) -> None:
    assert runs[name].longest_stall <= UNTIL_SEEN + {**BURSTS, **TRICKLES}[name].assumptions.asleep_minutes


@pytest.mark.parametrize("name", [*BURSTS, *TRICKLES])
def test_no_busy_worker_is_ended(name: str, runs: dict[str, Run]) -> None:
    assert runs[name].busy_ended == 0


@pytest.mark.parametrize("name", BURSTS)
def test_a_burst_makes_the_fleet_grow_and_shrink_once(name: str, runs: dict[str, Run]) -> None:
    run = runs[name]
    assert run.swings == 0
    assert run.launched <= run.minutes.target.max() + run.interruptions
    assert run.regretted == 0


@pytest.mark.parametrize("name", STEADY)
def test_a_steady_trickle_starts_no_machine_for_one_that_has_left(name: str, runs: dict[str, Run]) -> None:
    assert runs[name].regretted == 0


@pytest.mark.parametrize("name", [*BURSTS, *TRICKLES])
def test_no_run_is_better_than_the_lower_bound(name: str, runs: dict[str, Run]) -> None:
    scenario = {**BURSTS, **TRICKLES}[name]
    best = lower_bound(scenario.load, scenario.assumptions, scenario.workers)
    assert best.finished <= runs[name].finished
    assert best.machine_hours <= runs[name].machine_hours


def test_the_table_in_the_documents_is_up_to_date(runs: dict[str, Run]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()
    assert scenarios.table(runs) in page, "run: .venv/bin/python -m capacity.scenarios"


# ---- What the measures above would show of a worse policy ----------------------------------------------------------


def test_a_fleet_that_ends_what_exceeds_its_target_ends_busy_workers() -> None:
    scenario = TRICKLES["30 chunks every minute"]
    assert simulate(replace(scenario.policy, ends_excess=True), scenario.load, scenario.assumptions).busy_ended > 0


def test_workers_that_leave_before_the_fleet_shrinks_are_replaced_in_vain() -> None:
    with pytest.raises(TemplateError, match="IdleExitMinutes must be 20 or more"):
        stack(ScaleInMinutes=10, IdleExitMinutes=10)
    most = {"MaxWorkers": 10_000, "MaxDollarsPerHour": 10_000}
    allowed, scenario = Policy.of(stack(ScaleInMinutes=10, IdleExitMinutes=20, **most)), BURSTS["1,000 chunks"]
    assert simulate(allowed, scenario.load, scenario.assumptions).regretted == 0
    bad = simulate(replace(allowed, idle_minutes=5), scenario.load, scenario.assumptions)
    assert bad.regretted > bad.peak / 2


def test_shrinking_while_messages_wait_makes_a_burst_swing() -> None:
    scenario = BURSTS["1,000 chunks"]
    alarm, shrink = scenario.policy.down
    eager = replace(scenario.policy, down=Rule(replace(alarm, metric=Expression("FILL(in_flight, 0)")), shrink))
    assert simulate(eager, scenario.load, scenario.assumptions).swings > 0


def test_a_threshold_that_a_small_job_never_reaches_leaves_it_waiting() -> None:
    scenario = Scenario(load=burst(1))
    policy = Policy.of(stack(ScaleOutMessages=2))
    run = simulate(policy, scenario.load, scenario.assumptions, until=3600)
    assert run.finished is None
    assert run.longest_stall >= 59


# ---- The world that is simulated -----------------------------------------------------------------------------------


@pytest.mark.parametrize("chunks", [1, 10, 11, 100, 101, 1_000, 12_345])
def test_splitting_gives_as_many_messages_as_the_tree_has_nodes(chunks: int) -> None:
    tree, backlog = Tree(chunks, 1), Backlog()
    backlog.submit(chunks)
    assert backlog.messages == len(tree.first_level())
    splits = 0
    while backlog.chunks < backlog.messages:
        backlog.split(1)
        splits += 1
    assert backlog.chunks == chunks
    assert splits <= chunks // 9 + 5  # the inner nodes of a tree that forks in ten


def test_the_fleet_costs_no_more_than_it_may() -> None:
    policy = replace(BURSTS["10,000 chunks"].policy, dollars_per_hour=1.0)
    assumptions = Assumptions(chunk_seconds=20, dollars_per_hour=0.03)
    run = simulate(policy, burst(10_000), assumptions)
    assert run.peak == 33
    assert run.finished is not None


def test_what_spot_takes_away_is_done_by_others() -> None:
    scenario = Scenario(load=burst(2_000), assumptions=Assumptions(chunk_seconds=60, taken_in_an_hour=0.95))
    run = scenario.run()
    assert run.interruptions > 100
    assert run.finished is not None
    undisturbed = simulate(scenario.policy, scenario.load, replace(scenario.assumptions, taken_in_an_hour=0))
    assert undisturbed.interruptions == 0
    assert undisturbed.finished is not None
    assert undisturbed.finished < run.finished


def test_the_same_seed_gives_the_same_run() -> None:
    first, again = (Scenario(load=trickle(50, 300, hours=2)).run() for _ in range(2))
    assert first.minutes.equals(again.minutes)


def test_the_lower_bound_waits_for_jobs_and_simulates_whole_chunks() -> None:
    assumptions = Assumptions(chunk_seconds=10)
    assert lower_bound([Arrival(0, 5)], assumptions, 10) == (10, 5 * 10 / 3600)
    assert lower_bound([Arrival(0, 25)], assumptions, 10).finished == 30
    assert lower_bound([Arrival(0, 10), Arrival(100, 10)], assumptions, 10).finished == 110
    assert lower_bound([Arrival(50, 100), Arrival(55, 100)], assumptions, 10).finished == 200
