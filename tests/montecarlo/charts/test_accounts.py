"""The account of a backtest, beside buying and holding."""

import pytest

import montecarlo as mc
from montecarlo import charts
from tests.montecarlo.charts.figures import statistics, traces


def test_equity_stands_beside_buy_and_hold_above_both_drawdowns(backtest):
    figure = charts.equity(backtest)
    value, drawdown = traces(figure, "strategy")
    hold, hold_drawdown = traces(figure, "buy and hold")
    found = statistics(backtest.summary)
    assert value.y[-1] == found["final_value"]
    assert hold.y[-1] == found["buy_and_hold_value"]
    assert min(drawdown.y) == pytest.approx(-found["max_drawdown"], rel=1e-12)
    assert max(drawdown.y) == max(hold_drawdown.y) == 0
    assert (value.yaxis, drawdown.yaxis) == ("y", "y2")


def test_a_loss_on_the_first_day_is_a_drawdown_from_the_capital(history):
    costly = mc.backtest(history, mc.SmaCrossover(short=1, long=2), fill="same-close", commission=0.1)
    _, drawdown = traces(charts.equity(costly), "buy and hold")
    assert drawdown.y[1] == pytest.approx(1 / 1.1005 - 1)


def test_the_title_says_what_was_paid_by_the_models_of_costs(history):
    rules = mc.Rules(commission_model="per-share", commission_per_share=0.005, commission_minimum=1)
    title = charts.equity(mc.backtest(history, mc.Breakout(20), rules=rules)).layout.title.text
    assert title.endswith("(commission $0.005 a share, at least $1; slippage 0.05% of each fill)")
    rules = mc.Rules(slippage_model="volatility", slippage_volatility=0.1)
    title = charts.equity(mc.backtest(history, mc.Breakout(20), rules=rules)).layout.title.text
    assert title.endswith("(commission 0.05% of each fill; slippage 0.1 of a day's volatility)")
