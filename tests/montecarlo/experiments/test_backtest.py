"""A strategy on a real history: two examples worked out by hand, and what a person gets back."""

import math
import statistics

import pandas as pd
import pytest

import montecarlo as mc

# Average of 2 days:                 11.5 11.5 10.5 9.5  9.5  11   12.5 14
# Average of 3 days:                 11   11.3 11   10   9.7  10.3 11.7 13.3
# So after the close:                long long flat flat flat long long long
CLOSES = [10.0, 11.0, 12.0, 11.0, 10.0, 9.0, 10.0, 12.0, 13.0, 15.0]
STRATEGY = mc.SmaCrossover(short=2, long=3)

CHANGES = [1 / 10, 1 / 11, -1 / 12, -1 / 11, -1 / 10, 1 / 9, 2 / 10, 1 / 12, 2 / 13]
VOLATILITY = math.sqrt(252) * statistics.stdev(CHANGES)
SQUARES = [(change - statistics.mean(CHANGES)) ** 2 for change in CHANGES]
KURTOSIS = statistics.mean(square**2 for square in SQUARES) / statistics.mean(SQUARES) ** 2
OF_PRICES = {
    "price_drift": 252 * statistics.mean(CHANGES),
    "price_drift_error": VOLATILITY * math.sqrt(252 / 9),
    "price_volatility": VOLATILITY,
    "price_volatility_error": VOLATILITY * math.sqrt((KURTOSIS - 1) / (4 * 9)),
}


@pytest.fixture(scope="module")
def apple():
    return mc.load_history("AAPL", source="sample")


def history_of(closes):
    days = pd.bdate_range("2020-01-01", periods=len(closes), name="date")
    bars = pd.DataFrame({"close": closes, "adjusted_close": closes}, index=days)
    return mc.PriceHistory("MADE-UP", "csv", bars, ("made up",))


def test_a_hundred_shares_at_the_same_close_without_costs_by_hand():
    """The workshop's rules: bought at 12, sold at 10, bought at 12, worth 15 at the end."""
    result = mc.backtest(
        history_of(CLOSES), STRATEGY, shares=100, capital=100_000, fill="same-close", commission=0, slippage=0
    )

    equity = [100_000, 100_000, 100_000, 99_900, 99_800, 99_800, 99_800, 99_800, 99_900, 100_100]
    assert result.equity.tolist() == equity
    assert result.buy_and_hold.tolist() == [100_000, 100_000, *(98_800 + 100 * close for close in CLOSES[2:])]

    days = result.equity.index
    assert result.trades["entry_date"].tolist() == [days[2], days[7]]
    assert result.trades["entry_price"].tolist() == [12, 12]
    assert result.trades["exit_date"].tolist() == [days[4], pd.NaT]
    assert result.trades["exit_price"].tolist() == [10, pytest.approx(math.nan, nan_ok=True)]
    assert result.trades["shares"].tolist() == [100, 100]
    assert result.trades["profit"].tolist() == [-200, 300]
    assert result.trades["exit_reason"].tolist() == ["signal", "end"]
    assert result.trades["ambiguous"].tolist() == [False, False]

    # From day 2, the first possible fill, to day 9.
    returns = [0, -100 / 100_000, -100 / 99_900, 0, 0, 0, 100 / 99_800, 200 / 99_900]
    sharpe = math.sqrt(252) * statistics.mean(returns) / statistics.stdev(returns)
    assert sharpe == pytest.approx(2.006352221376064)
    downside = math.sqrt(((100 / 100_000) ** 2 + (100 / 99_900) ** 2) / 8)
    traded, mean_equity = 100 * (12 + 10 + 12), sum(equity[2:]) / 8
    assert dict(result.summary.to_numpy()) == {
        "final_price": 15,
        "final_value": 100_100,
        "return": pytest.approx(0.001),
        "max_drawdown": pytest.approx(0.002),
        "sharpe": pytest.approx(sharpe),
        "trades": 2,
        "exposure": pytest.approx(4 / 9),
        "buy_and_hold_value": 100_300,
        "unfilled_orders": 0,
        "capital": 100_000,
        "commission": 0,
        "slippage": 0,
        "annual_return": pytest.approx(1.001 ** (252 / 9) - 1),
        "annual_volatility": pytest.approx(math.sqrt(252) * statistics.stdev(returns)),
        "sortino": pytest.approx(math.sqrt(252) * statistics.mean(returns) / downside),
        "calmar": pytest.approx((1.001 ** (252 / 9) - 1) / 0.002),
        "longest_drawdown": 6,
        "win_rate": 1 / 2,
        "turnover": pytest.approx(traded / mean_equity / (8 / 252)),
        "risk_free": 0,
        "bars_per_year": 252,
        **{name: pytest.approx(value) for name, value in OF_PRICES.items()},
        "profit_factor": 300 / 200,
        "expectancy": pytest.approx((-200 / 100_000 + 300 / 99_800) / 2),
        "sqn": pytest.approx(math.sqrt(2) * 50 / statistics.stdev([-200, 300])),
        "longest_losing_streak": 1,
        "average_holding": 2,
        "ambiguous_bars": 0,
    }


