"""Interest on idle cash: what lies still grows by a day's share of the risk-free rate, and nothing else does."""

import math

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.accounting.account import keep_account
from montecarlo.accounting.controls import CONTROLS
from montecarlo.experiments.paths import simulate_rows

RULES = mc.Rules(risk_free=0.05, interest=True)
DAY = 1 + 0.05 / 252
MODEL = mc.GbmModel(50.0, 0.1, 0.3)
FREE = {"commission": 0.0, "slippage": 0.0}


def simulated(rules, *, strategy=None, model=MODEL, days=100, paths=300):
    strategy = strategy or mc.SmaCrossover(5, 20)
    return simulate_rows(
        mc.Simulation(model=model, strategy=strategy, rules=rules, days=days, iterations=1, seed=5), 0, paths
    )


def backtest(closes, strategy, **rules):
    days = pd.bdate_range("2020-01-01", periods=len(closes), name="date")
    bars = pd.DataFrame({"close": closes, "adjusted_close": closes}, index=days, dtype=float)
    return mc.backtest(mc.PriceHistory("MADE-UP", "csv", bars), strategy, **rules)


@pytest.mark.parametrize("shares", [None, 1.0])
@pytest.mark.parametrize("rate", [0.05, -0.05])
def test_who_is_flat_all_the_time_has_the_rate_of_every_day(rate, shares):
    """Prices fall all the time."""
    falling = mc.GbmModel(50.0, -0.5, 0.0)
    rows = simulated(mc.Rules(risk_free=rate, interest=True, shares=shares), model=falling, paths=3)
    assert rows["trades"].tolist() == [0] * 3
    assert rows["return"] == pytest.approx([(1 + rate / 252) ** 100 - 1] * 3, rel=1e-12)
    assert rows["longest_drawdown"].tolist() == [0 if rate > 0 else 100] * 3
    closes = 50 * 0.99 ** np.arange(101)
    found = backtest(closes, mc.SmaCrossover(5, 20), risk_free=rate, interest=True, shares=shares)
    assert found.equity.to_numpy() == pytest.approx(100_000 * (1 + rate / 252) ** np.arange(101), rel=1e-12)


def test_who_is_in_all_the_time_earns_nothing_but_before():
    """Bought at the second close, for the capital and a day's interest."""
    rows = simulated(mc.Rules(risk_free=0.05, interest=True, **FREE), strategy=mc.BuyAndHold())
    without = simulated(mc.Rules(risk_free=0.05, **FREE), strategy=mc.BuyAndHold())
    assert rows["final_value"] == pytest.approx(without["final_value"] * DAY, rel=1e-12)
    assert rows["buy_and_hold_value"] == pytest.approx(rows["final_value"], rel=1e-12)


def test_what_a_fixed_number_of_shares_leaves_over_is_idle_for_buy_and_hold_too():
    rules = mc.Rules(risk_free=0.05, interest=True, shares=100.0, fill="same-close", **FREE)
    rows = simulated(rules, strategy=mc.BuyAndHold())
    expected = (100_000 - 100 * 50) * DAY**100 + 100 * rows["final_price"]
    assert rows["final_value"] == pytest.approx(expected, rel=1e-12)
    assert rows["buy_and_hold_value"] == pytest.approx(expected, rel=1e-12)


def test_what_a_short_sale_brought_in_is_idle():
    prices, sides = np.array([[10.0], [10.0], [12.0]]), np.array([[-1], [-1], [-1]], np.int8)
    rules = mc.Rules(capital=100.0, fill="same-close", risk_free=0.252, interest=True, **FREE)
    ledger = keep_account(prices, sides, 0, rules, rules.idle_growth(252))
    assert ledger.equity[:, 0] == pytest.approx([100, 200 * 1.001 - 100, 200 * 1.001**2 - 120])


def test_debt_costs_nothing():
    prices, sides = np.array([[10.0], [30.0], [30.0]]), np.array([[-1], [-1], [0]], np.int8)
    rules = mc.Rules(capital=100.0, fill="same-close", risk_free=0.252, interest=True, **FREE)
    ledger = keep_account(prices, sides, 0, rules, rules.idle_growth(252))
    ruined = 200 * 1.001 - 300
    assert ledger.equity[:, 0] == pytest.approx([100, ruined, ruined])


@pytest.mark.parametrize("rules", [mc.Rules(interest=True), mc.Rules(risk_free=0.05)], ids=["no rate", "off"])
def test_without_a_rate_or_without_the_rule_cash_earns_nothing(rules):
    rows, plain = simulated(rules), simulated(mc.Rules())
    for name in ("final_value", "buy_and_hold_value", "max_drawdown", "equity", *CONTROLS):
        assert rows[name].tobytes() == plain[name].tobytes(), name


def test_the_controls_are_of_the_market_alone():
    rows, plain = simulated(RULES), simulated(mc.Rules(risk_free=0.05))
    assert rows["final_value"].min() > plain["final_value"].min()
    for name in ("growth_control", "gain_control", "price_control"):
        np.testing.assert_allclose(rows[name], plain[name], rtol=1e-9, atol=1e-12)
    error = rows["value_control"].std() / math.sqrt(len(rows["value_control"]))
    assert abs(rows["value_control"].mean()) < 4 * error


def test_a_job_that_says_nothing_of_interest_is_the_same_json_as_before():
    assert "interest" not in mc.Rules().to_dict()
    assert mc.Rules(interest=True).to_dict()["interest"] is True
