"""Differences on the same paths: exact in whatever pieces rows come, and intervals that hold what they promise."""

from dataclasses import replace

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.errors import DamageError
from montecarlo.experiments.paths import simulate_rows
from montecarlo.statistics.paired import PIECE, PairedTally, paired_tallies
from montecarlo.statistics.tally import BLOCK_PATHS, Tally
from montecarlo.statistics.unpaired import Mean, difference, mean_of

PATHS = 2 * PIECE + 3 * BLOCK_PATHS + 17
MODEL = mc.GbmModel(start_price=100.0, drift=0.1, volatility=0.6)
FEW, SLICES = BLOCK_PATHS, 240


def simulation(strategy, paths=PATHS, seed=7, **rules):
    return mc.Simulation(
        model=MODEL, strategy=strategy, days=60, iterations=paths, seed=seed, rules=mc.Rules(**rules), rows=True
    )


def rows_of(made):
    return simulate_rows(made, 0, made.iterations)


@pytest.fixture(scope="module")
def timed():
    return rows_of(simulation(mc.SmaCrossover(5, 20)))


@pytest.fixture(scope="module")
def held():
    return rows_of(simulation(mc.BuyAndHold()))


def cut(rows, *lengths):
    start = 0
    for length in lengths:
        yield {name: values[start : start + length] for name, values in rows.items()}
        start += length
    yield {name: values[start:] for name, values in rows.items()}


def test_the_pieces_in_which_rows_come_change_no_bit(timed, held):
    (whole,) = paired_tallies([timed], [([held], PATHS)])
    (pieces,) = paired_tallies(cut(timed, 1, 999, PIECE, 5), [(cut(held, PIECE - 1, 2), PATHS)])
    assert pieces.differences.to_dict() == whole.differences.to_dict()
    assert pieces.means == whole.means
    assert (pieces.paths, pieces.above, pieces.below) == (whole.paths, whole.above, whole.below)
    assert pieces.median_return == whole.median_return
    apart = timed["return"] - held["return"]
    assert whole.means["return"][0] == pytest.approx(apart.mean(), rel=1e-12)
    assert whole.median_return[0] == pytest.approx(np.sort(apart)[(PATHS + 1) // 2 - 1], rel=2**-11)
    assert whole.above == np.count_nonzero(apart > 1e-9 * (1 + held["return"]))
    assert whole.above + whole.below == PATHS


def test_several_are_read_side_by_side_each_as_far_as_it_goes(timed, held):
    short, shorter = {n: v[: PIECE + 5] for n, v in held.items()}, {n: v[:3] for n, v in held.items()}
    found = paired_tallies([timed], [([short], PIECE + 5), ([held], PATHS), ([shorter], 3)])
    assert [each.paths for each in found] == [PIECE + 5, PATHS, 3]
    (alone,) = paired_tallies([timed], [([held], PIECE + 5)])
    assert found[0].means == alone.means


def test_one_with_itself_differs_by_exactly_nothing(timed):
    (found,) = paired_tallies([timed], [([timed], PATHS)])
    assert set(found.means.values()) == {(0.0, 0.0, 0.0)}
    assert (found.above, found.below, found.median_return[0]) == (0, 0, 0.0)


def test_what_differs_by_rounding_alone_ends_alike(timed):
    rounded = timed | {"return": np.nextafter(timed["return"], np.inf)}
    [found] = paired_tallies([timed], [([rounded], PATHS)])
    assert (found.above, found.below) == (0, 0)


def test_rows_of_other_paths_and_missing_rows_are_refused(timed, held):
    later = {name: values[BLOCK_PATHS:] for name, values in held.items()}
    with pytest.raises(DamageError, match="not of the same paths"):
        paired_tallies([timed], [([later], BLOCK_PATHS)])
    with pytest.raises(DamageError, match="missing at the end"):
        paired_tallies([timed], [(cut(held, 100), PATHS + 1)])
    with pytest.raises(DamageError, match="missing at the end"):
        paired_tallies([timed], [([], 1)])


def covered(intervals, truth):
    """How many of them contain it."""
    return np.mean([low <= truth <= high for _, low, high in intervals])


def slices(rows):
    for first in range(0, FEW * SLICES, FEW):
        yield {name: values[first : first + FEW] for name, values in rows.items()}


@pytest.fixture(scope="module")
def three():
    """The same rule twice, with other costs, and another one on paths of its own."""
    made = simulation(mc.SmaCrossover(5, 20), FEW * SLICES, commission=0.0)
    costly = replace(made, rules=mc.Rules(commission=0.001))
    apart = simulation(mc.BuyAndHold(), FEW * SLICES, seed=8)
    return [rows_of(each) for each in (made, costly, apart)]


def test_an_interval_of_a_paired_difference_contains_the_truth_as_often_as_it_says(three):
    """Of differences with a long tail: where prices rise far, so does what costs take away."""
    free, costly, _ = three
    truth = (free["return"] - costly["return"]).mean()
    found = [PairedTally.of(*pair) for pair in zip(slices(free), slices(costly), strict=True)]
    for narrow in found:
        value, low, high = narrow.means["return"]
        assert low < value < high
        assert value > 0
        assert narrow.narrowing > 10
    assert 0.92 <= covered([each.means["return"] for each in found], truth) <= 0.98
    shares = [each.probability_above for each in found]
    assert covered(shares, np.mean(free["return"] > costly["return"] + 1e-9)) >= 0.92


def test_an_interval_of_an_unpaired_difference_contains_the_truth_as_often_as_it_says(three):
    free, _, apart = three
    truth = free["return"].mean() - apart["return"].mean()
    pairs = zip(slices(free), slices(apart), strict=True)
    found = [difference(*(_mean(rows) for rows in pair), independent=True) for pair in pairs]
    assert 0.92 <= covered(found, truth) <= 0.98


def _mean(rows):
    wealth = 1 + rows["return"]
    skewness = float(((wealth - wealth.mean()) ** 3).mean() / wealth.std() ** 3)
    return mean_of(Tally.of(rows), "return", skewness)


def test_where_nothing_is_known_of_how_two_hang_together_their_errors_add_up():
    one, other = Mean(1.0, 0.3), Mean(0.5, 0.4)
    _, low, high = difference(one, other, independent=False)
    assert high - low == pytest.approx(2 * 1.959964 * 0.7, rel=1e-6)
    _, low, high = difference(one, other, independent=True)
    assert high - low == pytest.approx(2 * 1.959964 * 0.5, rel=1e-6)
