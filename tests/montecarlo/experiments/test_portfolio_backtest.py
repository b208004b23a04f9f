"""A portfolio on the real histories, beside the same by ``bt``.

Conventions.  ``bt`` pays commissions out of what a purchase is given, and takes them from what a sale brings; it sets
weights by the value before costs, so what is left is a little off its weights, and here weights are those after costs.
So at no cost both rebalance alike; with costs, ``bt`` is told those weights, by its own convention, that end at ours.
It adds a day before the first, on which nothing happens; its shares have fractions here; and it fills at the close that
it decides at: that is fill "same-close", or a schedule that begins a day later.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.data.joint_history import align
from montecarlo.errors import ParameterError
from montecarlo.experiments.holdings import Holding, holdings_of
from montecarlo.experiments.portfolio_backtest import backtest_portfolio
from tests.montecarlo.portfolios import history_of

SYMBOLS = ("AAPL", "IBM", "MSFT")
WEIGHTS = (0.5, 0.3, 0.1)
FREE = mc.Rules(commission=0.0, slippage=0.0)
MONTHLY = Rebalancing(every=21)


@pytest.fixture(scope="module")
def joint():
    return align([mc.load_history(symbol, "sample", start="2010-06-01") for symbol in SYMBOLS])


def by_bt(joint, algos, cost=0.0, capital=100_000.0):
    """Equity by ``bt``, on the days of the history."""
    import bt

    closes = pd.DataFrame(joint.closes, index=pd.DatetimeIndex(joint.dates), columns=list(joint.symbols))
    tested = bt.Backtest(
        bt.Strategy("portfolio", algos),
        closes,
        initial_capital=capital,
        commissions=lambda quantity, price: abs(quantity) * price * cost,
        integer_positions=False,
        progress_bar=False,
    )
    tested.run()
    return tested.strategy.values.iloc[1:].to_numpy()


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.thorough), 21, 63])  # daily takes five seconds
def test_rebalanced_by_the_calendar_it_is_that_of_bt(joint, every):
    import bt

    found = backtest_portfolio(
        joint, holdings_of(joint, WEIGHTS), rebalancing=Rebalancing(every=every), rules=replace(FREE, fill="same-close")
    )
    weigh = bt.algos.WeighSpecified(**dict(zip(SYMBOLS, WEIGHTS, strict=True)))
    days = bt.algos.RunOnDate(*joint.dates[::every])
    expected = by_bt(joint, [days, bt.algos.SelectAll(), weigh, bt.algos.Rebalance()])
    assert found.equity.to_numpy() == pytest.approx(expected, rel=1e-9)
    assert len(found.rebalanced) == len(joint.dates[::every]) - 1


def test_with_costs_bt_pays_as_much_for_the_same_trades(joint):
    import bt

    cost = 0.002
    rules = mc.Rules(commission=0.0015, slippage=0.0005)
    found = backtest_portfolio(joint, holdings_of(joint, WEIGHTS), rebalancing=MONTHLY, rules=rules)
    dates = [found.equity.index[1], *found.rebalanced]
    asked = _as_bt_asks(found, pd.DataFrame(joint.closes, found.equity.index, list(SYMBOLS)), dates, cost)
    algos = [bt.algos.RunOnDate(*dates), bt.algos.SelectAll(), bt.algos.WeighTarget(asked), bt.algos.Rebalance()]
    assert found.equity.to_numpy() == pytest.approx(by_bt(joint, algos, cost), rel=1e-9)
    assert found.weights.loc[dates].to_numpy()[1:] == pytest.approx(np.tile([*WEIGHTS, 0.1], (len(dates) - 1, 1)))


def _as_bt_asks(found, closes, dates, cost):
    """Shares of the equity before costs that each symbol is to be given, so that our positions come out."""
    held = found.weights[list(SYMBOLS)].mul(found.equity, axis=0)
    before = (held / closes).shift(1).fillna(0.0) * closes
    change = held - before
    given = before + change * np.where(change > 0, 1 + cost, 1 - cost)
    worth = found.equity + cost * change.abs().sum(axis=1)
    return given.div(worth, axis=0).loc[dates]


@pytest.mark.parametrize("fill", ["same-close", "next-close"])
def test_beyond_a_band_it_trades_on_the_days_on_which_weights_were_seen_to_be_off(joint, fill):
    rules = replace(FREE, fill=fill)
    band = 0.04
    found = backtest_portfolio(
        joint, holdings_of(joint, WEIGHTS), rebalancing=Rebalancing(rebalance="band", band=band), rules=rules
    )
    grown = joint.closes[1:] / joint.closes[:-1]
    value, held, filled, off = 1.0, None, [], False
    for day in range(len(joint.dates)):
        if held is not None:
            held = held * np.append(grown[day - 1], 1.0)
            value = held.sum()
        strays = held is not None and (np.abs(held[:-1] / value - WEIGHTS) > band).any()
        if day == rules.delay or (strays if fill == "same-close" else off):
            held = value * np.append(WEIGHTS, 0.1)
            filled += [day] if day > rules.delay else []
            strays = False
        off = strays
        assert found.equity.iloc[day] == pytest.approx(100_000 * value, rel=1e-9)
    assert found.rebalanced.tolist() == found.equity.index[filled].tolist()
    assert len(filled) > 3


def test_buying_and_keeping_is_the_mean_of_backtests_of_each_symbol(joint):
    rules = mc.Rules(interest=True, risk_free=0.03)
    found = backtest_portfolio(
        joint, holdings_of(joint, WEIGHTS), rebalancing=Rebalancing(rebalance="never"), rules=rules
    )
    alone = [mc.backtest(joint.history_of(symbol), mc.BuyAndHold(), rules=rules).equity for symbol in SYMBOLS]
    cash = 100_000 * (1 + 0.03 / joint.bars_per_year) ** np.arange(len(joint.dates))
    expected = sum(weight * each for weight, each in zip(WEIGHTS, alone, strict=True)) + 0.1 * cash
    assert found.equity.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)
    assert found.buy_and_hold.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)


def test_a_portfolio_of_one_symbol_is_the_backtest_of_its_strategy(joint):
    one = align([joint.history_of("IBM")])
    rule = mc.SmaCrossover(20, 50, shorting=True)
    found = backtest_portfolio(one, (Holding("IBM", 1.0, rule),), risk_free=0.02)
    expected = mc.backtest(joint.history_of("IBM"), rule, risk_free=0.02)
    assert found.equity.to_numpy() == pytest.approx(expected.equity.to_numpy(), rel=1e-12)
    assert found.buy_and_hold.to_numpy() == pytest.approx(expected.buy_and_hold.to_numpy(), rel=1e-12)
    ours, theirs = (each.summary.set_index("statistic")["value"] for each in (found, expected))
    shared = [name for name in ours.index if name in theirs.index]
    assert len(shared) > 15
    assert ours[shared].to_numpy() == pytest.approx(theirs[shared].to_numpy(), rel=1e-9)


def test_cutting_the_future_off_changes_nothing_before(joint):
    strategies = dict.fromkeys(SYMBOLS[:2], mc.SmaCrossover(10, 30))
    short = replace(joint, dates=joint.dates[:200], closes=joint.closes[:200])
    band = Rebalancing(rebalance="band", band=0.03)
    whole, cut = (
        backtest_portfolio(each, holdings_of(each, WEIGHTS, strategies), rebalancing=band) for each in (joint, short)
    )
    assert whole.equity.iloc[:200].to_numpy().tobytes() == cut.equity.to_numpy().tobytes()
    assert whole.weights.iloc[:200].to_numpy().tobytes() == cut.weights.to_numpy().tobytes()


def test_weights_and_cash_are_all_of_it():
    history = history_of()
    found = backtest_portfolio(history, holdings_of(history, (0.3, 0.25, 0.2), mc.SmaCrossover(2, 5, shorting=True)))
    assert found.weights.sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert list(found.weights.columns) == ["A", "B", "C", "cash"]
    assert (found.weights.iloc[:5]["cash"] == 1.0).all()


def test_what_cannot_be_kept_is_said_all_at_once():
    history = history_of()
    holdings = holdings_of(history, strategies={"A": mc.SmaCrossover(5, 20, stop_loss=0.1)})
    with pytest.raises(ParameterError) as caught:
        backtest_portfolio(history, holdings, shares=10.0, fill="next-open")
    assert set(caught.value.problems) == {"strategies", "shares", "fill"}
    with pytest.raises(ParameterError, match="A, B, C"):
        backtest_portfolio(history, holdings[:2])
