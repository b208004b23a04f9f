"""A small version of what ``python -m tests.calibration ranges`` measures."""

from dataclasses import replace
from statistics import median

import pytest

import montecarlo as mc
from tests.calibration.ranges import Calibration, as_section, calibrate


@pytest.fixture(scope="module")
def found() -> Calibration:
    """25 histories, half a year of holding ahead."""
    return calibrate("gbm", 25, strategy=mc.BuyAndHold(), days=126)


@pytest.mark.thorough
def test_ranges_hold_the_truth_as_often_as_they_say_and_intervals_at_the_fit_do_not(found: Calibration) -> None:
    assert found.good
    # Half a year of holding at a drift that is known to ± 0.134: about ± 25 points, either way.
    assert 0.3 < median(high - low for low, high in found.ranges) < 0.7
    assert found.held_at_the_fit < 0.5


@pytest.mark.thorough
def test_ranges_that_do_not_are_told(found: Calibration) -> None:
    narrow = replace(found, ranges=found.intervals)
    assert not narrow.good
    assert f"**{found.held_at_the_fit:.1%}**" in as_section([narrow])
