"""How good scores are, with intervals that allow for labels that overlap."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from montecarlo.learning.importance import importance
from montecarlo.learning.judging import area, block_error, brier, estimate
from montecarlo.learning.reliability import reliability
from montecarlo.trained import Forecast, Logistic


def test_area_and_error_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    scores, labels = random.integers(20, size=500) / 10.0, random.random(500) < 0.3  # with ties
    found = area(scores, labels)
    assert found.value == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert found.influence.mean() == pytest.approx(0, abs=1e-12)
    chances = random.random(500)
    assert brier(chances, labels) == pytest.approx(brier_score_loss(labels, chances))


def test_of_independent_days_the_error_is_delongs() -> None:
    """Each kind's variance of placements over how many there are."""
    random = np.random.default_rng(2)
    labels = random.random(20_000) < 0.4
    scores = random.standard_normal(20_000) + labels
    found = area(scores, labels)
    below = roc_auc_score(labels, scores)
    hits, misses = scores[labels], scores[~labels]
    placed = (
        np.searchsorted(np.sort(misses), hits) / len(misses),
        1 - np.searchsorted(np.sort(hits), misses) / len(hits),
    )
    delong = np.sqrt(sum(each.var(ddof=1) / len(each) for each in placed))
    assert found.value == pytest.approx(below)
    assert block_error(found.influence, 1)[0] == pytest.approx(delong, rel=0.03)


def test_intervals_of_labels_that_overlap_hold_the_truth_as_often_as_they_say() -> None:
    """A label is whether the next ten returns add up to a gain, a score the sum of the last five: no skill.

    500 series of 600 days; an interval for independent days would hold it in four of five.
    """
    random = np.random.default_rng(3)
    walk = np.cumsum(random.standard_normal((500, 616)), axis=1)
    labels, scores = walk[:, 15:-1] - walk[:, 5:-11] > 0, walk[:, 5:-11] - walk[:, :-16]
    held, naive = 0, 0
    for score, label in zip(scores, labels, strict=True):
        found = estimate(*area(score, label), span=10)
        held += found.low <= 0.5 <= found.high
        narrow = estimate(*area(score, label), span=1)
        naive += narrow.low <= 0.5 <= narrow.high
    assert 0.91 <= held / 500 <= 0.97
    assert naive / 500 < 0.85


def test_a_reliability_diagram_has_bins_of_about_as_many_days_and_never_parts_equal_ones() -> None:
    random = np.random.default_rng(4)
    chances = random.random(5000)
    table = reliability(chances, random.random(5000) < chances)
    assert table["days"].tolist() == [500] * 10
    np.testing.assert_allclose(table["observed"], table["probability"], atol=0.07)
    tied = reliability(np.repeat([0.2, 0.4, 0.6], (700, 200, 100)), np.arange(1000) < 500)
    assert tied["days"].tolist() == [700, 200, 100]
    assert tied["probability"].tolist() == pytest.approx([0.2, 0.4, 0.6])
    assert len(reliability(np.full(70, 0.4), np.arange(70) < 7)) == 1


def test_what_a_forecast_lives_on_is_what_it_misses_most() -> None:
    random = np.random.default_rng(5)
    rows = random.standard_normal((800, 6))
    forecast = Forecast.of(Logistic(0, (0, 0, 0, 0, 2, 0.1)), a=1, b=0, threshold=0.5, base_rate=0.5)
    labels = random.random(800) < forecast.probabilities(rows)
    found = importance(forecast, rows, labels).set_index("feature")["loss"]
    assert found.drop("all changes").idxmax() == "roc_3"
    assert found["roc_3"] > 0.2
    assert found["all changes"] == pytest.approx(found["roc_3"], abs=0.05)
    assert found[["all averages", "close", "sma_2", "sma_3", "roc_2"]].tolist() == [0] * 5
