"""A small version of what ``python -m tests.calibration precision`` measures."""

import pytest

from montecarlo.experiments.rounds import round_ends
from tests.calibration.precision import CEILING, Wanted, as_section, job, measure, truth, wanted


@pytest.fixture(scope="module")
def jobs() -> list[Wanted]:
    """150 jobs of 120 days."""
    base, paths = job("normal", days=120), 200_000
    found = wanted(
        truth(base, paths), paths, ("return_mean", "probability_of_loss", "return_q05", "sharpe_mean"), [5_000]
    )
    measure(base, range(150), found)
    return found


@pytest.mark.thorough
def test_intervals_at_the_stop_hold_the_truth_as_often_as_they_say(jobs: list[Wanted]) -> None:
    assert [str(each.goal) for each in jobs if each.too_low()] == []
    for each in jobs:
        assert len(each.held) == len(each.held_unasked) == 150
        assert each.missed == 0


@pytest.mark.thorough
def test_jobs_stop_about_where_they_should(jobs: list[Wanted]) -> None:
    ends = round_ends(CEILING)
    for each in jobs:
        assert set(each.paths) <= set(ends)
        assert each.known_by / 2 < sum(each.paths) / len(each.paths) < 2 * each.known_by
    assert f"| `{jobs[0].goal}`" in as_section({"normal": jobs})
