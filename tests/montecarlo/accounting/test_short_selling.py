"""The account of a strategy that is short at times, by hand, and the same in both engines."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting.account import keep_account
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows

FREE = {"commission": 0, "slippage": 0}

# Windows of 1 and 2 days are long after a rise, short after a fall and flat after a day without either.
DAY_TRADER = mc.SmaCrossover(short=1, long=2, shorting=True)


def trade(closes, **rules):
    days = pd.bdate_range("2020-01-01", periods=len(closes), name="date")
    bars = pd.DataFrame({"close": closes, "adjusted_close": closes}, index=days, dtype=float)
    rules = {"fill": "same-close", "capital": 1000} | rules
    return mc.backtest(mc.PriceHistory("MADE-UP", "csv", bars), DAY_TRADER, **rules)


def summary_of(closes, **rules):
    return dict(trade(closes, **rules).summary.to_numpy())


def test_what_is_sold_short_at_a_price_earns_what_the_price_falls():
    """10 shares are sold at 9 and bought back at 8; the tie on the last day ends the position."""
    result = trade([10, 9, 8, 8], shares=10, **FREE)
    assert result.equity.tolist() == [1000, 1000, 1010, 1010]
    assert result.trades["shares"].tolist() == [-10]
    assert result.trades["profit"].tolist() == [10]


def test_both_costs_are_paid_when_selling_short_and_when_buying_back():
    """3 % of 90 dollars, and of 80."""
    result = trade([10, 9, 8, 8], shares=10, commission=0.01, slippage=0.02)
    assert result.equity.tolist() == pytest.approx([1000, 1000 - 2.7, 1010 - 2.7, 1010 - 2.7 - 2.4])
    assert result.trades["profit"].tolist() == pytest.approx([10 - 2.7 - 2.4])


def test_all_in_as_much_is_sold_short_as_could_be_bought():
    result = trade([10, 8, 7], commission=0.01, slippage=0.02)
    shares = 1000 / (8 * 1.03)
    assert result.trades["shares"].tolist() == [pytest.approx(-shares)]
    assert result.equity.tolist() == pytest.approx([1000, 1000 - 0.03 * shares * 8, 1000 - 0.03 * shares * 8 + shares])


def test_a_reversal_is_two_fills_and_two_trades_at_one_close():
    """Sold short at 9, bought back and bought at 12, worth 13: all in, each fill costs a hundredth."""
    result = trade([10, 9, 12, 13], commission=0.01, slippage=0)
    sold = 1000 / (9 * 1.01)
    left = 1000 + sold * (9 - 12) - 0.01 * sold * (9 + 12)
    bought = left / (12 * 1.01)
    assert result.trades["shares"].tolist() == pytest.approx([-sold, bought])
    assert result.trades["profit"].tolist() == pytest.approx([left - 1000, bought * 13 - left])
    assert result.equity.iloc[-1] == pytest.approx(bought * 13)
    got = dict(result.summary.to_numpy())
    assert (got["trades"], got["exposure"]) == (2, 2 / 3)


@pytest.mark.parametrize(("capital", "trades"), [(909.0, 1), (math.nextafter(909, 0), 0)])
def test_a_short_sale_is_filled_when_cash_covers_its_value_and_its_costs(capital, trades):
    got = summary_of([10, 9, 9], shares=100, capital=capital, commission=0.01, slippage=0)
    assert (got["trades"], got["unfilled_orders"]) == (trades, 1 - trades)


def test_a_reversal_that_cash_cannot_pay_ends_in_no_position():
    """100 shares gained 800 dollars; the other way round they would cost more than there is."""
    result = trade([10, 9, 1, 30], shares=100, capital=1000, **FREE)
    assert result.equity.tolist() == [1000, 1000, 1800, -1100]
    assert len(result.trades) == 1


def test_a_short_position_that_loses_everything_is_bought_back_at_that_close_for_good():
    """100 shares sold at 9 cost 1,900 dollars at 19; the loss beyond the capital of 1,000 stays."""
    result = trade([10, 9, 19, 5, 6, 4], shares=100, **FREE)
    assert result.equity.tolist() == [1000, 1000, 0, 0, 0, 0]
    assert trade([10, 9, 20, 5, 6, 4], shares=100, **FREE).equity.tolist() == [1000, 1000, -100, -100, -100, -100]
    assert result.trades["exit_price"].tolist() == [19]
    got = dict(result.summary.to_numpy())
    assert (got["trades"], got["exposure"], got["unfilled_orders"], got["max_drawdown"]) == (1, 1 / 5, 0, 1)


def test_the_ruined_are_bought_back_whatever_the_strategy_wants():
    """Short is still wanted on the day of the ruin, and every other position afterwards."""
    prices = np.array([10.0, 30.0, 5.0, 5.0, 5.0])[:, None]
    wanted = np.array([-1, -1, -1, 1, 0], np.int8)[:, None]
    ledger = keep_account(prices, wanted, 0, mc.Rules(capital=10, fill="same-close", shares=1, **FREE), 1.0)
    assert ledger.held[:, 0].tolist() == [-1, 0, 0, 0, 0]
    assert ledger.equity[:, 0].tolist() == [10, -10, -10, -10, -10]
    assert not ledger.unfilled.any()


@st.composite
def simulations(draw):
    days = draw(st.integers(3, 120))
    long = draw(st.integers(2, days))
    # Calm, lively, and wild enough to ruin many and to bring prices to zero.
    volatility = draw(st.sampled_from([0.2, 1.0, 6.0]))
    return mc.Simulation(
        model=draw(st.sampled_from([mc.NormalModel, mc.GbmModel]))(50.0, 0.1, volatility),
        strategy=mc.SmaCrossover(draw(st.integers(1, long - 1)), long, shorting=True),
        rules=mc.Rules(
            capital=10_000,
            shares=draw(st.sampled_from([None, 20, 150])),
            commission=draw(st.sampled_from([0, 0.0005, 0.02])),
            fill=draw(st.sampled_from(["next-close", "same-close"])),
        ),
        days=days,
        iterations=50,
        seed=draw(st.integers(0, 2**64 - 1)),
    )


@settings(max_examples=60, deadline=None)
@given(simulations())
def test_the_engine_keeps_the_account_of_the_reference(simulation):
    expected, got = reference.simulate_rows(simulation, 0, 50), simulate_rows(simulation, 0, 50)
    ratios = {"sharpe", "sortino", "calmar", "annual_volatility"}
    if simulation.model.volatility <= 1:  # shares of next to nothing move equity by next to rounding
        for name in ratios:
            np.testing.assert_allclose(got[name], expected[name], rtol=1e-5, err_msg=name)
    for name in expected.keys() - ratios:
        unit = 10_000 if name.endswith("value") else 1
        np.testing.assert_allclose(got[name], expected[name], rtol=1e-9, atol=1e-9 * unit, err_msg=name)
    np.testing.assert_array_equal(got["trades"], expected["trades"])


def test_some_of_those_simulations_are_ruined():
    model = mc.NormalModel(50.0, 0.1, 6.0)
    result = mc.simulate(model, DAY_TRADER, days=60, iterations=1000, seed=1, shares=150, capital=10_000)
    assert (result.paths["final_value"] < 0).sum() > 20
    assert result.summary.notna()["value"].all()
