"""The signals of the strategies: each by hand, and all of them without look-ahead and the same in both engines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.engine.lanes import LANES
from montecarlo.strategies import STRATEGIES
from montecarlo.strategies.windows import window_averages
from tests.montecarlo.stages import compiled_targets

ANY_PRICE = st.floats(1e-6, 1e9)
SERIES = st.lists(ANY_PRICE, min_size=4, max_size=60)


def targets(closes, strategy):
    """The position wanted after each close."""
    return strategy.targets(np.array(closes, dtype=float)[:, None])[:, 0].tolist()


def signals(closes, short, long):
    """Whether to be long after each close."""
    return targets(closes, mc.SmaCrossover(short=short, long=long))


def crossovers(days):
    """All that fit into a number of days, those with windows as long as the days among them."""
    longs = st.just(days) | st.integers(2, days)
    return longs.flatmap(
        lambda long: st.builds(mc.SmaCrossover, st.integers(1, long - 1), st.just(long), st.booleans())
    )


def strategies(days):
    channels = st.just(days - 1) | st.integers(1, days - 1)
    return crossovers(days) | st.builds(mc.Breakout, channels) | st.just(mc.BuyAndHold())


@st.composite
def prices_and_strategy(draw):
    """Paths of any kind: wandering, in coarse steps that tie, constant, fallen to zero."""
    days, paths = draw(st.integers(2, 400)), draw(st.integers(1, 2 * LANES + 3))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    prices = 50 * np.exp(random.normal(0, 0.03, (days + 1, paths)).cumsum(axis=0))
    kind = draw(st.sampled_from(["wandering", "coarse", "constant", "fallen"]))
    if kind == "coarse":
        prices = np.ceil(prices / 3)
    if kind == "constant":
        prices[:] = prices[0]
    if kind == "fallen":
        prices[draw(st.integers(1, days)) :, ::2] = 0.0
    return prices, draw(strategies(days))


@settings(max_examples=200, deadline=None)
@given(prices_and_strategy())
def test_the_engine_wants_what_the_reference_wants(example):
    prices, strategy = example
    np.testing.assert_array_equal(compiled_targets(strategy, prices), strategy.targets(prices))


@pytest.mark.parametrize(
    "strategy",
    [mc.SmaCrossover(40, 100, shorting=True), mc.SmaCrossover(1, 25_000, shorting=True), mc.Breakout(20)],
    ids=repr,
)
def test_the_engine_wants_what_the_reference_wants_for_a_century(strategy):
    prices = 50 * np.exp(np.random.default_rng(1).normal(0, 0.01, (25_001, 2)).cumsum(axis=0))
    np.testing.assert_array_equal(compiled_targets(strategy, prices), strategy.targets(prices))


@settings(deadline=None)
@given(prices_and_strategy(), st.data())
def test_no_strategy_looks_ahead(example, data):
    """Cutting off the future changes no earlier target, in neither engine."""
    prices, strategy = example
    cut = data.draw(st.integers(strategy.first_decision + 1, len(prices)))
    for wanted in (strategy.targets, lambda some: compiled_targets(strategy, some)):
        np.testing.assert_array_equal(wanted(prices[:cut]), wanted(prices)[:cut])


@given(st.integers(2, 40).flatmap(strategies))
def test_no_strategy_wants_anything_before_its_first_decision(strategy):
    """And not before it has the closes that it needs: on a rising price each is long from then on."""
    wanted = targets(2.0 ** np.arange(50), strategy)
    assert wanted == [0] * strategy.first_decision + [1] * (50 - strategy.first_decision)


def test_every_strategy_is_among_those_tested_here():
    tried = {mc.SmaCrossover, mc.EmaCrossover, mc.Breakout, mc.BollingerReversion, mc.Momentum, mc.BuyAndHold}
    assert set(STRATEGIES.values()) == tried
    assert all(STRATEGIES[strategy.name] is strategy for strategy in STRATEGIES.values())


@pytest.mark.parametrize(
    ("strategy", "name"), [(mc.SmaCrossover(2, 20), "long"), (mc.Breakout(19), "channel")], ids=["crossover", "channel"]
)
def test_a_strategy_that_never_decides_in_time_is_refused_by_name(strategy, name):
    assert strategy.problems(strategy.first_decision + 1) == {}
    assert list(strategy.problems(strategy.first_decision)) == [name]
    assert strategy.problems(1, warm_up=True) == {}


def test_a_strategy_whose_lengths_have_no_limits_is_refused_all_the_same():
    class Patient(mc.BuyAndHold):
        name = "patient"
        first_decision = 30

    assert Patient().problems(31) == {}
    message = (
        "must let patient decide before the last day: it first decides on day 30 of 30; take more days or a warm-up"
    )
    assert Patient().problems(30) == {"days": message}


@pytest.mark.parametrize("kind", STRATEGIES.values(), ids=STRATEGIES)
def test_a_strategy_tells_its_parameters_and_takes_other_values(kind):
    strategy = kind()
    assert strategy.values == {name: each.default for name, each in strategy.parameters.items()}
    assert strategy.with_values(**strategy.values) == strategy
    assert type(strategy).__doc__
    assert strategy.label
    assert strategy.help.endswith(".")


@pytest.mark.parametrize("kind", [mc.SmaCrossover, mc.EmaCrossover])
@pytest.mark.parametrize(("short", "long"), [(10, 10), (11, 10)])
def test_the_short_window_is_shorter_than_the_long_one(kind, short, long):
    with pytest.raises(mc.ParameterError) as error:
        kind(short=short, long=long)
    assert error.value.problems == {
        "short": f"must be less than long: the short window is {short} days, the long one 10"
    }


def test_windows_are_compared_only_where_each_can_be_used():
    with pytest.raises(mc.ParameterError) as error:
        mc.SmaCrossover(short=50, long=1)
    assert list(error.value.problems) == ["long"]


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
    assert targets(closes, mc.SmaCrossover(2, 3, shorting=True)) == [0, 0, 1, 1, -1, -1, -1, 1, 1, 0, 0]
    assert targets(closes, mc.SmaCrossover(2, 3)) == [0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0]


@pytest.mark.parametrize(("move", "wanted"), [(3e-9, 1), (0.5e-9, 0), (-0.5e-9, 0), (-3e-9, -1)])
def test_a_tie_is_as_wide_below_as_above(move, wanted):
    assert targets([1.0, 1 + move], mc.SmaCrossover(1, 2, shorting=True)) == [0, wanted]


@given(series_and_windows())
def test_shorting_changes_nothing_about_when_a_crossover_is_long(example):
    closes, short, long = example
    both = targets(closes, mc.SmaCrossover(short, long, shorting=True))
    assert [int(target == 1) for target in both] == signals(closes, short, long)


@pytest.mark.parametrize("shorting", [1, 0, None, "yes"])
def test_shorting_is_true_or_false(shorting):
    with pytest.raises(mc.ParameterError, match=r"^shorting must be true or false"):
        mc.SmaCrossover(shorting=shorting)


def test_a_breakout_is_long_from_above_the_channel_until_below_it():
    # highest of the 3 before:  .   .   .   12  12  12  13  13  13  11  11  12  12
    # lowest of the 3 before:   .   .   .   10  11  11  11  11  10   9   9   9  10
    closes = [10, 12, 11, 12, 11, 13, 11, 10, 9, 11, 12, 10, 10]
    #                            tie          up   in  below            up    in  tie
    assert targets(closes, mc.Breakout(3)) == [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1]


def test_a_channel_of_one_day_follows_the_last_move():
    assert targets([5, 6, 6, 5, 5, 7], mc.Breakout(1)) == [0, 1, 1, 0, 0, 1]


def test_a_channel_is_of_twenty_days_unless_told_otherwise():
    assert mc.Breakout() == mc.Breakout(channel=20)
    assert mc.Breakout().first_decision == 20


@pytest.mark.parametrize("channel", [0, 25_000, 2.0, True])
def test_a_channel_that_cannot_be_used_is_refused_by_name(channel):
    with pytest.raises(mc.ParameterError, match=r"^channel must be a whole number from 1 to 24,999"):
        mc.Breakout(channel)


@pytest.mark.parametrize("rules", [{}, {"fill": "same-close"}, {"shares": 100}], ids=str)
def test_buying_and_holding_ends_where_the_yardstick_does(rules):
    paths = mc.simulate(mc.GbmModel(50.0, 0.1, 0.4), mc.BuyAndHold(), days=30, iterations=40, seed=1, **rules).paths
    np.testing.assert_allclose(paths["final_value"], paths["buy_and_hold_value"], rtol=1e-12)
    assert (paths["trades"] == 1).all()
    assert (paths["exposure"] == (30 if "fill" in rules else 29) / 30).all()