def test_all_in_at_the_next_close_with_costs_by_hand():
    """Bought at 11, sold at 9, bought at 13, worth 15 at the end; each fill costs a thousandth.

    100,000 / (11 * 1.001) = 9,081.827 shares; sold for 9,081.827 * 9 * 0.999 = 81,654.709 dollars;
    81,654.709 / (13 * 1.001) = 6,274.857 shares, worth 94,122.849 dollars at 15.
    """
    result = mc.backtest(history_of(CLOSES), STRATEGY)

    equity = [
        *(100_000, 100_000, 100_000),
        99_900.0999000999,
        90_818.27263645447,
        *(81_654.70892743621, 81_654.70892743621, 81_654.70892743621),
        81_573.13579164457,
        94_122.84899035913,
    ]
    assert result.equity.tolist() == pytest.approx(equity, rel=1e-12)
    assert result.trades["shares"].tolist() == pytest.approx([9_081.827263645446, 6_274.856599357275])
    assert result.trades["profit"].tolist() == pytest.approx(
        [81_654.70892743621 - 100_000, 94_122.84899035913 - 81_654.70892743621]
    )

    # From day 3, the first possible fill, to day 9.
    returns = [1 / 1.001 - 1, 10 / 11 - 1, 9 / 10 * 0.999 - 1, 0, 0, 1 / 1.001 - 1, 15 / 13 - 1]
    sharpe = math.sqrt(252) * statistics.mean(returns) / statistics.stdev(returns)
    assert sharpe == pytest.approx(-1.0846006374047799)
    downside = math.sqrt(sum(min(change, 0) ** 2 for change in returns) / 7)
    annual_return, max_drawdown = 0.9412284899035913 ** (252 / 9) - 1, 1 - 81_573.13579164457 / 100_000
    traded = 9_081.827263645446 * (11 + 9) + 6_274.856599357275 * 13
    lost, won = 81_654.70892743621 - 100_000, 94_122.84899035913 - 81_654.70892743621
    assert dict(result.summary.to_numpy()) == pytest.approx(
        {
            "final_price": 15,
            "final_value": 94_122.84899035913,
            "return": -0.0587715100964087,
            "max_drawdown": max_drawdown,
            "sharpe": sharpe,
            "trades": 2,
            "exposure": 3 / 9,
            "buy_and_hold_value": 136_227.40895468168,
            "unfilled_orders": 0,
            "capital": 100_000,
            "commission": 0.0005,
            "slippage": 0.0005,
            "annual_return": annual_return,
            "annual_volatility": math.sqrt(252) * statistics.stdev(returns),
            "sortino": math.sqrt(252) * statistics.mean(returns) / downside,
            "calmar": annual_return / max_drawdown,
            "longest_drawdown": 7,
            "win_rate": 1 / 2,
            "turnover": traded / (sum(equity[3:]) / 7) / (7 / 252),
            "risk_free": 0,
            "bars_per_year": 252,
            **OF_PRICES,
            "profit_factor": -won / lost,
            "expectancy": (lost / 100_000 + won / 81_654.70892743621) / 2,
            "sqn": math.sqrt(2) * (lost + won) / 2 / statistics.stdev([lost, won]),
            "longest_losing_streak": 1,
            "average_holding": 1.5,
            "ambiguous_bars": 0,
        }
    )


def test_equity_goes_by_the_dates_of_the_history(apple):
    result = mc.backtest(apple, mc.SmaCrossover(short=40, long=100))
    assert result.equity.index.equals(apple.bars.index)
    assert result.buy_and_hold.index.equals(apple.bars.index)
    assert len(result.trades) > 10
    closed = result.trades.dropna()
    assert (closed["entry_date"] < closed["exit_date"]).all()


def test_the_rules_and_the_doubts_come_with_the_result(apple):
    result = mc.backtest(apple, mc.SmaCrossover(), shares=100, commission=0)
    assert result.rules == mc.Rules(shares=100, commission=0)
    assert result.warnings == apple.warnings
    assert "2000-09-29" in " ".join(result.warnings)


def test_a_history_without_trades_has_an_empty_table_of_them():
    trades = mc.backtest(history_of([5.0] * 10), STRATEGY).trades
    assert trades.empty
    of_fills = ["entry_date", "entry_price", "exit_date", "exit_price", "shares", "profit"]
    assert list(trades) == [*of_fills, "exit_reason", "ambiguous"]
    assert trades["exit_date"].dtype == trades["entry_date"].dtype


