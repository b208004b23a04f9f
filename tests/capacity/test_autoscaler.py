"""Step scaling does what AWS documents of it, and workers that leave lower the target."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from capacity.alarms import Alarm
from capacity.assumptions import World
from capacity.autoscaler import Autoscaler
from capacity.metric_math import Expression, Values
from capacity.policy import Leaving, Policy, Rule, Step, StepScaling

FOREVER = float("inf")
IDS = {"waiting": "waiting", "inFlight": "in_flight"}
POLICY = Policy(
    lowest=0,
    highest=100,
    up=Rule(
        Alarm(Expression("waiting", IDS), "GreaterThanOrEqualToThreshold", threshold=1, periods=1),
        StepScaling(exact=False, cooldown_seconds=300, steps=(Step(1, 10, 2), Step(10, FOREVER, 3))),
    ),
    retry=Rule(
        Alarm(Expression("waiting", IDS), "GreaterThanOrEqualToThreshold", threshold=1, periods=15),
        StepScaling(exact=False, cooldown_seconds=3600, steps=(Step(1, FOREVER, 1),)),
    ),
    down=(
        Rule(
            Alarm(
                Expression("waiting + inFlight", IDS), "LessThanOrEqualToThreshold", 0, periods=3, missing_is_on=True
            ),
            StepScaling(exact=True, cooldown_seconds=60, steps=(Step(-FOREVER, FOREVER, 0),)),
        ),
    ),
    told={},
    leaving=Leaving.TO_IN_FLIGHT,
    ends_excess=False,
    idle_minutes=10,
)
GROUP = replace(
    POLICY,
    up=Rule(POLICY.up.alarm, replace(POLICY.up.scaling, warms_up=True)),
    down=(),
    leaving=Leaving.ONE_EACH,
)
WAITS: Values = {"waiting": 5}
MANY_WAIT: Values = {"waiting": 50}
WORKS: Values = {"waiting": 0, "in_flight": 5}
QUIET: Values = {"waiting": 0, "in_flight": None}


def targets(
    samples: Sequence[Values | None],
    policy: Policy = POLICY,
    world: World | None = None,
    machines: Callable[[int], int] = lambda target: target,
) -> list[int]:
    """The target after each minute; None is a minute without metrics.

    Args:
        machines: How many there are, from the target.
    """
    autoscaler, known = Autoscaler(policy, world), {-1: WORKS}
    moved = []
    for minute, sample in enumerate(samples):
        if sample is not None:
            known[minute] = sample
        moved.append(autoscaler.look(minute, known, lambda _: machines(autoscaler.target)))
    return moved


def test_growing_waits_for_its_cooldown_and_goes_on_while_the_alarm_is_on() -> None:
    assert targets([WAITS] * 11) == [2] * 5 + [4] * 5 + [6]


def test_within_a_cooldown_a_larger_step_adds_only_what_it_has_more() -> None:
    assert targets([WAITS, MANY_WAIT, MANY_WAIT]) == [2, 3, 3]


def test_the_target_stays_within_its_bounds() -> None:
    assert targets([MANY_WAIT] * 7, replace(POLICY, highest=4)) == [3] * 5 + [4] * 2
    assert targets([QUIET] * 3, replace(POLICY, lowest=1)) == [1] * 3


@pytest.mark.parametrize(
    ("from_fulfilled", "expected"),
    [(True, [3] * 5 + [4] * 3), (False, [3] * 5 + [6] * 3)],
    ids=["from fulfilled", "from target"],
)
def test_a_step_adds_to_what_there_is_or_to_the_target(from_fulfilled: bool, expected: list[int]) -> None:
    world = World(counts_from_fulfilled=from_fulfilled)
    assert targets([MANY_WAIT] * 8, world=world, machines=lambda target: min(target, 1)) == expected


def test_where_machines_are_short_growing_may_take_back_what_is_wanted_but_no_machine_that_is_there() -> None:
    """From 3 + 3 to what a small step makes of the one machine that there is."""
    samples = [*[MANY_WAIT] * 10, WAITS]
    found = targets(samples, world=World(), machines=lambda target: min(target, 1))
    assert found[-1] == 1 + 2
    assert min(found[5:]) > 1


def test_three_quiet_minutes_bring_it_to_zero_and_so_do_three_without_metrics() -> None:
    assert targets([WAITS, QUIET, QUIET, WAITS, QUIET, QUIET, QUIET]) == [2] * 6 + [0]
    assert targets([WAITS, *[None] * 5]) == [2] * 5 + [0]
    assert targets([WAITS, *[None] * 5], world=World(acts_without_values=False)) == [2] * 6


def test_work_of_which_the_newest_minutes_are_not_known_keeps_it() -> None:
    assert targets([WAITS, WORKS, None, QUIET, QUIET, None]) == [2] * 6


def test_only_an_alarm_makes_it_fall() -> None:
    autoscaler = Autoscaler(POLICY)
    autoscaler.look(0, {0: WAITS}, lambda _: 0)
    autoscaler.leave(1, 1)
    assert autoscaler.target == 1
    autoscaler.look(1, {0: WAITS, 1: WORKS}, lambda _: 1)
    assert not autoscaler.fell
    autoscaler.look(4, {2: QUIET, 3: QUIET, 4: QUIET}, lambda _: 1)
    assert autoscaler.fell


def test_a_machine_counts_in_a_group_when_it_has_warmed_up() -> None:
    autoscaler = Autoscaler(GROUP)
    assert [autoscaler.look(minute, {minute: WAITS}, lambda _: 0) for minute in range(4)] == [2] * 4
    assert autoscaler.look(4, {4: MANY_WAIT}, lambda _: 0) == 3, "only what the larger step has more"
    assert autoscaler.look(5, {5: WAITS}, lambda seconds: 2 if seconds == 300 else 3) == 4
    assert autoscaler.look(6, {6: WAITS}, lambda _: 0) == 4, "what is wanted is not taken back"


@pytest.mark.parametrize(
    ("in_flight", "target"), [(0, 0), (3, 3), (50, 20)], ids=["none is busy", "three are", "more than there are"]
)
def test_who_leaves_a_fleet_leaves_what_is_in_flight(in_flight: int, target: int) -> None:
    autoscaler = Autoscaler(POLICY)
    autoscaler.target = 20
    autoscaler.leave(0, in_flight)
    assert autoscaler.target == 20
    for _ in range(3):  # however many leave
        autoscaler.leave(1, in_flight)
        assert autoscaler.target == target


def test_each_that_leaves_a_group_counts_once() -> None:
    autoscaler = Autoscaler(GROUP)
    autoscaler.target = 5
    autoscaler.leave(1, 0)
    autoscaler.leave(3, 10)
    assert autoscaler.target == 1
    autoscaler.leave(3, 0)
    assert autoscaler.target == 0
