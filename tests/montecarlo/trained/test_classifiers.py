"""From features to a score."""

import dataclasses

import numpy as np
import pytest

from montecarlo.errors import ParameterError
from montecarlo.trained import Forecast, Logistic, TrainedModel, Trees, decisions, features
from montecarlo.trained.classifiers import LEAF, MOST_DEPTH
from montecarlo.trained.forecast import ALWAYS, NEVER
from tests.montecarlo.any_forecast import random_logistic, random_trees


def test_a_logistic_score_is_a_sum_from_the_first_feature_on(model: TrainedModel, closes: np.ndarray) -> None:
    rows = features(closes, model.n)
    classifier = model.long.classifier
    for day, path in ((0, 0), (17, 2)):
        score = classifier.intercept
        for weight, value in zip(classifier.weights, rows[day, path].tolist(), strict=True):
            score += weight * value
        assert classifier.scores(rows)[day, path] == score


def test_trees_go_left_at_the_threshold_and_add_up_in_their_order(model: TrainedModel) -> None:
    rows = np.zeros((4, 10))
    rows[:, 6], rows[:, 9] = [0.0, 0.1, 0.1, -1.0], [0.5, 0.02, 0.03, 0.0]
    scores = model.short.classifier.scores(rows)
    assert scores.tolist() == [-0.5 + 0.125, 0.25 + 0.125, 0.75 + 0.125, -0.5 + 0.125]
    assert model.short.classifier.depth == 2


@pytest.mark.processors
@pytest.mark.parametrize("rows", [0, 1, 3, 33, 700])
def test_a_score_is_the_sum_in_order_of_however_many_rows_it_is_asked(rows: int) -> None:
    random = np.random.default_rng(rows)
    asked = random.uniform(-0.1, 1, (rows, 2, 32))
    linear, trees = random_logistic(random, 16), random_trees(random, 16, count=100)
    for each in asked.reshape(-1, 32)[:7]:
        score = linear.intercept
        for weight, value in zip(linear.weights, each.tolist(), strict=True):
            score += weight * value
        assert linear.scores(each[None]).tolist() == [score]
        assert trees.scores(each[None]).tolist() == [sum_of_leaves(trees, each.tolist())]
    assert linear.scores(asked).tolist() == [[linear.scores(each[None])[0] for each in pair] for pair in asked]
    assert trees.scores(asked).tolist() == [[trees.scores(each[None])[0] for each in pair] for pair in asked]


def sum_of_leaves(trees: Trees, row: list[float]) -> float:
    """By walking one tree after the other."""
    score = 0.0
    for node in trees.roots:
        while trees.feature[node] != LEAF:
            goes_left = row[trees.feature[node]] <= trees.threshold[node]
            node = trees.left[node] if goes_left else trees.right[node]  # noqa: PLW2901
        score += trees.value[node]
    return score


def test_the_cut_is_the_score_that_has_the_probability_of_the_threshold(
    model: TrainedModel, closes: np.ndarray
) -> None:
    rows = features(closes, model.n)
    for forecast in model.sides.values():
        chance, scores = forecast.probabilities(rows), forecast.scores(rows)
        assert 1 / (1 + np.exp(-(forecast.a * forecast.cut + forecast.b))) == pytest.approx(forecast.threshold)
        sure = np.abs(chance - forecast.threshold) > 1e-9
        np.testing.assert_array_equal((scores >= forecast.cut)[sure], (chance >= forecast.threshold)[sure])


@pytest.mark.parametrize(("b", "cut"), [(0.1, ALWAYS), (-0.1, NEVER)])
def test_scores_that_say_nothing_always_trade_or_never(model: TrainedModel, closes: np.ndarray, b, cut) -> None:
    forecast = Forecast.of(model.long.classifier, a=0, b=b, threshold=0.5, base_rate=0.5)
    assert forecast.cut == cut
    wants = decisions(dataclasses.replace(model, long=forecast, short=None), features(closes, model.n))
    assert (wants == (cut == ALWAYS)).all()


def test_where_both_sides_want_to_trade_the_larger_margin_counts(model: TrainedModel, closes: np.ndarray) -> None:
    eager = {
        side: Forecast.of(each.classifier, a=each.a, b=each.b, threshold=0.3, base_rate=0.4)
        for side, each in model.sides.items()
    }
    model, rows = dataclasses.replace(model, **eager), features(closes, model.n)
    up, down = (eager[side].probabilities(rows) for side in ("long", "short"))
    wants = decisions(model, rows)
    assert {-1, 1} <= set(wants.ravel().tolist())
    both = (up >= 0.3) & (down >= 0.3)
    assert both.any()
    np.testing.assert_array_equal(wants[both], np.where(up > down, 1, -1)[both])
    np.testing.assert_array_equal(decisions(model, rows, short=False), up >= 0.3)
    np.testing.assert_array_equal(decisions(model, rows, long=False), -(down >= 0.3).astype(int))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left": (1, -1, 1, -1, -1, -1)}, "leads to 1"),
        ({"right": (1, -1, 4, -1, -1, -1)}, "several ways lead to"),
        ({"roots": (0,)}, "nothing leads to"),
        ({"roots": (0, 6)}, "a root, 6"),
        ({"feature": (6, -1, -2, -1, -1, -1)}, "feature -2"),
        ({"value": (0.0, -0.5, 0.5, 0.25, 0.75, 0.1)}, "no leaf"),
        ({"value": (0.0,)}, "6 nodes by their features, and 1 by their value"),
        ({"threshold": (0.0, 0.0, float("inf"), 0.0, 0.0, 0.0)}, "finite number"),
    ],
)
def test_trees_that_are_none_are_refused(model: TrainedModel, change, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        dataclasses.replace(model.short.classifier, **change)


def chain(depth: int) -> Trees:
    """A tree whose every node leads to a leaf and to the next node."""
    feature = (0, LEAF) * depth + (LEAF,)
    left = tuple(place + 1 if each != LEAF else LEAF for place, each in enumerate(feature))
    right = tuple(place + 2 if each != LEAF else LEAF for place, each in enumerate(feature))
    zeros = (0.0,) * len(feature)
    return Trees((0,), feature, zeros, left, right, zeros)


def test_a_tree_that_takes_forever_to_walk_is_refused() -> None:
    """A job counts the trees of its model, and not what is in them, when it tells how long it takes."""
    assert chain(MOST_DEPTH).depth == MOST_DEPTH
    with pytest.raises(ParameterError, match="64 deep at most, not 40,000"):
        chain(40_000)


def test_a_classifier_of_other_features_is_refused(model: TrainedModel) -> None:
    for classifier in (
        Logistic(0.0, (1.0, 2.0)),
        Trees((0,), (99, -1, -1), (0, 0, 0), (1, -1, -1), (2, -1, -1), (0, 1, 2)),
    ):
        forecast = Forecast.of(classifier, a=1, b=0, threshold=0.5, base_rate=0.5)
        with pytest.raises(ParameterError, match=r"of 10|for 10"):
            dataclasses.replace(model, long=forecast)
