"""How equity spreads day by day: counts of stated relative accuracy, and quantiles from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting.equity_days import equity_days
from montecarlo.experiments.paths import simulate_rows
from montecarlo.statistics.fan import QUANTILES, RELATIVE_ERROR, SMALLEST, Fan, fan_table
from montecarlo.statistics.tally import Tally

PATHS = 1000
SIMULATION = mc.Simulation(
    model=mc.GbmModel(start_price=50.0, drift=0.1, volatility=0.5),
    strategy=mc.SmaCrossover(short=5, long=20),
    days=300,
    iterations=PATHS,
    seed=3,
)
EQUITIES = st.lists(st.floats(SMALLEST, 1e30), min_size=1, max_size=30).map(lambda values: np.array(values)[:, None])


@pytest.fixture(scope="module")
def equity():
    """Of some paths on three days that have little in common, shape (paths, days)."""
    generator = np.random.default_rng(1)
    return np.column_stack([generator.lognormal(0, size, PATHS) for size in (0.01, 0.4, 3)])


def test_the_stated_accuracy_is_one_part_in_256():
    assert RELATIVE_ERROR == 1 / 256


@given(EQUITIES)
def test_an_order_statistic_is_within_the_stated_accuracy(equity):
    ordered = np.sort(equity[:, 0])
    ranks = list(range(1, len(ordered) + 1))
    np.testing.assert_allclose(Fan.of(equity).at_ranks(ranks)[:, 0], ordered, rtol=RELATIVE_ERROR)


def test_capital_that_never_moved_is_exact():
    assert Fan.of(np.ones((10, 4))).at_ranks([1, 10]).tolist() == [[1.0] * 4] * 2


@pytest.mark.parametrize("lost", [0.0, -3.0, SMALLEST / 2])
def test_what_is_lost_or_owed_counts_as_next_to_nothing(lost):
    assert Fan.of(np.array([[lost], [1.0]])).at_ranks([1, 2])[:, 0].tolist() == [SMALLEST, 1]


def test_each_day_has_its_own_quantiles(equity):
    fan = Fan.of(equity)
    values = fan.at_ranks([1, 500, 1000])
    np.testing.assert_allclose(values, np.sort(equity, axis=0)[[0, 499, 999]], rtol=RELATIVE_ERROR)
    assert fan.counts.sum(axis=1).tolist() == [PATHS] * 3


@given(st.integers(1, PATHS - 1))
def test_adding_fans_counts_all_their_paths(equity, cut):
    for total in (Fan.of(equity[:cut]) + Fan.of(equity[cut:]), Fan.of(equity[cut:]) + Fan.of(equity[:cut])):
        assert total.to_dict() == Fan.of(equity).to_dict()


def test_a_fan_survives_being_plain_values(equity):
    fan = Fan.of(equity)
    assert Fan.from_dict(fan.to_dict()).to_dict() == fan.to_dict()


def test_the_table_starts_with_the_capital_before_the_first_possible_fill():
    table = fan_table(Tally.of(simulate_rows(SIMULATION, 0, PATHS)).fan, SIMULATION.first_fill, SIMULATION.days)
    assert list(table) == ["day", *QUANTILES]
    assert table["day"].tolist() == [19, *equity_days(20, 300)]
    assert table.iloc[0, 1:].tolist() == [1.0] * 5
    assert (table[list(QUANTILES)].diff(axis=1).iloc[1:, 1:] > 0).all(axis=None)


def test_the_last_day_has_the_quantiles_of_the_return():
    result = mc.simulate(SIMULATION.model, SIMULATION.strategy, days=300, iterations=PATHS, seed=3)
    value = dict(result.summary[["statistic", "value"]].to_numpy())
    last = result.fan.iloc[-1]
    assert last["day"] == 300
    names = {"q05": "return_q05", "q25": "return_q25", "q50": "return_median", "q75": "return_q75", "q95": "return_q95"}
    for name, statistic in names.items():
        assert last[name] == pytest.approx(1 + value[statistic], rel=RELATIVE_ERROR)


def test_it_is_that_of_the_equity_of_backtests():
    """On some day in the middle, of the prices of the same paths."""
    options = {"days": 300, "seed": 3}
    prices = mc.simulate_prices(SIMULATION.model, iterations=40, **options)
    table = mc.simulate(SIMULATION.model, SIMULATION.strategy, iterations=40, **options).fan
    day = int(table["day"][12])
    dates = mc.load_history("AAPL", source="sample").bars.index[:301]
    equity = []
    for path in prices:
        bars = prices[[path]].set_axis(["adjusted_close"], axis=1).set_axis(dates).assign(close=prices[path].to_numpy())
        equity.append(mc.backtest(mc.PriceHistory("MADE-UP", "csv", bars), SIMULATION.strategy).equity.iloc[day])
    expected = np.sort(equity)[[1, 9, 19, 29, 37]] / 100_000
    np.testing.assert_allclose(table.iloc[12, 1:].to_numpy(float), expected, rtol=RELATIVE_ERROR)


def test_a_single_day_to_trade_makes_a_fan_of_two_days():
    result = mc.simulate(SIMULATION.model, SIMULATION.strategy, days=20, iterations=5, seed=1)
    assert result.fan["day"].tolist() == [19, 20]


def test_what_trades_from_the_first_day_has_a_fan_from_the_first_day():
    history = mc.load_history("AAPL", source="sample")
    result = mc.simulate(mc.fit(history), mc.BuyAndHold(), days=30, iterations=5, seed=1, fill="same-close")
    assert result.fan["day"].tolist()[:2] == [0, 2]
