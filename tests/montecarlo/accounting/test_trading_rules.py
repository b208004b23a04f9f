"""The rules of trading: signals, fills, sizes, costs and the statistics of one path, on series made for each rule."""

import math
import statistics

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import montecarlo as mc

FREE = {"commission": 0, "slippage": 0}

# Windows of 1 and 2 days are long after a rise and flat after a fall, so a series says what is traded:
# the signals of RISE_AND_FALL are flat until day 2, long on day 2 and 3, flat on day 4, long again on day 5 and 6.
RISE_AND_FALL = [10.0, 10.0, 11.0, 12.0, 9.0, 10.0, 12.0]
DAY_TRADER = mc.SmaCrossover(short=1, long=2)


def history_of(closes):
    days = pd.bdate_range("2020-01-01", periods=len(closes), name="date")
    bars = pd.DataFrame({"close": closes, "adjusted_close": closes}, index=days, dtype=float)
    return mc.PriceHistory("MADE-UP", "csv", bars)


def trade(closes, strategy=DAY_TRADER, **rules):
    return mc.backtest(history_of(closes), strategy, **rules)


def summary_of(closes, strategy=DAY_TRADER, **rules):
    return dict(trade(closes, strategy, **rules).summary.to_numpy())


def account_by_hand(closes, short, long, *, capital, shares, commission, slippage, fill, risk_free):
    """The rules once more, day by day in plain Python."""
    cost, delay = commission + slippage, 0 if fill == "same-close" else 1
    first_fill = long - 1 + delay
    signals = []
    for day, price in enumerate(closes):
        recent = closes[: day + 1]
        gap = math.fsum(recent[-short:]) / short - math.fsum(recent[-long:]) / long
        signals.append(day >= long - 1 and gap > 1e-9 * price)

    cash, held, trades, unfilled, equity, invested = capital, 0.0, 0, 0, [], []
    wins, paid_from, traded = 0, capital, 0.0
    for day, price in enumerate(closes):
        if day >= first_fill:
            wanted = signals[day - delay]
            if held and not wanted:
                traded += held * price
                cash, held = cash + held * price * (1 - cost), 0.0
                wins += cash > paid_from * (1 + 1e-9)
            elif wanted and not held:
                order = shares or (cash / (price * (1 + cost)) if price else 0.0)
                if price > 0 and order > 0 and (shares is None or order * price * (1 + cost) <= cash):
                    traded, paid_from = traded + order * price, cash
                    cash, held, trades = cash - order * price * (1 + cost), order, trades + 1
                else:
                    unfilled += 1
        equity.append(cash + held * price)
        invested.append(held > 0)

    wins += held > 0 and equity[-1] > paid_from * (1 + 1e-9)
    peaks = [max(capital, *equity[: day + 1]) for day in range(len(equity))]
    before = [capital, *equity]
    returns = [equity[day] / before[day] - 1 if before[day] else 0.0 for day in range(first_fill, len(equity))]
    deviation = statistics.stdev(returns) if len(returns) > 1 else 0.0
    later = returns[1:]  # on the first day nothing can be earned
    spread = statistics.variance(later) * (len(later) - 1) if len(later) > 1 else 0.0
    rounding = math.fsum(1e-10 * change**2 + 1e-28 for change in returns)
    excess = statistics.mean(returns) - risk_free / 252
    squares = [min(change - risk_free / 252, 0) ** 2 for change in returns]
    downside = math.sqrt(math.fsum(squares) / len(returns))
    log_growth = math.log(equity[-1] / capital) * 252 / (len(closes) - 1)
    annual_return = math.expm1(log_growth) if log_growth < 170 else math.nan
    max_drawdown = max(1 - value / peak for value, peak in zip(equity, peaks, strict=True))
    under_water = "".join(".x"[value < peak * (1 - 1e-9)] for value, peak in zip(equity, peaks, strict=True))
    bought = shares or capital / (closes[first_fill] * (1 + cost))
    paid = bought * closes[first_fill] * (1 + cost)
    can_hold = shares is None or paid <= capital
    return {
        "final_price": closes[-1],
        "final_value": equity[-1],
        "return": equity[-1] / capital - 1,
        "max_drawdown": max_drawdown,
        "sharpe": math.sqrt(252) * excess / deviation if spread > rounding else math.nan,
        "trades": trades,
        "exposure": sum(invested[:-1]) / (len(closes) - 1),
        "buy_and_hold_value": capital - paid + bought * closes[-1] if can_hold else capital,
        "unfilled_orders": unfilled,
        "annual_return": annual_return,
        "annual_volatility": math.sqrt(252) * (deviation if spread > rounding else 0) if later else math.nan,
        "sortino": math.sqrt(252) * excess / downside if math.fsum(squares[1:]) > 1e-28 * len(returns) else math.nan,
        "calmar": annual_return / max_drawdown if max_drawdown > 1e-9 else math.nan,
        "longest_drawdown": max(map(len, under_water.split("."))),
        "win_rate": wins / trades if trades else math.nan,
        "turnover": traded / statistics.mean(equity[first_fill:]) / (len(returns) / 252),
    }


