"""A trader loses and doubles nothing, whatever goes wrong; ``make trader-soak`` is more of the same."""

import random
from collections import Counter

import pytest

from tests.trader_soak import faults, processes, two_traders
from tests.trader_soak.choices import in_turn, once
from tests.trader_soak.runs import NAME, Scenario, play, requests_of
from tests.trader_soak.tasks import ALPACA_DAYS, NETWORK, REPLAY_DAYS, SHORT, STOPS, Part, Task, all_tasks, do
from tests.trader_soak.verdict import Verdict

TWO_DAYS = Scenario(days=2, seed=9)


@pytest.mark.parametrize("scenario", [ALPACA_DAYS, REPLAY_DAYS], ids=["Alpaca", "replay"])
def test_without_faults_every_order_is_executed_and_nothing_else_is_said(scenario: Scenario) -> None:
    outcome = play(scenario, lambda _: None)
    assert outcome.verdict.good
    assert outcome.verdict.orders
    assert not outcome.verdict.explained
    assert (outcome.starts, outcome.errors) == (1, [])


@pytest.mark.parametrize(
    ("kind", "further"), [(faults.KILL_BEFORE, 0), (faults.KILL_AFTER, 0), (faults.KILL_BEFORE, 3)]
)
def test_a_kill_on_the_way_of_an_order_changes_nothing(kind: str, further: int) -> None:
    """Before it is sent, when it has been sent, and when what the broker says of it is not recorded yet."""
    outcome = play(TWO_DAYS, once(kind, _sends() + further))
    undisturbed = Verdict(orders=1)
    assert (outcome.starts, outcome.verdict) == (2, undisturbed)


@pytest.mark.parametrize("kind", sorted({*faults.ALL} - {*faults.KILLS, faults.FORGETS_OPEN, faults.FORGETS_FILLED}))
def test_each_kind_of_fault_that_strikes_an_order_is_outlasted_or_said(kind: str) -> None:
    outcome = play(TWO_DAYS, once(kind, _sends()))
    assert outcome.struck[kind] == 1
    assert outcome.verdict.good, outcome.verdict
    if kind not in faults.OF_THE_BROKER:
        assert not outcome.verdict.halts
        assert not outcome.verdict.explained


def test_an_order_that_the_broker_forgets_halts_the_trader() -> None:
    outcome = play(TWO_DAYS, once(faults.FORGETS_OPEN, _sends() + 1))
    assert outcome.verdict.good
    assert ["knows it no more" in reason for reason in outcome.verdict.halts] == [True]


def test_the_kill_switch_is_thrown_and_put_back_and_a_halt_is_lifted() -> None:
    """The trader goes on, and says what was not executed."""
    scenario = Scenario(days=4, seed=9)
    sends = next(asked.number for asked in requests_of(scenario) if asked.sends)
    outcome = play(scenario, once(faults.FORGETS_OPEN, sends + 1), person=random.Random(4))
    assert outcome.verdict.good, outcome.verdict
    assert outcome.thrown == 2
    assert len(outcome.verdict.lifted) == 1
    assert not outcome.verdict.halts
    assert outcome.verdict.explained == ["cancelled"]


def test_of_two_that_begin_at_once_one_trades() -> None:
    pair = two_traders.at_once(TWO_DAYS, seed=1)
    assert pair.one_trades, pair
    assert "stopped" in pair.ends.values()
    assert {"LeaseHeldError", "LeaseLostError"} & {*pair.ends.values()}
    assert pair.verdict.good


def test_one_that_wakes_up_after_another_has_taken_its_place_does_nothing_more() -> None:
    undisturbed = two_traders.wakes_up(TWO_DAYS, 10**6, after_days=99)
    assert undisturbed.ends == {"first": "stopped"}
    for at in (undisturbed.passed // 3, undisturbed.passed * 2 // 3):
        pair = two_traders.wakes_up(TWO_DAYS, at, after_days=1)
        assert pair.ends == {"first": "LeaseLostError", "second": "stopped"}
        assert pair.verdict.good, pair


@pytest.mark.thorough
def test_a_process_is_killed_and_started_again() -> None:
    outcome = processes.play(TWO_DAYS, once(faults.KILL_AFTER, _sends()))
    assert outcome.verdict.good, outcome.verdict
    assert (outcome.starts, outcome.errors, outcome.verdict.explained) == (2, [], [])


@pytest.mark.thorough
def test_the_command_is_killed_and_started_again() -> None:
    """It waits two minutes for the lease of the one that is gone."""
    sends = next(asked.number for asked in requests_of(REPLAY_DAYS) if "/orders/" in asked.path)
    outcome = processes.play(REPLAY_DAYS, once(faults.KILL_AFTER, sends), command=("spotmc.cli", "trader", "run", NAME))
    assert outcome.verdict.good, outcome.verdict
    assert (outcome.starts, outcome.errors) == (2, [])


@pytest.mark.thorough
def test_a_process_that_was_stopped_for_too_long_does_nothing_more() -> None:
    pair = processes.wakes_up(TWO_DAYS, _sends())
    assert pair.ends == {"first": "LeaseLostError", "second": "stopped"}
    assert pair.verdict.good, pair


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(2))
def test_of_two_processes_that_begin_at_once_one_trades(seed: int) -> None:
    pair = processes.at_once(SHORT, seed)
    assert len(pair.turns) == 1
    assert sorted(pair.ends.values()) == ["LeaseHeldError", "stopped"]
    assert pair.verdict.good, pair


@pytest.mark.thorough
def test_more_of_every_part() -> None:
    few = Counter[Part]()
    tasks: list[Task] = []
    for task in all_tasks(seed=1, runs=10):
        if not task.kind or task.number % 20 == 0:
            few[task.part] += 1
            tasks += [task] if task.kind or few[task.part] <= 8 else []
    results = [do(task) for task in tasks]
    assert {result.task.part for result in results} == set(Part)
    assert [result for result in results if not result.verdict.good] == []
    assert sum(result.faults for result in results) > 300


@pytest.mark.thorough
def test_processes_are_killed_again_and_again() -> None:
    scenario = Scenario(days=6, seed=3, rule=STOPS)
    outcome = processes.play(scenario, in_turn("1", NETWORK, every=20, kills_at_most=6))
    assert outcome.verdict.good, outcome.verdict


def _sends() -> int:
    """The request that sends the order of these two days."""
    return next(asked.number for asked in requests_of(TWO_DAYS) if asked.sends)
