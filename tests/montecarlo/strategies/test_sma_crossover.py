"""The crossover of simple moving averages: by hand, where it ties, and where rounding must not decide."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import montecarlo as mc
from tests.montecarlo.any_strategy import wanted
from tests.montecarlo.stages import compiled_targets

ANY_PRICE = st.floats(1e-6, 1e9)
SERIES = st.lists(ANY_PRICE, min_size=4, max_size=60)


def signals(closes, short, long):
    """Whether to be long after each close, in plain NumPy: after a crash the engine knows prices more coarsely."""
    return mc.SmaCrossover(short=short, long=long).targets(np.array(closes, dtype=float)[:, None])[:, 0].tolist()


@st.composite
def series_and_windows(draw):
    closes = draw(SERIES)
    long = draw(st.integers(2, len(closes)))
    return closes, draw(st.integers(1, long - 1)), long


def test_long_while_the_short_average_is_above_the_long_one():
    #          short:  .   .  11.5 11.5 10.5  9.5  9.5  11   12.5 14
    #          long:   .   .  11   11.3 11   10    9.7  10.3 11.7 13.3
    closes = [10, 11, 12, 11, 10, 9, 10, 12, 13, 15]
    assert wanted(closes, mc.SmaCrossover(short=2, long=3)) == [0, 0, 1, 1, 0, 0, 0, 1, 1, 1]


def test_it_is_long_when_averages_of_pandas_cross():
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=200, iterations=40, seed=6)
    gap = prices.rolling(7).mean() - prices.rolling(30).mean()
    both = mc.SmaCrossover(7, 30, shorting=True).targets(prices.to_numpy())
    np.testing.assert_array_equal(both, np.sign(gap.fillna(0)))


def test_no_signal_before_the_long_window_is_full():
    rising = [1, 2, 4, 8, 16, 32]
    assert wanted(rising, mc.SmaCrossover(short=1, long=4)) == [0, 0, 0, 1, 1, 1]
    assert mc.SmaCrossover(short=1, long=4).first_decision == 3


def test_the_long_window_may_take_the_whole_series():
    assert wanted([1, 2, 3, 4], mc.SmaCrossover(short=1, long=4)) == [0, 0, 0, 1]


@given(series_and_windows(), st.data())
def test_another_future_changes_no_earlier_signal(example, data):
    closes, short, long = example
    cut = data.draw(st.integers(0, len(closes)))
    future = data.draw(st.lists(ANY_PRICE, min_size=len(closes) - cut, max_size=len(closes) - cut))
    assert signals(closes[:cut] + future, short, long)[:cut] == signals(closes, short, long)[:cut]


@given(price=ANY_PRICE, short=st.integers(1, 30), more=st.integers(1, 40))
def test_a_constant_price_is_a_tie_and_a_tie_is_flat(price, short, more):
    assert not any(signals([price] * 100, short, short + more))


@given(pair=st.tuples(st.floats(1, 1e4), st.floats(1, 1e4)), repeats=st.integers(1, 10))
def test_windows_of_whole_periods_tie_exactly_whatever_rounding_makes_of_them(pair, repeats):
    assert not any(signals(list(pair) * (2 * repeats + 1), short=2, long=2 * repeats + 2)[-1:])


@pytest.mark.parametrize(("above", "is_long"), [(0.5e-9, False), (3e-9, True)])
def test_averages_closer_than_a_billionth_of_the_price_tie(above, is_long):
    """With windows of 1 and 2 days the averages differ by half of the last day's move."""
    for price in (1e-3, 1.0, 1e6):
        assert signals([price, price * (1 + above)], short=1, long=2) == [False, is_long]


@given(st.lists(st.floats(0.01, 1e6), min_size=60, max_size=60))
def test_after_a_crash_to_zero_rounding_residue_does_not_decide(closes):
    """A running sum would still hold some of the prices before the crash, and be long in half of the cases."""
    after = signals([*closes, *[0.0] * 40], short=7, long=20)
    assert not any(after[60 + 20 :])


@given(middle=st.floats(1e-4, 1e-2), seed=st.integers(0, 2**32 - 1))
def test_in_the_engine_no_rounding_residue_decides_after_a_crash_either(middle, seed):
    """Its sums are running ones, which for some windows know the new prices only coarsely; two of four days tie."""
    before = np.random.default_rng(seed).uniform(1e3, 1e4, 70)
    after = np.tile(middle * np.array([1.3, 0.7, 1.1, 0.9]), 20)
    prices = np.concatenate([before, after])[:, None]
    wanted = compiled_targets(mc.SmaCrossover(2, 20, shorting=True), prices)[70 + 20 :, 0]
    assert wanted.tolist() == [1, 0, -1, 0] * 15


def test_the_engine_soon_knows_the_prices_after_a_crash():
    rising = 1e-3 * 1.01 ** np.arange(200)
    prices = np.concatenate([np.full(50, 1e15), rising])[:, None]
    assert (compiled_targets(mc.SmaCrossover(7, 20), prices)[50 + 5 * 20 :] == 1).all()


def test_paths_do_not_know_each_other():
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=80, iterations=9, seed=4).to_numpy()
    together = mc.SmaCrossover(5, 20).targets(prices)
    assert together.shape == (81, 9)
    assert 0.1 < together.mean() < 0.9
    for path in range(9):
        np.testing.assert_array_equal(together[:, path], signals(prices[:, path], 5, 20))


@pytest.mark.parametrize(("short", "long", "name"), [(5, 5, "short"), (6, 5, "short"), (0, 5, "short"), (1, 1, "long")])
def test_windows_that_cannot_cross_are_refused_by_name(short, long, name):
    with pytest.raises(mc.ParameterError) as error:
        mc.SmaCrossover(short=short, long=long)
    assert name in error.value.problems


def test_the_windows_are_the_workshops_unless_told_otherwise():
    assert mc.SmaCrossover() == mc.SmaCrossover(short=40, long=100)


def test_a_crossover_that_may_short_is_short_below_and_flat_in_a_tie():
    #           short:  .    .    11.5 11.5 10.5 9.5  9.5  11   12   12   12
    #           long:   .    .    11   11.3 11   10   9.7  10.3 11.3 12   12
    closes = [10, 11, 12, 11, 10, 9, 10, 12, 12, 12, 12]
    assert wanted(closes, mc.SmaCrossover(2, 3, shorting=True)) == [0, 0, 1, 1, -1, -1, -1, 1, 1, 0, 0]
    assert wanted(closes, mc.SmaCrossover(2, 3)) == [0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0]


@pytest.mark.parametrize(("move", "expected"), [(3e-9, 1), (0.5e-9, 0), (-0.5e-9, 0), (-3e-9, -1)])
def test_a_tie_is_as_wide_below_as_above(move, expected):
    assert wanted([1.0, 1 + move], mc.SmaCrossover(1, 2, shorting=True)) == [0, expected]


@given(series_and_windows())
def test_shorting_changes_nothing_about_when_a_crossover_is_long(example):
    closes, short, long = example
    both = mc.SmaCrossover(short, long, shorting=True).targets(np.array(closes)[:, None])[:, 0]
    assert [int(target == 1) for target in both] == signals(closes, short, long)


@pytest.mark.parametrize("shorting", [1, 0, None, "yes"])
def test_shorting_is_true_or_false(shorting):
    with pytest.raises(mc.ParameterError, match=r"^shorting must be true or false"):
        mc.SmaCrossover(shorting=shorting)
