"""Statistics of trades, worked out by hand."""

import math

import pytest

from montecarlo.accounting.broker import Trade
from montecarlo.accounting.rows import ORDER_COLUMNS
from montecarlo.accounting.trade_statistics import trade_statistics, won


def trades_of(*profits, capital=100.0, days=3):
    return [Trade(0, 1.0, days, 1.0, 1.0, capital, profit, "signal", False) for profit in profits]


def test_five_trades_by_hand():
    """Gains 30, losses 20; squares about the mean of 2: 64 + 49 + 49 + 324 + 144 = 630."""
    profits = (10.0, -5.0, -5.0, 20.0, -10.0)
    squares = sum((profit - 2) ** 2 for profit in profits)
    assert squares == 630
    assert trade_statistics(trades_of(*profits)) == {
        "profit_factor": 30 / 20,
        "expectancy": pytest.approx(0.02),
        "sqn": pytest.approx(math.sqrt(5) * 2 / math.sqrt(630 / 4)),
        "longest_losing_streak": 2,
        "average_holding": 3,
    }
    assert won(trades_of(*profits)) == 2


def test_expectancy_is_of_the_equity_that_each_trade_found():
    trades = [*trades_of(10.0, capital=100.0), *trades_of(-10.0, capital=200.0)]
    assert trade_statistics(trades)["expectancy"] == pytest.approx((0.1 - 0.05) / 2)


def test_a_trade_that_ends_on_the_bar_it_began_takes_no_time():
    trades = [*trades_of(1.0, days=0), *trades_of(1.0, days=5)]
    assert trade_statistics(trades)["average_holding"] == 2.5


def test_what_there_is_nothing_for_is_undefined():
    nothing = trade_statistics([])
    assert (*nothing, "ambiguous_bars") == ORDER_COLUMNS
    assert nothing["longest_losing_streak"] == 0
    assert all(math.isnan(value) for name, value in nothing.items() if name != "longest_losing_streak")
    assert math.isnan(trade_statistics(trades_of(5.0, 5.0))["profit_factor"])
    assert math.isnan(trade_statistics(trades_of(5.0))["sqn"])


def test_what_differs_by_rounding_alone_is_alike():
    alike = trade_statistics(trades_of(5.0, 5.0 + 1e-12, 5.0))
    assert math.isnan(alike["sqn"])
    even = trade_statistics(trades_of(-1e-12, 1e-12, 5.0))
    assert even["longest_losing_streak"] == 0
    assert math.isnan(even["profit_factor"])
