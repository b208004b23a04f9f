"""The signals of a moving-average crossover."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.strategies.sma_crossover import window_averages

ANY_PRICE = st.floats(1e-6, 1e9)
SERIES = st.lists(ANY_PRICE, min_size=4, max_size=60)


def signals(closes, short, long):
    """Whether to be long after each close."""
    prices = np.array(closes, dtype=float)[:, None]
    return mc.SmaCrossover(short=short, long=long).targets(prices)[:, 0].tolist()


@st.composite
def series_and_windows(draw):
    closes = draw(SERIES)
    long = draw(st.integers(2, len(closes)))
    return closes, draw(st.integers(1, long - 1)), long


@settings(deadline=None)
@given(
    days=st.integers(1, 70),
    paths=st.integers(1, 4),
    window=st.integers(1, 70),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_window_average_is_the_mean_of_the_last_prices(days, paths, window, seed):
    window = min(window, days)
    prices = np.random.default_rng(seed).lognormal(3, 2, (days, paths))
    naive = [[prices[end - window : end, path].mean() for path in range(paths)] for end in range(window, days + 1)]
    np.testing.assert_allclose(window_averages(prices, window), naive, rtol=1e-13)


def test_prices_long_gone_leave_nothing_behind_in_a_window_average():
    prices = np.concatenate([np.full(10, 1e15), np.full(10, 0.1)])[:, None]
    np.testing.assert_allclose(window_averages(prices, 3)[-8:], 0.1, rtol=1e-15)


def test_long_while_the_short_average_is_above_the_long_one():
    #          short:  .   .  11.5 11.5 10.5  9.5  9.5  11   12.5 14
    #          long:   .   .  11   11.3 11   10    9.7  10.3 11.7 13.3
    assert signals([10, 11, 12, 11, 10, 9, 10, 12, 13, 15], short=2, long=3) == [
        *(False, False, True, True, False),
        *(False, False, True, True, True),
    ]


def test_no_signal_before_the_long_window_is_full():
    rising = [1, 2, 4, 8, 16, 32]
    assert signals(rising, short=1, long=4) == [False, False, False, True, True, True]
    assert mc.SmaCrossover(short=1, long=4).first_decision == 3


def test_the_long_window_may_take_the_whole_series():
    assert signals([1, 2, 3, 4], short=1, long=4) == [False, False, False, True]


@given(series_and_windows(), st.data())
def test_cutting_off_the_future_changes_no_earlier_signal(example, data):
    closes, short, long = example
    cut = data.draw(st.integers(long, len(closes)))
    assert signals(closes[:cut], short, long) == signals(closes, short, long)[:cut]


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


def test_paths_do_not_know_each_other():
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=80, paths=9, seed=4).to_numpy()
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
