"""How much of the best of many combinations is due to its having been chosen, on cases with a known answer."""

import numpy as np
import pytest

from montecarlo.experiments.selection_bias import cross_validate_paths

pytestmark = pytest.mark.processors


def test_a_combination_that_is_truly_better_keeps_its_rank_and_loses_nothing_elsewhere():
    returns = np.array([[0.5, 0.5, 0.5, 0.5], [0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 0.0, 0.0]])
    chosen, validated, average, shrinkage, rank = (each[0] for each in cross_validate_paths(returns).means())
    assert (chosen, validated, shrinkage, rank) == (0.5, 0.5, 0.0, 0.75)
    assert average == pytest.approx(returns.mean())


def test_paths_validate_their_neighbours_choice():
    """Path 0 chooses the first combination and path 1 the second; the fifth path has no partner."""
    returns = np.array([[3.0, 0.0, 1.0, 1.0, 9.0], [1.0, 2.0, 0.0, 5.0, 9.0]])
    chosen, validated, average, shrinkage, rank = (each[0] for each in cross_validate_paths(returns).means())
    assert chosen == (3 + 2 + 1 + 5) / 4
    assert validated == (0 + 1 + 1 + 0) / 4
    assert shrinkage == chosen - validated
    assert average == returns[:, :4].mean()
    assert rank == pytest.approx(1 / 3)


def test_combinations_that_are_equal_on_a_path_share_a_rank_there_and_the_first_of_them_is_chosen():
    """They hold the same, so they have the same bits; 0.1 and 0.2 are what makes 0.3 and a little more."""
    returns = np.array([[0.1, 0.1], [0.1 + 0.2, 0.3], [0.1 + 0.2, 0.3], [0.0, 0.0]])
    chosen, validated, _, _, rank = (each[0] for each in cross_validate_paths(returns).means())
    assert chosen == validated == pytest.approx(0.3)
    assert rank == 3.5 / 5


def test_the_best_of_combinations_without_a_difference_shrinks_to_the_average():
    returns = np.random.default_rng(1).normal(0.1, 0.5, (30, 4000))
    _, validated, average, shrinkage, rank = cross_validate_paths(returns).means()
    assert validated[1] < 0.1 < validated[2]
    assert average[1] < 0.1 < average[2]
    assert rank[1] < 0.5 < rank[2]
    assert shrinkage[0] == pytest.approx(0.5 * 2.043, rel=0.03)  # mean of the largest of 30 standard normals
    assert shrinkage[2] - shrinkage[1] < 0.05