def test_windows_longer_than_the_history_are_refused_with_its_length():
    with pytest.raises(mc.ParameterError) as error:
        mc.backtest(history_of(CLOSES), mc.SmaCrossover(short=2, long=10))
    message = "long must let sma-crossover decide before the last day: it first decides on day 9 of 9; "
    assert str(error.value) == message + "shorten it, or take a longer history"
    mc.backtest(history_of(CLOSES), mc.SmaCrossover(short=2, long=9))


def test_a_rule_that_cannot_be_used_is_refused_by_name():
    with pytest.raises(mc.ParameterError, match=r"^slippage must be a number from 0 to 0.1, not 5$"):
        mc.backtest(history_of(CLOSES), STRATEGY, slippage=5)


FREE = {"shares": 100, "commission": 0, "slippage": 0}


class TestOrders:
    """Bars whose close is CLOSES, and whose high and low are 1 above and below open and close, split one to two."""

    @staticmethod
    def history():
        closes = pd.Series(CLOSES)
        opens = closes.shift(fill_value=10.0)
        days = pd.bdate_range("2020-01-01", periods=len(CLOSES), name="date")
        high, low = closes.clip(lower=opens) + 1, closes.clip(upper=opens) - 1
        bars = pd.DataFrame({"open": opens, "high": high, "low": low, "close": closes}) * 2
        bars = bars.assign(adjusted_close=closes).set_index(days)
        return mc.PriceHistory("MADE-UP", "csv", bars)

    def test_a_target_and_a_stop_are_reached_at_adjusted_prices(self):
        """Long from 12 on day 2 and from 12 on day 7; day 3 is 12, 13, 10, 11, and day 8 is 12, 14, 11, 13."""
        strategy = mc.SmaCrossover(short=2, long=3, stop_loss=0.125)
        trades = mc.backtest(self.history(), strategy, fill="same-close", **FREE).trades
        assert trades["exit_reason"].tolist() == ["stop", "end"]
        assert trades["exit_price"].tolist()[:1] == [10.5]
        assert trades["exit_date"].tolist()[0] == self.history().bars.index[3]

        strategy = mc.SmaCrossover(short=2, long=3, take_profit=0.125)
        result = mc.backtest(self.history(), strategy, fill="same-close", **FREE)
        assert result.trades["exit_reason"].tolist() == ["signal", "target"]
        assert result.trades["profit"].tolist() == [-200, 150]
        assert result.equity.iloc[-1] == 99_950

    def test_an_ambiguous_bar_is_counted_and_told(self):
        strategy = mc.SmaCrossover(short=2, long=3, stop_loss=0.0625, take_profit=0.0625)
        found = {
            intrabar: mc.backtest(self.history(), strategy, fill="same-close", intrabar=intrabar, **FREE)
            for intrabar in ("stop-first", "target-first")
        }
        for result in found.values():
            assert dict(result.summary.to_numpy())["ambiguous_bars"] == 2
            assert result.trades["ambiguous"].tolist() == [True, True]
        assert found["stop-first"].trades["exit_reason"].tolist() == ["stop", "stop"]
        assert found["target-first"].trades["exit_reason"].tolist() == ["target", "target"]

    def test_market_orders_are_filled_at_the_open(self):
        trades = mc.backtest(self.history(), STRATEGY, fill="next-open", **FREE).trades
        assert trades["entry_price"].tolist() == [12, 12]
        assert trades["entry_date"].tolist() == self.history().bars.index[[3, 8]].tolist()

    def test_closes_alone_are_refused_with_what_to_do(self):
        closes_only = self.history()
        closes_only.bars.loc[:, ["open", "high", "low"]] = math.nan
        for strategy, rules in ((mc.SmaCrossover(2, 3, max_holding=2), {}), (STRATEGY, {"fill": "next-open"})):
            with pytest.raises(mc.HistoryError, match=r"closes only; .*take a source or a file that has them"):
                mc.backtest(closes_only, strategy, **rules)
        mc.backtest(closes_only, STRATEGY)

    def test_costs_of_other_models_need_closes_alone_and_are_told_by_name(self):
        rules = {"commission_model": "per-share", "commission_per_share": 0.5, "slippage_model": "volatility"}
        result = mc.backtest(history_of(CLOSES), STRATEGY, slippage_volatility=0.1, shares=100, **rules)
        told = dict(result.summary.to_numpy())
        assert (told["commission_per_share"], told["commission_minimum"], told["slippage_volatility"]) == (0.5, 0, 0.1)
        assert not {"commission", "slippage"} & set(told)

    def test_what_was_repaired_in_the_bars_is_told_where_they_matter(self):
        bars = pd.concat([self.history().bars] * 3)  # in a short history one such day is too many
        bars.index = pd.bdate_range("2020-01-01", periods=len(bars), name="date")
        bars.loc[bars.index[4], "high"] = 1.0
        history = mc.PriceHistory("MADE-UP", "csv", bars)
        assert "impossible bar" not in " ".join(mc.backtest(history, STRATEGY).warnings)
        assert "impossible bar" in " ".join(mc.backtest(history, STRATEGY, fill="next-open").warnings)
