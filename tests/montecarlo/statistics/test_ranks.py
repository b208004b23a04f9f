"""The best of many scores and relative ranks, where scores are equal and where they differ by rounding alone."""

import numpy as np
import pytest

from montecarlo.statistics.ranks import best, relative_rank

pytestmark = pytest.mark.processors

THIRDS = np.array([[0.1 + 0.2, 0.3, 0.2]])  # the first is larger by rounding


def test_equal_scores_share_the_middle_of_their_ranks():
    scores = np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 1.0], [5.0, 5.0, 5.0]])
    assert relative_rank(scores, np.array([2, 0, 1])).tolist() == [3 / 4, 2.5 / 4, 2 / 4]


def test_the_best_is_the_first_of_those_with_the_highest_score():
    assert best(np.array([[1.0, 3.0, 2.0], [2.0, 1.0, 2.0], [0.0, 0.0, 0.0]])).tolist() == [1, 0, 0]


def test_scores_no_further_apart_than_a_tie_are_equal():
    assert best(THIRDS[:, ::-1]).tolist() == [2]
    assert best(THIRDS[:, ::-1], tie=1e-9).tolist() == [1]
    for chosen in (0, 1):
        assert relative_rank(THIRDS, np.array([chosen]), tie=1e-9).tolist() == [2.5 / 4]
    assert relative_rank(THIRDS, np.array([0])).tolist() == [3 / 4]
    assert relative_rank(THIRDS, np.array([2]), tie=1e-9).tolist() == [1 / 4]


@pytest.mark.parametrize("count", [2, 3, 10, 999])
def test_the_median_has_one_half_to_the_last_bit(count):
    assert relative_rank(np.zeros((1, count)), np.array([count - 1])).tolist() == [0.5]
