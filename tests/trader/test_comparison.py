"""The backtest from the trader's first day on."""

from dataclasses import replace

import montecarlo as mc
from trader.comparison import Comparison
from trader.decision import signals_of
from trader.replay import Replay

HISTORY = mc.load_history("AAPL", source="sample")
STRATEGY = mc.SmaCrossover(5, 20, shorting=True, stop_loss=0.03, take_profit=0.1)
RULES = mc.Rules(shares=100.0, interest=True, risk_free=0.04)


def so_far(index, first=0, rules=RULES, strategy=STRATEGY):
    day = Replay(HISTORY, within_days=True).after(HISTORY.dates[index - 1].item())
    signals, begin = signals_of(strategy, day.bars), HISTORY.dates[first].item()
    return Comparison(begin, 252).at(day, signals, rules)


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
    assert so_far(50, rules=poor, strategy=mc.BuyAndHold()).unfilled


def test_whoever_follows_it_day_by_day_is_told_what_it_is_told_on_that_day_alone():
    feed, follower = Replay(HISTORY, within_days=True), Comparison(HISTORY.dates[0].item(), 252)
    for index in range(1, 120):
        day = feed.after(HISTORY.dates[index - 1].item())
        assert day is not None
        assert follower.at(day, signals_of(STRATEGY, day.bars), RULES) == so_far(index)


def test_where_prices_until_yesterday_have_become_others_it_is_the_backtest_of_those():
    feed, follower = Replay(HISTORY, within_days=True), Comparison(HISTORY.dates[0].item(), 252)
    for index in (119, 120):
        day = feed.after(HISTORY.dates[index - 1].item())
        halved = replace(day, bars=type(day.bars)(*(each / 2 for each in day.bars)))
        signals = signals_of(STRATEGY, day.bars)
        follower.at(day, signals, RULES)
        found = follower.at(halved, signals, RULES)
    assert found == Comparison(HISTORY.dates[0].item(), 252).at(halved, signals, RULES)
    assert found != follower.at(day, signals, RULES)
