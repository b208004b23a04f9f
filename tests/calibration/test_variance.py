"""A small version of ``python -m tests.calibration variance``."""

import pytest

from tests.calibration.variance import STATISTICS, Cell, as_section, estimates_of, measure, precise

SEEDS, PATHS = 60, 1000


@pytest.mark.parametrize(("label", "least"), [("`gbm`", 30), ("`normal`", 30), ("`gbm`, selling short", 8)])
def test_the_variance_of_the_mean_falls_many_times_and_intervals_hold_the_truth(label, least):
    truth = estimates_of(label, 60_000, 2**63)
    found = measure(label, PATHS, SEEDS, truth)
    assert found["return_mean"].ratio > least
    assert found["return_median"].ratio > 1.2
    assert found["probability_of_loss"].ratio > 1.2
    assert all(found[name].held >= 0.85 * SEEDS for name in STATISTICS)


def test_what_lies_beyond_the_noise_of_its_count_is_in_bold():
    cells = dict.fromkeys(STATISTICS, Cell(1000, 3.0, 950, 951)) | {"return_mean": Cell(1000, 80.0, 890, 940)}
    section = as_section({("`gbm`", 2000): cells, ("`gbm`", 20_000): cells}, [], "python")
    assert section.count("**89.0**") == 2
    assert "95.0" in section


def test_a_mean_return_is_known_to_a_point_with_a_fraction_of_the_paths():
    controlled = precise("gbm", controlled=True)
    assert controlled.paths < 8_000
    assert 0.008 < controlled.half_width < 0.012
