"""A small version of what ``python -m tests.calibration intervals`` measures, and what it says of it."""

import pytest

from tests.calibration.intervals import Cell, as_section, faults, is_rough, measure, summaries, truth


@pytest.fixture(scope="module")
def cells():
    """600 jobs of 200 paths, where intervals once held the truth for 73 % and 56 % of the seeds."""
    return {("normal", length): column for length, column in measure("normal", {200: 600}, 200_000)}


@pytest.mark.thorough
def test_intervals_hold_the_truth_as_often_as_they_say(cells):
    assert faults(cells) == []
    (column,) = cells.values()
    assert column["return_std"].known > 580
    assert column["expected_shortfall_95"].known == 600


@pytest.mark.thorough
def test_two_paths_beyond_the_quantile_carry_no_shortfall(cells):
    (column,) = cells.values()
    assert column["expected_shortfall_99"].known == 0
    assert "| `expected_shortfall_99`" not in as_section(cells, "")


@pytest.mark.thorough
def test_a_job_is_the_beginning_of_a_longer_one_with_its_seed():
    alone, long = (next(iter(summaries("bootstrap", lengths, 5))) for lengths in ([200], [200, 2000]))
    assert alone.equals(long)
    assert alone.loc["paths", "value"] == 200


def test_the_truth_is_of_other_paths():
    (summary,) = summaries("gbm", [2000], 0)
    found = truth("gbm", 2048)
    assert found["paths"] == 2048
    assert found["return_mean"] != summary.loc["return_mean", "value"]


@pytest.mark.parametrize(("held", "fault"), [(880, True), (910, False), (950, False), (985, False), (990, True)])
def test_beyond_the_bounds_is_what_the_noise_of_the_count_does_not_explain(held, fault):
    """Of 1,000 intervals, 93 % and 97 % have standard deviations of 8.1 and 5.4."""
    cells = {("gbm", 2000): {"return_mean": Cell(jobs=1000, known=1000, held=held)}}
    assert bool(faults(cells)) == fault
    assert ("**" in as_section(cells, "make")) == fault


def test_an_interval_between_few_order_statistics_may_hold_the_truth_more_often():
    assert is_rough("return_q01", 200)
    assert is_rough("value_at_risk_99", 2000)
    assert not is_rough("return_q05", 2000)
    assert not is_rough("expected_shortfall_99", 200)
    always = Cell(jobs=4000, known=4000, held=4000)
    assert faults({("gbm", 200): {"return_q01": always}}) == []
    assert len(faults({("gbm", 200): {"return_std": always}})) == 1
