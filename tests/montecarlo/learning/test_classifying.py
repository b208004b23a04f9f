"""Classifiers taken over from their libraries as numbers."""

import numpy as np
import pytest

from montecarlo.learning.calibrating import platt
from montecarlo.learning.classifying import TREES, logistic, logistic_of, trees, trees_of
from montecarlo.trained import Trees, features


@pytest.fixture(scope="module")
def examples() -> tuple[np.ndarray, np.ndarray]:
    """Features of 600 days, and labels that depend on two of them."""
    random = np.random.default_rng(7)
    closes = 100 * np.exp(np.cumsum(0.02 * random.standard_normal((616, 1)), axis=0))
    rows = features(closes, 16)[:, 0]
    return rows, random.random(600) < 1 / (1 + np.exp(-20 * rows[:, 20] - 100 * (rows[:, -1] - 0.02)))


def test_logistic_scores_are_those_of_scikit_learn(examples: tuple[np.ndarray, np.ndarray]) -> None:
    model = logistic(*examples)
    np.testing.assert_allclose(
        logistic_of(model).scores(examples[0]), model.decision_function(examples[0]), rtol=0, atol=1e-9
    )


def test_scores_of_trees_are_those_of_lightgbm(examples: tuple[np.ndarray, np.ndarray]) -> None:
    booster = trees(*examples)
    found, random = trees_of(booster), np.random.default_rng(1)
    others = examples[0][random.integers(600, size=2000)] + 0.01 * random.standard_normal((2000, 32))
    for rows in (examples[0], others, np.zeros((1, 32))):
        np.testing.assert_allclose(found.scores(rows), booster.predict(rows, raw_score=True), rtol=0, atol=1e-9)
    assert len(found.roots) == TREES
    assert found.depth == 3


def test_a_feature_at_a_threshold_goes_the_way_it_goes_in_lightgbm(examples: tuple[np.ndarray, np.ndarray]) -> None:
    booster = trees(*examples)
    found = trees_of(booster)
    inner = [node for node, feature in enumerate(found.feature) if feature >= 0]
    rows = np.repeat(examples[0][:1], len(inner), axis=0)
    for row, node in zip(rows, inner, strict=True):
        row[found.feature[node]] = found.threshold[node]
    np.testing.assert_allclose(found.scores(rows), booster.predict(rows, raw_score=True), rtol=0, atol=1e-9)


def test_the_same_days_give_the_same_model(examples: tuple[np.ndarray, np.ndarray]) -> None:
    assert trees_of(trees(*examples)) == trees_of(trees(*examples))
    assert logistic_of(logistic(*examples)) == logistic_of(logistic(*examples))


def test_trees_that_find_nothing_to_ask_are_leaves() -> None:
    found = trees_of(trees(np.zeros((100, 4)), np.arange(100) < 30))
    assert isinstance(found, Trees)
    assert found.depth == 0
    assert 1 / (1 + np.exp(-found.scores(np.zeros((1, 4))))) == pytest.approx(0.3)


def test_platts_calibration_finds_what_scores_mean() -> None:
    random = np.random.default_rng(3)
    scores = 5 + 0.01 * random.standard_normal(50_000)
    chances = 1 / (1 + np.exp(-(120 * scores - 600.5)))
    a, b = platt(scores, random.random(50_000) < chances)
    assert a == pytest.approx(120, rel=0.05)
    assert 5 * a + b == pytest.approx(-0.5, abs=0.05)


@pytest.mark.parametrize("way", [-1, 0])
def test_scores_that_contradict_their_slice_mean_its_share_and_are_not_turned_round(way: int) -> None:
    scores = np.linspace(-1, 1, 200)
    labels = (way * scores > 0.2) if way else np.arange(200) < 80
    a, b = platt(scores if way else np.ones(200), labels)
    assert a == 0
    assert 1 / (1 + np.exp(-b)) == pytest.approx(labels.mean(), abs=0.01)
