"""A quick selection; ``make chaos`` plays all of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from fleet.settings import Settings
from tests.chaos.faults import Interrupt
from tests.chaos.play import play
from tests.chaos.scenarios import SCENARIOS, Scenario, sometimes
from tests.chaos.workload import FEW

QUICK = (
    "kill -9 between a chunk's rows and its partial result",
    "everything at once",
)


@pytest.mark.thorough
@pytest.mark.parametrize("name", QUICK)
def test_nothing_is_lost_and_nothing_done_twice(name: str, settings: Settings, tmp_path: Path) -> None:
    [scenario] = [scenario for scenario in SCENARIOS if scenario.name == name]
    outcome = play(replace(scenario, work=replace(FEW, kinds=("rows",))), 1, settings, tmp_path)
    assert outcome.verdict.good, outcome.verdict.complaints
    assert outcome.injected > 0


@pytest.mark.thorough
def test_a_fault_that_never_strikes_proves_nothing(settings: Settings, tmp_path: Path) -> None:
    work = replace(FEW, kinds=("rows",), chunks=1)
    idle = Scenario("never", sometimes(Interrupt(30), lambda operation: False), work, workers=1)
    outcome = play(idle, 1, settings, tmp_path)
    assert outcome.injected == 0
    assert outcome.verdict.complaints == ["the fault never struck"]


def test_the_faults_are_many_and_each_has_a_name_of_its_own() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS) >= 20
