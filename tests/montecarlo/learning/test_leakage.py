"""Nothing of the future gets into a feature, a label or a score; and where it would, it is seen."""

import numpy as np
import pytest

from montecarlo.data.bars import Bars
from montecarlo.learning import Training, train
from montecarlo.learning.classifying import fitted
from montecarlo.learning.examples import Examples
from montecarlo.learning.judging import area, estimate
from montecarlo.learning.labels import TARGET, outcomes
from montecarlo.learning.one_side import learn
from montecarlo.learning.split import split
from montecarlo.trained import Forecast, Skill, features

METHODS = ("logistic", "trees")


def skill(examples: Examples, settings: Training) -> Skill:
    """Of the long side, where the split knows of the settings' span alone."""
    closes = len(examples.outcomes["long"]) + settings.barrier.span
    parts = split(settings.n, closes, share=settings.share, span=settings.barrier.span, gap=settings.gap)
    return learn(examples, "long", parts, settings).forecast.skill


def planted(settings: Training, days: int = 3000) -> Bars:
    """A mark in the closes foretells a high that reaches the target, of the first day after the span of a label.

    The mark is a close above the others, and the day that it foretells comes ``n + span + 1`` days later: whoever sees
    the mark still, n days later, does not know yet of anything within the span.
    """
    random = np.random.default_rng(6)
    marks = random.random(days) < 0.15
    closes = 100 + marks + 0.01 * random.standard_normal(days)
    foretold = np.zeros(days, np.bool_)
    later = settings.n + settings.barrier.span + 1
    foretold[later:] = marks[:-later]
    opens = np.concatenate([closes[:1], closes[:-1]])
    high, low = np.maximum(opens, closes), np.minimum(opens, closes)
    return Bars(*(each[:, None] for each in (opens, np.where(foretold, 105.0, high), low, closes)))


@pytest.mark.parametrize("method", METHODS)
def test_a_label_that_sees_one_day_too_far_would_be_noticed(method: str) -> None:
    settings = Training(method=method, n=4, take_profit=0.03, stop_loss=0.9, max_holding=2, direction="long")
    bars = planted(settings)
    right = skill(Examples.of(bars, settings), settings)
    assert right.auc_low < 0.5 < right.auc_high
    too_far = Training(**{**settings.to_dict(), "max_holding": 3})
    wrong = skill(Examples.of(bars, too_far), settings)
    assert wrong.auc_low > 0.6


@pytest.mark.parametrize("method", METHODS)
def test_labels_that_are_shuffled_leave_no_skill(random_bars, method: str) -> None:
    """Shuffled, they are independent, and the interval is that of independent days."""
    settings = Training(method=method, direction="long", max_holding=5)
    examples = Examples.of(random_bars(1500, 1, seed=8), settings)
    ends = {"long": np.random.default_rng(9).permutation(examples.outcomes["long"])}
    found = skill(Examples(examples.features, ends), settings)
    assert found.auc_low < 0.5 < found.auc_high
    assert 0.03 < found.auc_high - found.auc_low < 0.12


@pytest.mark.parametrize("method", METHODS)
def test_what_was_learned_on_random_walks_is_worth_nothing_on_others(random_bars, method: str) -> None:
    settings = Training(n=8, direction="long")
    learned = Examples.of(random_bars(1500, 1, seed=10), settings)
    rows = range(settings.n, 1500 - settings.barrier.span)
    classifier = fitted(method, learned.of_rows(rows), learned.labels("long", rows))
    seen = area(classifier.scores(learned.of_rows(rows)), learned.labels("long", rows))
    assert seen.value > 0.54  # of the days that it has seen

    others = random_bars(260, 100, seed=11)
    known, ends = features(others.close, settings.n), outcomes(others, settings.barrier, "long")
    scores, labels = classifier.scores(known[: len(ends) - settings.n]), ends[settings.n :] == TARGET
    found = estimate(*area(scores.T.ravel(), labels.T.ravel()), settings.barrier.span)  # one path after the other
    assert found.low < 0.5 < found.high
    assert found.high - found.low < 0.03


@pytest.mark.processors
def test_cutting_off_the_future_changes_nothing_before(random_bars, random_history) -> None:
    settings = Training(n=8, fill="next-open")
    bars = random_bars(300, 1, seed=12, gaps=True)
    whole = Examples.of(bars, settings)
    model = train(random_history, n=8).model
    for end in (60, 150, 299):
        part = Examples.of(Bars(*(each[:end] for each in bars)), settings)
        np.testing.assert_array_equal(part.features, whole.features[:end])
        for side, ends in part.outcomes.items():
            assert len(ends) == end - settings.barrier.span
            np.testing.assert_array_equal(ends, whole.outcomes[side][: len(ends)])
        scores, before = (model.long.scores(each.features[8:]) for each in (whole, part))
        np.testing.assert_array_equal(before, scores[: len(before)])


def test_training_sees_nothing_of_the_days_that_judge(random_bars, history_of) -> None:
    """Whatever happens from the first unseen day on, the same is learned; only the skill is another."""
    bars, settings = random_bars(1199, 1, seed=17, volatility=0.15), Training(n=8, max_holding=2, direction="long")
    first = train(history_of(bars), settings).model
    unseen = int(0.4 * 1200)
    assert first.trained_on.unseen_from == history_of(bars).bars.index[unseen].date()

    def again(day: int) -> Forecast:
        """Where from this day on everything is otherwise."""
        factor = np.where(np.arange(1200) < day, 1, np.linspace(1, 4, 1200))[:, None]
        return train(history_of(Bars(*(each * factor for each in bars))), settings).model.long

    def learned(forecast: Forecast) -> tuple[object, ...]:
        return forecast.classifier, forecast.a, forecast.b, forecast.cut

    otherwise = again(unseen)
    assert learned(otherwise) == learned(first.long)
    assert otherwise.skill != first.long.skill
    assert learned(again(unseen - 1)) != learned(first.long)
