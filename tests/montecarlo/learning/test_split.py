"""Splits: nothing that judges was seen before."""

import itertools

import pytest

from montecarlo.errors import ParameterError
from montecarlo.learning import Training
from montecarlo.learning.split import Split, split, walks


def require_apart(parts: Split, settings: Training, closes: int) -> None:
    """The last price that a label of one part looks at comes before the first that a feature of the next one does."""
    for earlier, later in itertools.pairwise((parts.fit, parts.calibration, parts.test)):
        assert earlier[-1] + settings.barrier.span < later[0] - settings.n
    assert parts.calibration[-1] + settings.barrier.span == parts.last_seen
    assert parts.last_seen < parts.test[0] - settings.n
    assert parts.fit[0] == settings.n
    assert parts.test[-1] + settings.barrier.span < closes


@pytest.mark.parametrize("fill", ["same-close", "next-close", "next-open"])
@pytest.mark.parametrize(("n", "holding"), [(2, 1), (16, 10), (30, 20)])
def test_parts_share_no_price(fill: str, n: int, holding: int) -> None:
    settings = Training(n=n, max_holding=holding, fill=fill)
    span, gap = settings.barrier.span, settings.gap
    parts = split(n, 1500, share=0.4, span=span, gap=gap)
    require_apart(parts, settings, 1500)
    assert parts.last_seen == 599  # 40 % of the days
    assert parts.test[-1] == 1499 - span  # and no day that could judge is given away
    for each in walks(n, 1500, folds=4, span=span, gap=gap):
        require_apart(each, settings, 1500)


def test_walking_forward_judges_each_day_once_and_by_all_days_before(history_of, random_bars) -> None:
    settings = Training(n=5, max_holding=5)
    folds = list(walks(5, 1000, folds=4, span=settings.barrier.span, gap=settings.gap))
    judged = [day for each in folds for day in each.test]
    assert judged == list(range(judged[0], 994))
    assert [each.fit[0] for each in folds] == [5] * 4
    assert len({len(each.test) for each in folds}) == 1


@pytest.mark.parametrize(
    ("closes", "share", "message"), [(400, 0.4, "days to train on and"), (500, 0.85, "days to judge the model on")]
)
def test_too_few_days_are_refused(closes: int, share: float, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        split(16, closes, share=share, span=11, gap=27)
    with pytest.raises(ParameterError, match=r"folds leaves .* days .*: take a longer history, fewer folds"):
        list(walks(16, 450, folds=5, span=11, gap=27))


def test_a_history_of_nothing_is_refused_in_words() -> None:
    for closes in (0, 5, 20, 60, 100):
        with pytest.raises(ParameterError, match=r"leaves \d+ days to train on"):
            split(16, closes, share=0.4, span=11, gap=27)