@st.composite
def backtests(draw):
    closes = draw(st.lists(st.integers(1, 4000).map(lambda cents: cents / 40), min_size=4, max_size=40))
    long = draw(st.integers(2, len(closes) - 1))
    rules = {
        "capital": draw(st.sampled_from([100.0, 1_234.5, 100_000.0])),
        "shares": draw(st.sampled_from([None, 3.0, 100.0])),
        "commission": draw(st.sampled_from([0.0, 0.0005, 0.013])),
        "slippage": draw(st.sampled_from([0.0, 0.0005, 0.007])),
        "fill": draw(st.sampled_from(["next-close", "same-close"])),
        "risk_free": draw(st.sampled_from([0.0, 0.04, -0.01])),
    }
    return closes, draw(st.integers(1, long - 1)), long, rules


@settings(max_examples=150, deadline=None)
@given(backtests())
def test_every_statistic_is_that_of_an_account_kept_by_hand(example):
    closes, short, long, rules = example
    expected = account_by_hand(closes, short, long, **rules)
    got = summary_of(closes, mc.SmaCrossover(short, long), **rules)
    # The last digits of a ratio with hardly anything below are rounding.
    for name in ("sharpe", "sortino", "calmar", "annual_volatility"):
        assert got[name] == pytest.approx(expected.pop(name), rel=1e-5, abs=1e-12, nan_ok=True), name
    assert {name: got[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-11, nan_ok=True)


def test_a_signal_at_a_close_is_filled_at_the_next_close_unless_told_otherwise():
    later = trade(RISE_AND_FALL, shares=1, **FREE).trades
    same = trade(RISE_AND_FALL, shares=1, fill="same-close", **FREE).trades
    assert later["entry_price"].tolist() == [12.0, 12.0]
    assert later["exit_price"].tolist()[:1] == [10.0]
    assert same["entry_price"].tolist() == [11.0, 10.0]
    assert same["exit_price"].tolist()[:1] == [9.0]


@pytest.mark.parametrize(("fill", "first_fill"), [("same-close", 4), ("next-close", 5)])
def test_the_first_possible_fill_is_when_the_long_window_is_full_or_a_day_later(fill, first_fill):
    rising = [float(2**day) for day in range(8)]
    strategy = mc.SmaCrossover(short=2, long=5)
    assert trade(rising, strategy, fill=fill).trades["entry_price"].tolist() == [rising[first_fill]]


def test_all_in_buys_every_affordable_share_costs_included():
    result = trade([10.0, 11.0, 12.0, 12.0], capital=1000, commission=0.01, slippage=0.02)
    assert result.trades["shares"].tolist() == [pytest.approx(1000 / (12 * 1.03))]
    assert result.equity.iloc[-1] == pytest.approx(1000 / 1.03)


def test_both_costs_are_paid_at_both_fills():
    """10 shares bought at 12 and sold at 9 cost 3 % of 120 and of 90 dollars beside the loss of 30."""
    result = trade([10.0, 11.0, 12.0, 9.0, 9.0], shares=10, capital=1000, commission=0.01, slippage=0.02)
    assert result.equity.tolist() == pytest.approx([1000, 1000, 1000 - 3.6, 1000 - 3.6 - 30, 1000 - 30 - 3.6 - 2.7])
    assert result.trades["profit"].tolist() == pytest.approx([-30 - 3.6 - 2.7])


def test_costs_are_half_a_thousandth_each_unless_told_otherwise():
    rules = mc.Rules()
    assert (rules.commission, rules.slippage, rules.fill, rules.shares) == (0.0005, 0.0005, "next-close", None)
    unasked, asked = trade(RISE_AND_FALL), trade(RISE_AND_FALL, commission=0.0005, slippage=0.0005, fill="next-close")
    assert unasked.summary.equals(asked.summary)


def test_an_order_that_cash_cannot_pay_is_not_filled_and_is_counted():
    """Long is wanted at three closes at which an order can be filled: at 12, 9 and 12 dollars."""
    got = summary_of(RISE_AND_FALL, shares=100, capital=500, **FREE)
    assert got["unfilled_orders"] == 3
    assert got["trades"] == got["exposure"] == got["return"] == got["max_drawdown"] == 0
    assert got["final_value"] == got["buy_and_hold_value"] == 500


def test_an_order_that_was_not_filled_is_given_again_at_the_next_close():
    result = trade(RISE_AND_FALL[:-1], shares=100, capital=1000, **FREE)
    assert result.trades["entry_price"].tolist() == [9.0]
    assert dict(result.summary.to_numpy())["unfilled_orders"] == 1


@pytest.mark.parametrize(("capital", "trades"), [(1200.0, 1), (math.nextafter(1200, 0), 0)])
def test_cash_pays_an_order_to_the_last_cent(capital, trades):
    assert summary_of([10.0, 11.0, 12.0], shares=100, capital=capital, **FREE)["trades"] == trades


def test_costs_count_when_it_is_seen_whether_cash_can_pay():
    assert summary_of([10.0, 11.0, 12.0], shares=100, capital=1200, commission=0.0001, slippage=0)["trades"] == 0


def test_constant_prices_are_a_tie_at_every_close_and_nothing_is_traded():
    got = summary_of([0.1] * 300, mc.SmaCrossover(short=3, long=7))
    assert (got["trades"], got["exposure"], got["final_value"], got["max_drawdown"]) == (0, 0, 100_000, 0)
    assert math.isnan(got["sharpe"])


def test_a_tie_ends_a_position():
    assert trade([10.0, 11.0, 11.0], fill="same-close", **FREE).trades["exit_price"].tolist() == [11.0]


def test_a_trade_is_a_round_trip_and_one_still_open_at_the_end_counts():
    result = trade(RISE_AND_FALL, shares=1, fill="same-close", **FREE)
    assert dict(result.summary.to_numpy())["trades"] == len(result.trades) == 2
    assert result.trades["profit"].tolist() == [9 - 11, 12 - 10]
    assert result.trades["exit_date"].isna().tolist() == [False, True]
    assert result.trades["exit_price"].isna().tolist() == [False, True]


def test_a_trade_opened_at_the_last_close_counts_but_has_no_exposure():
    got = summary_of([10.0, 10.0, 11.0], fill="same-close", **FREE)
    assert (got["trades"], got["exposure"]) == (1, 0)


def test_exposure_is_the_fraction_of_days_with_a_position():
    """Held from the close of day 2 to that of day 4, and from that of day 5 to that of day 6: three of six days."""
    assert summary_of(RISE_AND_FALL, fill="same-close", **FREE)["exposure"] == 3 / 6


def test_the_risk_free_rate_is_subtracted_in_sharpe_and_sortino_a_day_at_a_time():
    """From day 2 on: flat, bought at the close at 12, fallen to 9, sold at 10, bought at the close."""
    excess = [change - 0.05 / 252 for change in (0, 0, 9 / 12 - 1, 10 / 9 - 1, 0)]
    downside = math.sqrt(statistics.fmean(min(change, 0) ** 2 for change in excess))
    got = summary_of(RISE_AND_FALL, risk_free=0.05, **FREE)
    assert got["sharpe"] == pytest.approx(math.sqrt(252) * statistics.mean(excess) / statistics.stdev(excess))
    assert got["sortino"] == pytest.approx(math.sqrt(252) * statistics.mean(excess) / downside)
    assert got["annual_volatility"] == summary_of(RISE_AND_FALL, **FREE)["annual_volatility"]


def test_what_never_falls_has_no_sortino_and_no_calmar_ratio():
    got = summary_of([10.0, 11.0, 12.0, 13.0, 14.0], **FREE)
    assert got["annual_return"] > 0
    assert math.isnan(got["sortino"])
    assert math.isnan(got["calmar"])


def test_a_gain_that_costs_eat_up_is_no_win():
    """Bought at 12, worth 12.1 at the end: gained after costs of half a percent, not after a whole one."""
    closes = [10.0, 11.0, 12.0, 12.1]
    assert summary_of(closes, commission=0.005, slippage=0)["win_rate"] == 1
    assert summary_of(closes, commission=0.01, slippage=0)["win_rate"] == 0


@pytest.mark.parametrize("price", [11.0, 11.1, 13.7, 17.3, 29.9])
def test_rounding_is_no_win_and_no_drawdown(price):
    got = summary_of([10.0, 10.0, 10.0, price, price], fill="same-close", **FREE)
    assert (got["win_rate"], got["longest_drawdown"]) == (0, 0)


def test_without_trades_there_is_no_win_rate():
    got = summary_of([10.0, 9.0, 8.0, 7.0], **FREE)
    assert math.isnan(got["win_rate"])
    assert (got["turnover"], got["longest_drawdown"], got["annual_volatility"]) == (0, 0, 0)


def test_what_has_lost_everything_has_lost_it_in_a_year_too():
    got = summary_of([10.0, 11.0, 12.0, 0.0, 0.0], **FREE)
    assert (got["annual_return"], got["calmar"]) == (-1, -1)


def test_maximum_drawdown_is_the_largest_fall_from_a_running_peak():
    """All in at 11: equity is 1000, then 12/11, then 9/11 of it; the later rise to a new peak does not matter."""
    got = summary_of(RISE_AND_FALL, fill="same-close", capital=1000, **FREE)
    assert got["max_drawdown"] == pytest.approx(1 - 9 / 12)


def test_what_the_first_fill_costs_is_a_drawdown_from_the_capital():
    got = summary_of([10.0, 10.0, 11.0], fill="same-close", capital=1000, commission=0.01, slippage=0)
    assert got["max_drawdown"] == pytest.approx(1 - 1 / 1.01)


def test_sharpe_is_of_the_daily_returns_from_the_first_possible_fill_on():
    """From day 2 on: flat, bought at the close at 12, fallen to 9, sold at 10, bought at the close."""
    returns = [0, 0, 9 / 12 - 1, 10 / 9 - 1, 0]
    expected = math.sqrt(252) * statistics.mean(returns) / statistics.stdev(returns)
    assert summary_of(RISE_AND_FALL, **FREE)["sharpe"] == pytest.approx(expected)


def test_days_without_a_position_count_for_sharpe():
    flat_to_the_end = [10.0, 11.0, 12.0, 9.0, 8.0, 7.0, 6.0]
    longer, shorter = (summary_of(closes, **FREE)["sharpe"] for closes in (flat_to_the_end, flat_to_the_end[:-1]))
    assert shorter < longer < 0


def test_sharpe_is_empty_when_equity_never_moves():
    assert math.isnan(summary_of([10.0, 9.0, 8.0, 7.0, 6.0])["sharpe"])


def test_sharpe_is_empty_when_there_is_a_single_return():
    assert math.isnan(summary_of([10.0, 11.0, 12.0])["sharpe"])


@pytest.mark.parametrize("price", [11.0, 11.1, 13.7, 17.3, 29.9])
def test_rounding_is_no_deviation(price):
    """Bought at the last close without costs: shares times price is the capital but for the last bit."""
    assert math.isnan(summary_of([10.0, 10.0, 10.0, price], fill="same-close", **FREE)["sharpe"])


def test_a_small_deviation_is_one():
    """Flat, bought, sold and flat again at a cost of 3 ten-millionths each: the mean over the deviation."""
    got = summary_of([10.0, 9.0, 9.1, 9.1, 9.1, 9.1], commission=3e-7, slippage=0)
    assert got["sharpe"] == pytest.approx(-math.sqrt(3 * 252) / 2, rel=1e-6)


@pytest.mark.parametrize("commission", [0.0, 0.01])
@pytest.mark.parametrize("fill", ["same-close", "next-close"])
def test_a_growth_without_variation_has_no_ratio_though_the_day_of_the_fill_differs(fill, commission):
    """What is earned is in the account from the day after the first fill on: 0, or its cost, is all that differs."""
    steady = [10.0 * 1.001**day for day in range(200)]
    got = summary_of(steady, fill=fill, commission=commission, slippage=0)
    assert got["final_value"] > 100_000
    assert (got["annual_volatility"], got["sharpe"], got["sortino"]) == pytest.approx(
        (0, math.nan, math.nan), nan_ok=True
    )


@pytest.mark.parametrize("shares", [None, 7.0])
@pytest.mark.parametrize("fill", ["next-close", "same-close"])
def test_a_strategy_that_never_sells_ends_where_buy_and_hold_does(shares, fill):
    rising = [10.0, 10.5, 11.5, 11.9, 14.0, 14.1]
    result = trade(rising, shares=shares, fill=fill)
    got = dict(result.summary.to_numpy())
    assert got["final_value"] == got["buy_and_hold_value"]
    assert result.equity.tolist() == result.buy_and_hold.tolist()


def test_buy_and_hold_buys_at_the_first_possible_fill_and_pays_for_it():
    """10 shares bought at 12 with costs of 3.60 and never sold, whatever the strategy does."""
    falling = [12.0, 12.0, 12.0, 8.0]
    got = summary_of(falling, shares=10, capital=1000, commission=0.01, slippage=0.02)
    assert got["trades"] == 0
    assert got["buy_and_hold_value"] == pytest.approx(1000 - 3.6 - 40)


def test_a_price_that_falls_to_zero_takes_everything_that_was_put_in():
    fallen = [10.0, 11.0, 12.0, 0.0, 0.0, 0.0]
    got = summary_of(fallen, **FREE)
    assert (got["final_value"], got["return"], got["max_drawdown"], got["trades"]) == (0, -1, 1, 1)
    assert got["unfilled_orders"] == 0
    assert got["buy_and_hold_value"] == 0


def test_nothing_can_be_bought_at_a_price_of_zero():
    assert summary_of([10.0, 11.0, 0.0, 0.0], capital=1000)["unfilled_orders"] == 1
    assert summary_of([10.0, 11.0, 0.0, 0.0], capital=1000)["final_value"] == 1000


@given(
    closes=st.lists(st.floats(0.01, 1e4), min_size=5, max_size=60),
    shares=st.sampled_from([None, 10.0]),
    fill=st.sampled_from(["next-close", "same-close"]),
)
@settings(deadline=None)
def test_what_the_trades_earned_is_what_the_account_gained(closes, shares, fill):
    result = trade(closes, mc.SmaCrossover(short=2, long=4), shares=shares, fill=fill)
    profits = result.trades["profit"]
    rounding = 1e-12 * (100_000 + profits.abs().sum())
    assert 100_000 + profits.sum() == pytest.approx(result.equity.iloc[-1], abs=rounding)


@given(closes=st.lists(st.floats(0.01, 1e4), min_size=5, max_size=60), cut=st.integers(5, 60))
@settings(deadline=None)
def test_cutting_off_the_future_changes_no_earlier_equity(closes, cut):
    assume(cut <= len(closes))
    strategy = mc.SmaCrossover(short=2, long=4)
    whole, part = trade(closes, strategy), trade(closes[:cut], strategy)
    np.testing.assert_array_equal(whole.equity[:cut], part.equity)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("capital", 0),
        ("capital", 10**400),
        ("shares", 0.0),
        ("shares", "all"),
        ("commission", -0.0001),
        ("slippage", 0.11),
        ("slippage", None),
        ("risk_free", 5),
        ("fill", "open"),
        ("fill", ["next-close"]),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_by_name(name, value):
    with pytest.raises(mc.ParameterError) as error:
        mc.Rules(**{name: value})
    assert list(error.value.problems) == [name]


def test_the_same_number_is_the_same_rule_however_it_was_written():
    assert repr(mc.Rules(capital=1000, shares=5, commission=0)) == repr(
        mc.Rules(capital=1e3, shares=5.0, commission=0.0)
    )
