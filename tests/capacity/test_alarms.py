"""Alarms and their expressions do what CloudWatch documents of them."""

from dataclasses import replace

import pytest

from capacity.alarms import Alarm, Breach, breach
from capacity.metric_math import Expression
from cloudformation.template import TemplateError

IDS = {"a": "waiting", "b": "in_flight"}


@pytest.mark.parametrize(
    ("text", "waiting", "in_flight", "value"),
    [
        ("a", 3, 4, 3),
        ("a + 2 * b - 1", 3, 4, 10),
        ("IF(a > 0, -1, b)", 3, 4, -1),
        ("IF(a > 0, -1, b)", 0, 4, 4),
        ("IF(a > 0, -1, b)", 0, None, None),
        ("IF(a > 0, -1, b)", 3, None, -1),
        ("IF(a > 0, -1, b)", None, 4, None),
        # What is missing is 0 beside a series that is there; a number alone makes no point in time.
        ("a + b", None, 4, 4),
        ("a - b", None, 4, -4),
        ("a + b", None, None, None),
        ("a < b", None, 4, 1),
        ("a > 0", None, 4, None),
        ("0 * a + b > 2", None, 4, 1),
        ("-a", None, 4, None),
    ],
)
def test_metric_math_gives_what_cloudwatch_gives(
    text: str, waiting: float | None, in_flight: float | None, value: float | None
) -> None:
    assert Expression(text, IDS)({"waiting": waiting, "in_flight": in_flight}) == value


@pytest.mark.parametrize(
    "text",
    ["c", "METRICS()", "a +", "a / b", "a.b", "IF(a, b)", "'text'", "a < b < a", "FILL(a, 0)", "IF(a > 0, c, 1)"],
)
def test_metric_math_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="is not understood"):
        Expression(text, IDS)


WORKS = Alarm(Expression("a", IDS), "GreaterThanOrEqualToThreshold", threshold=1, periods=3)
EMPTY = Alarm(Expression("a + b", IDS), "LessThanOrEqualToThreshold", threshold=0, periods=3, missing_is_on=True)


def breached(alarm: Alarm, values: dict[int, float]) -> Breach | None:
    return breach(alarm, 9, {minute: {"waiting": value} for minute, value in values.items()})


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, None),
        ({9: 1, 8: 5, 7: 1}, Breach(5)),
        ({9: 1, 8: 0, 7: 1}, None),
        ({9: 1, 7: 1}, None),  # what is missing counts as not breaching
        ({8: 1, 7: 1, 6: 1}, Breach(1)),  # the newest is late
        ({9: 1, 7: 1, 5: 1}, Breach(1)),
        ({6: 1, 5: 1, 4: 1}, None),  # too old
    ],
)
def test_an_alarm_goes_by_the_newest_values_that_there_are(values: dict[int, float], found: Breach | None) -> None:
    assert breached(WORKS, values) == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, Breach(None)),
        ({9: 0}, Breach(0)),
        ({9: 0, 8: 0, 7: 0}, Breach(0)),
        ({9: 0, 8: 2, 7: 0}, None),
        ({5: 1}, None),  # one value that is not on is enough, as far as it looks back
        ({4: 1}, Breach(None)),
    ],
)
def test_where_missing_counts_as_breaching_one_value_keeps_it_off(
    values: dict[int, float], found: Breach | None
) -> None:
    assert breached(EMPTY, values) == found


def test_in_longer_periods_what_happens_is_added_and_of_what_is_there_the_most_counts() -> None:
    names = {"received": "received", "running": "running"}
    alarm = Alarm(Expression("IF(running > 2, received, 0)", names), "GreaterThanThreshold", 0, periods=1, minutes=5)
    samples = {minute: {"received": 1.0, "running": float(minute)} for minute in range(10)}
    assert breach(alarm, 9, samples) == Breach(5)
    assert breach(alarm, 8, samples) == Breach(5), "the period that has ended: its machines were 4 at most"
    assert breach(replace(alarm, threshold=5), 9, samples) is None
