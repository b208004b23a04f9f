"""What docs/rehearsal.md and docs/aws.md say of the rehearsal is what it does."""

import re

import pytest

from rehearsal.checks import ALL, OPTIONAL
from rehearsal.checks.interruption import DOLLARS_PER_ACTION_MINUTE
from rehearsal.site import DOLLARS_PER_HOUR
from spotmc.rehearse import prices_of
from tests.programs import ROOT

PAGE = (ROOT / "docs/rehearsal.md").read_text()
UNKNOWN = re.search(r"## What we do not know.*?\n## ", (ROOT / "docs/aws.md").read_text(), re.DOTALL)


def test_the_checks_are_those_that_there_are() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE) == [check.name for check in ALL]


@pytest.mark.parametrize("workers_on", ["SpotFleet", "AutoScalingGroup"])
def test_it_takes_the_time_and_the_money_that_it_says(workers_on: str) -> None:
    prices = prices_of(workers_on, "us-east-1", "spotmc-rehearsal")
    assert sum(prices.expected(check) for check in ALL) < 1
    assert 3.25 < sum(check.minutes for check in ALL) / 60 < 3.75
    assert f"${DOLLARS_PER_HOUR:.2f} an hour" in PAGE
    assert f"${DOLLARS_PER_ACTION_MINUTE:.2f} for each" in PAGE


def test_every_check_of_something_that_is_not_documented_is_in_the_table_of_those() -> None:
    assert UNKNOWN is not None
    named = set(re.findall(r"`([a-z-]+)`", UNKNOWN[0]))
    assert {check.name for check in ALL if check.unknown} <= named
    assert {check.name for check in OPTIONAL} <= named


def test_the_tests_that_the_table_names_are_there() -> None:
    assert UNKNOWN is not None
    paths = set(re.findall(r"`(tests/[a-z_/.]+)`", UNKNOWN[0]))
    assert len(paths) > 5
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
