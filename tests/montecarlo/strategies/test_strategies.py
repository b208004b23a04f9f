"""What must hold for every strategy: no look-ahead, the same in both engines, and nothing wanted too early."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.strategies import STRATEGIES, strategy_from_dict, strategy_named
from tests.montecarlo.any_strategy import (
    EXAMPLES,
    OF_BARS,
    compiled,
    in_numpy,
    price_matrices,
    strategies_with_bars,
)

ALL = (*EXAMPLES, *OF_BARS)

STEP = 1000.0  # of a price, up or down in a day


@st.composite
def prices_and_strategy(draw):
    prices = draw(price_matrices())
    return prices, draw(strategies_with_bars(len(prices) - 1))


def test_every_strategy_is_among_those_tested_here():
    assert {type(strategy) for strategy in ALL} == set(STRATEGIES.values())
    assert all(STRATEGIES[strategy.name] is strategy for strategy in STRATEGIES.values())


@settings(max_examples=400, deadline=None)
@given(prices_and_strategy())
def test_the_engine_wants_what_the_reference_wants(example):
    prices, strategy = example
    np.testing.assert_array_equal(compiled(strategy, prices), in_numpy(strategy, prices))


@pytest.mark.parametrize(
    "strategy",
    [
        mc.SmaCrossover(40, 100, shorting=True),
        mc.SmaCrossover(1, 25_000, shorting=True),
        mc.EmaCrossover(12, 26, shorting=True),
        mc.EmaCrossover(1, 25_000, shorting=True),
        mc.Breakout(20, "both"),
        mc.BollingerReversion(20, 1.5, shorting=True),
        mc.BollingerReversion(12_000, 1.5, shorting=True),
        mc.Momentum(252, 0.1, shorting=True),
        mc.DailyBreakout(20),
    ],
    ids=str,
)
def test_the_engine_wants_what_the_reference_wants_for_a_century(strategy):
    prices = 50 * np.exp(np.random.default_rng(1).normal(0, 0.01, (25_001, 2)).cumsum(axis=0))
    np.testing.assert_array_equal(compiled(strategy, prices), in_numpy(strategy, prices))


@pytest.mark.parametrize("strategy", [each for each in ALL if not isinstance(each, mc.SmaCrossover)], ids=str)
@pytest.mark.parametrize("scale", [1e-80, 1e-12, 1e12, 1e80])
def test_so_it_does_when_prices_change_their_size_altogether(strategy, scale):
    """But for the crossover of simple averages, which has tests of its own for that."""
    prices = 50 * np.exp(np.random.default_rng(1).normal(0, 0.03, (120, 20)).cumsum(axis=0))
    prices[60:] *= scale
    np.testing.assert_array_equal(compiled(strategy, prices), in_numpy(strategy, prices))


@settings(max_examples=200, deadline=None)
@given(prices_and_strategy(), st.data())
def test_no_strategy_looks_ahead(example, data):
    """Another future changes no earlier target, nor does cutting it off, in neither engine."""
    prices, strategy = example
    cut = data.draw(st.integers(strategy.first_decision + 1, len(prices)))
    other = prices.copy()
    other[cut:] = other[cut:][::-1] * 1.5
    for wanted in (lambda some: in_numpy(strategy, some), lambda some: compiled(strategy, some)):
        np.testing.assert_array_equal(wanted(prices[:cut]), wanted(prices)[:cut])
        np.testing.assert_array_equal(wanted(other)[:cut], wanted(prices)[:cut])


@pytest.mark.parametrize("strategy", ALL, ids=str)
def test_paths_do_not_know_each_other(strategy):
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=80, iterations=9, seed=4).to_numpy()
    together = in_numpy(strategy, prices)
    assert together.shape == (81, 9)
    assert together.any()
    for path in range(9):
        np.testing.assert_array_equal(together[:, path], in_numpy(strategy, prices[:, [path]])[:, 0])


@given(st.integers(2, 40).flatmap(strategies_with_bars))
def test_no_strategy_wants_anything_before_its_first_decision_and_each_can_want_something_then(strategy):
    """What is wanted there depends on the last close, up or down by so much that no band and no average keeps up."""
    first = strategy.first_decision
    closes = np.full((50, 2), 10.0)
    closes[first:] *= [STEP, 1 / STEP]
    width = getattr(strategy, "width", 0.0)
    for wanted in (in_numpy(strategy, closes), compiled(strategy, closes)):
        assert not wanted[:first].any()
        # A close cannot be further from the average than √(n - 1) deviations, and it is one of the n itself.
        if width < 0.99 * first**0.5 or isinstance(strategy, mc.BuyAndHold):
            assert wanted[first].any()


@given(strategies_with_bars(60))
def test_every_target_is_a_position(strategy):
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.9), days=60, iterations=8, seed=4).to_numpy()
    for wanted in (in_numpy(strategy, prices), compiled(strategy, prices)):
        assert wanted.dtype == np.int8
        assert set(np.unique(wanted)) <= {-1, 0, 1}


@pytest.mark.parametrize(
    "strategy",
    [
        mc.SmaCrossover(2, 20),
        mc.EmaCrossover(2, 20),
        mc.Breakout(19),
        mc.BollingerReversion(20),
        mc.Momentum(19),
        mc.DailyBreakout(18),
    ],
    ids=lambda strategy: strategy.name,
)
def test_a_strategy_that_never_decides_in_time_is_refused_by_the_name_of_what_it_waits_for(strategy):
    assert strategy.problems(strategy.first_decision + 1) == {}
    message = f"must let {strategy.name} decide before the last day: it first decides on day 19 of 19; "
    assert strategy.problems(19) == {strategy.waits_for: message + "shorten it, or take more days or a warm-up"}
    assert strategy.problems(1, warm_up=True) == {}
    longer = strategy.with_values(**{strategy.waits_for: strategy.values[strategy.waits_for] + 1})
    assert longer.first_decision == 20


def test_a_strategy_that_waits_for_no_parameter_is_refused_all_the_same():
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
    assert strategy_named(kind.name) == strategy_named(kind.name, strategy.values) == strategy
    assert kind.__doc__
    assert kind.label
    assert kind.help.endswith(".")
    assert kind.waits_for in {"days", *strategy.parameters}


@pytest.mark.parametrize("strategy", ALL, ids=str)
def test_a_strategy_survives_being_plain_values(strategy):
    told = {name: value for name, value in strategy.values.items() if value is not None}
    assert strategy.to_dict() == {"name": strategy.name, **told}, "orders that are not given leave no trace"
    assert strategy_from_dict(strategy.to_dict()) == strategy


def test_a_strategy_is_named_with_what_it_was_told():
    assert str(mc.SmaCrossover(5, 20)) == "sma-crossover, short 5, long 20"
    assert str(mc.SmaCrossover(5, 20, shorting=True)) == "sma-crossover, short 5, long 20, shorting"
    assert str(mc.Breakout(5, "both")) == "breakout, channel 5, direction both"
    assert str(mc.BollingerReversion(20, 1.5)) == "bollinger-reversion, window 20, width 1.5"
    assert str(mc.BuyAndHold()) == "buy-and-hold"


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("sma", {}, "strategy must be one of sma-crossover, .*, not 'sma'"),
        (
            "momentum",
            {"short": 5},
            "short is no parameter of momentum, which has lookback, band, shorting, entry_limit, .*",
        ),
        ("buy-and-hold", {"short": 5}, "short is no parameter of buy-and-hold, which has entry_limit, .*"),
        ("momentum", {"lookback": 0, "band": "x"}, "lookback must be .*, not 0; band must be .*, not 'x'"),
    ],
)
def test_a_strategy_that_there_is_not_is_refused_with_what_there_is(name, values, message):
    with pytest.raises(mc.ParameterError, match=f"^{message}$"):
        strategy_named(name, values)


@pytest.mark.parametrize("kind", [mc.SmaCrossover, mc.EmaCrossover])
@pytest.mark.parametrize(("short", "long"), [(10, 10), (11, 10)])
def test_the_short_window_is_shorter_than_the_long_one(kind, short, long):
    with pytest.raises(mc.ParameterError) as error:
        kind(short=short, long=long)
    message = f"must be less than long: the short window is {short} days, the long one 10"
    assert error.value.problems == {"short": message}


def test_windows_are_compared_only_where_each_can_be_used():
    with pytest.raises(mc.ParameterError) as error:
        mc.SmaCrossover(short=50, long=1)
    assert list(error.value.problems) == ["long"]


@pytest.mark.parametrize("kind", [mc.SmaCrossover, mc.EmaCrossover, mc.BollingerReversion, mc.Momentum])
@pytest.mark.parametrize("shorting", [1, 0, None, "yes"])
def test_shorting_is_true_or_false(kind, shorting):
    with pytest.raises(mc.ParameterError, match=r"^shorting must be true or false"):
        kind(shorting=shorting)


@pytest.mark.parametrize("strategy", ALL, ids=str)
def test_the_lines_that_it_looks_at_begin_with_its_first_decision_or_before(strategy):
    """Once they are there they stay; and another future changes nothing of them."""
    closes = 50 * np.exp(np.random.default_rng(1).normal(0, 0.03, 80).cumsum())
    for name, values in strategy.lines(closes).items():
        assert values.shape == closes.shape
        assert np.isfinite(values[strategy.first_decision :]).all()
        assert np.isnan(values[0]) or strategy.first_decision == 0
        np.testing.assert_array_equal(strategy.lines(closes[:40])[name], values[:40])


@pytest.mark.parametrize(
    ("strategy", "lines"),
    [
        (mc.SmaCrossover(2, 3), {"average of 2 days": [3, 5, 6], "average of 3 days": [None, 4, 16 / 3]}),
        (
            mc.EmaCrossover(1, 3),
            {"exponential average of 1 days": [4, 6, 6], "exponential average of 3 days": [None, 4, 5]},
        ),
        (mc.Breakout(2), {"highest of 2 days before": [None, 4, 6], "lowest of 2 days before": [None, 2, 4]}),
        (mc.BollingerReversion(2, 1.5), {"lower band": [1.5, 3.5, 6], "average of 2 days": [3, 5, 6]}),
        (mc.Momentum(2), {"close 2 days ago": [None, 2, 4]}),
        (
            mc.Momentum(1, 0.5, shorting=True),
            {"close 1 days ago + 50 %": [3, 6, 9], "close 1 days ago - 50 %": [1, 2, 3]},
        ),
        (mc.BuyAndHold(), {}),
    ],
    ids=str,
)
def test_the_lines_that_it_looks_at_are_those_that_decide(strategy, lines):
    found = strategy.lines(np.array([2.0, 4.0, 6.0, 6.0]))
    assert list(found) == list(lines)
    for name, values in lines.items():
        np.testing.assert_allclose(found[name][1:], np.array(values, float), err_msg=name)


@pytest.mark.parametrize("strategy", ALL, ids=str)
def test_a_history_that_is_too_short_for_a_line_has_none(strategy):
    for closes in (np.ones(1), np.ones(max(1, strategy.first_decision))):
        for values in strategy.lines(closes).values():
            assert values.shape == closes.shape
            assert np.isnan(values[:1]).all()


def test_upper_bands_are_shown_where_they_count():
    names = [list(mc.BollingerReversion(2, 1.5, shorting).lines(np.ones(4))) for shorting in (False, True)]
    assert names == [["lower band", "average of 2 days"], ["lower band", "average of 2 days", "upper band"]]
