"""A simulated path as a price history: the same prices, with dates."""

from datetime import date

import numpy as np
import pytest

import montecarlo as mc

HISTORY = mc.load_history("AAPL", source="sample")
GBM = mc.fit(HISTORY, "gbm")
RULE = mc.SmaCrossover(5, 20, stop_loss=0.03, take_profit=0.06)


@pytest.mark.parametrize("path", [0, 3, 1_000])
def test_prices_are_those_of_the_path(path):
    history = mc.simulate_history(GBM, days=100, seed=3, path=path)
    bars = mc.simulate_bars(GBM, days=100, seed=3, iterations=path + 1)[path]
    for name, found in zip(("open", "high", "low", "close"), history.adjusted_bars, strict=True):
        assert np.array_equal(found, bars[name])
    assert history.bar_warnings == ()


@pytest.mark.parametrize("name", ["gbm", "normal", "bootstrap", "student_t"])
def test_its_backtest_is_what_the_simulation_finds_on_the_path(name):
    model = mc.fit(HISTORY, name, **({"bars": True} if name == "bootstrap" else {}))
    rule = RULE if model.has_bars else mc.SmaCrossover(5, 20)
    rows = mc.simulate(model, rule, days=200, iterations=5, seed=7, commission=0.001).paths
    found = mc.backtest(mc.simulate_history(model, days=200, seed=7, path=4), rule, commission=0.001)
    assert found.equity.iloc[-1] == pytest.approx(rows["final_value"][4], rel=1e-9)
    assert len(found.trades) == rows["trades"][4]


def test_it_has_a_bar_on_each_day_of_the_exchange_and_no_doubts_about_them():
    history = mc.simulate_history(GBM, days=600, seed=7, first=date(2023, 12, 30))
    assert history.dates[0] == np.datetime64("2024-01-02")
    assert len(history.dates) == 601
    assert np.datetime64("2024-07-04") not in history.dates
    assert (history.bars_per_year, history.warnings) == (252, ())
    assert (history.symbol, history.source) == ("SIMULATED", "simulated")


def test_a_coin_has_a_bar_on_every_day():
    coin = mc.GbmModel(start_price=50.0, drift=0.1, volatility=0.5, bars_per_year=365)
    history = mc.simulate_history(coin, days=400, seed=7, symbol="COIN")
    assert history.bars_per_year == 365
    assert set(np.diff(history.dates).astype(int)) == {1}


def test_a_model_without_bars_has_closes_alone():
    history = mc.simulate_history(mc.fit(HISTORY, "student_t"), days=100, seed=7)
    assert not history.has_bars


def test_it_is_kept_and_read_like_any_other():
    history = mc.simulate_history(GBM, days=100, seed=3)
    again = mc.PriceHistory.from_csv(history.to_csv(), history.symbol, history.source)
    assert again.digest == history.digest
    assert mc.simulate_history(GBM, days=100, seed=3).digest == history.digest
    assert mc.simulate_history(GBM, days=100, seed=4).digest != history.digest


@pytest.mark.parametrize(
    ("name", "value"), [("days", 59), ("days", "many"), ("path", -1), ("path", 0.5), ("seed", -1), ("seed", 2**64)]
)
def test_a_parameter_that_cannot_be_used_is_named(name, value):
    with pytest.raises(mc.ParameterError) as error:
        mc.simulate_history(GBM, **{name: value})
    assert list(error.value.problems) == [name]


def test_weeks_have_no_dates_here():
    weekly = mc.GbmModel(start_price=50.0, drift=0.1, volatility=0.5, bars_per_year=52)
    with pytest.raises(mc.ParameterError, match="252 or 365"):
        mc.simulate_history(weekly)
