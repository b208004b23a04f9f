"""Alarms and step scaling do what AWS documents of them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from capacity.autoscaler import Autoscaler, Sample, breach
from capacity.metric_math import Expression
from capacity.policy import Alarm, Policy, Rule, Step, StepScaling

FOREVER = float("inf")
POLICY = Policy(
    lowest=0,
    highest=100,
    up=Rule(
        Alarm(Expression("waiting"), threshold=1, periods=1),
        StepScaling(exact=False, cooldown_seconds=300, steps=(Step(1, 10, 2), Step(10, FOREVER, 3))),
    ),
    down=Rule(
        Alarm(Expression("IF(waiting > 0, -1, FILL(in_flight, 0))"), threshold=0, periods=3),
        StepScaling(exact=True, cooldown_seconds=120, steps=(Step(0, 1, 0), Step(1, FOREVER, 1))),
    ),
    ends_excess=False,
    idle_minutes=10,
    dollars_per_hour=100,
)
WAITS, MANY_WAIT, WORKS, QUIET = Sample(5, 0), Sample(50, 0), Sample(0, 5), Sample(0, None)


def targets(samples: Sequence[Sample | None], policy: Policy = POLICY) -> list[int]:
    """The target after each minute; None is a minute without metrics."""
    autoscaler, known = Autoscaler(policy), {}
    moved = []
    for minute, sample in enumerate(samples):
        if sample:
            known[minute] = sample
        moved.append(autoscaler.look(minute, known))
    return moved


def test_growing_waits_for_its_cooldown_and_goes_on_while_the_alarm_is_on() -> None:
    assert targets([WAITS] * 11) == [2] * 5 + [4] * 5 + [6]


def test_within_a_cooldown_a_larger_step_adds_only_what_it_has_more() -> None:
    assert targets([WAITS, MANY_WAIT, MANY_WAIT]) == [2, 3, 3]


def test_the_target_stays_within_its_bounds() -> None:
    assert targets([MANY_WAIT] * 7, replace(POLICY, highest=4)) == [3] * 5 + [4] * 2
    assert targets([QUIET] * 3, replace(POLICY, lowest=1)) == [1] * 3


def test_shrinking_needs_all_its_minutes() -> None:
    assert targets([WAITS, QUIET, QUIET, WAITS, QUIET, QUIET, QUIET]) == [2] * 6 + [0]


def test_shrinking_goes_by_the_most_of_the_minutes_that_it_counts() -> None:
    assert targets([WAITS, QUIET, WORKS, QUIET, QUIET, QUIET]) == [2, 2, 2, 1, 1, 0]


def test_shrinking_waits_for_its_cooldown() -> None:
    slow = replace(POLICY, down=Rule(POLICY.down.alarm, replace(POLICY.down.scaling, cooldown_seconds=240)))
    samples = [WAITS, WORKS, WORKS, WORKS, *[QUIET] * 5]
    assert targets(samples) == [2, 2, 2, 1, 1, 1, 0, 0, 0]
    assert targets(samples, slow) == [2, 2, 2, 1, 1, 1, 1, 0, 0]


def test_growing_does_not_wait_for_shrinking() -> None:
    assert targets([WAITS, *[QUIET] * 3, None, MANY_WAIT]) == [2, 2, 2, 0, 0, 3]


def test_what_was_added_before_it_shrank_counts_until_the_cooldown_is_over() -> None:
    assert targets([WAITS, *[QUIET] * 3, WAITS, WAITS]) == [2, 2, 2, 0, 0, 2]


@pytest.mark.parametrize(
    ("samples", "value"),
    [
        ({}, None),
        ({9: QUIET, 8: QUIET, 7: QUIET}, 0),
        ({9: QUIET, 8: WORKS, 7: QUIET}, 5),
        ({9: QUIET, 8: WAITS, 7: QUIET}, None),
        ({9: QUIET, 7: QUIET}, None),  # what is missing counts as not breaching
        ({8: QUIET, 7: QUIET, 6: QUIET}, 0),  # the newest is late
        ({9: QUIET, 7: QUIET, 5: QUIET}, 0),
        ({6: QUIET, 5: QUIET, 4: QUIET}, None),  # too old
    ],
)
def test_an_alarm_goes_by_the_newest_values_that_there_are(samples: dict[int, Sample], value: float | None) -> None:
    assert breach(POLICY.down.alarm, 9, samples) == value
