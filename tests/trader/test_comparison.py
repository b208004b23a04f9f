"""The backtest from the trader's first day on."""

from dataclasses import replace

import pytest

import montecarlo as mc
from montecarlo.data.bars import Bars
from trader.comparison import Comparison
from trader.decision import signals_of
from trader.replay import Replay

HISTORY = mc.load_history("AAPL", source="sample")
STRATEGY = mc.SmaCrossover(5, 20, shorting=True, stop_loss=0.03, take_profit=0.1)
RULES = mc.Rules(shares=100.0, interest=True, risk_free=0.04)


def told(index):
    """The day of that place in the history, and what the strategy says until then."""
    day = Replay(HISTORY, within_days=True).after(HISTORY.dates[index - 1].item())
    return day, signals_of(STRATEGY, day.bars)


def so_far(index, first=0, rules=RULES, **more):
    day, signals = told(index)
    comparison = more.get("of") or Comparison(rules, bars_per_year=252)
    return comparison.until(day, signals, first=HISTORY.dates[first].item(), shares=more.get("shares", 100))


def test_from_the_first_day_of_the_history_it_is_the_backtest_of_the_history():
    whole = mc.backtest(HISTORY, STRATEGY, rules=RULES)
    for index in (1, 25, 300, len(HISTORY.closes) - 1):
        assert so_far(index).equity == whole.equity.iloc[index]
    found = so_far(len(HISTORY.closes) - 1).trades
    assert [trade.profit for trade in found] == whole.trades["profit"].tolist()


def test_from_a_later_day_the_strategy_knows_what_was_before():
    rest = mc.PriceHistory("AAPL", "sample", HISTORY.bars[281:])
    found = so_far(400, first=300)
    later = mc.backtest(rest, STRATEGY, rules=RULES)  # decides from its day 19 on
    assert found.equity != RULES.capital
    assert [trade.entry_price for trade in found.trades][:3] == later.trades["entry_price"].tolist()[:3]
    assert found.trades[0].entry == (HISTORY.bars.index.get_loc(later.trades["entry_date"][0])) - 300


def test_on_the_first_day_there_is_the_capital_alone():
    found = so_far(300, first=300)
    assert (found.shares, found.equity, found.trades, found.unfilled) == (0.0, RULES.capital, (), False)


def test_it_says_what_cash_could_not_pay():
    poor = mc.Rules(shares=1e5, capital=1_000.0)
    assert any(so_far(index, rules=poor, shares=100_000).unfilled for index in range(25, 30))


@pytest.mark.parametrize("rules", [RULES, replace(RULES, slippage_model="volatility", slippage_volatility=0.3)])
def test_told_day_after_day_it_is_what_it_is_when_it_is_told_at_once(rules):
    going_on = Comparison(rules, bars_per_year=252)
    for index in range(20, 300, 7):
        assert so_far(index, 20, of=going_on) == so_far(index, 20, rules)
    assert so_far(150, 20, of=going_on) == so_far(150, 20, rules)  # a day once more
    assert so_far(300, 90, of=going_on) == so_far(300, 90, rules)


def test_what_is_known_otherwise_than_before_begins_anew():
    index = next(index for index in range(200, 300) if so_far(index).shares)
    going_on = Comparison(RULES, bars_per_year=252)
    so_far(index - 1, of=going_on)
    day, signals = told(index)
    restated = replace(day, bars=Bars(*(each / 4 for each in day.bars)), split=4.0)
    found = going_on.until(restated, signals, first=HISTORY.dates[0].item(), shares=400)
    assert found.shares == 4 * so_far(index).shares
    assert found.equity == pytest.approx(so_far(index).equity, rel=1e-12)
