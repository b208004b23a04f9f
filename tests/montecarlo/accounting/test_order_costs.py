"""What orders cost, what cash can pay for, and what a ruined account does."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting.account import keep_account
from montecarlo.accounting.broker import carry_out
from montecarlo.accounting.fill_costs import daily_volatility, slippage_of_days
from montecarlo.data.bars import Bars
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import ENTRIES
from tests.montecarlo.accounting.paths_by_hand import bars_of, flat_day, told, traded

COSTS = {"commission": 0.01, "slippage": 0.02}
SWINGS = bars_of(flat_day(100), flat_day(100), (100, 115, 85, 100), *[flat_day(100)] * 2)


def profit(**asked):
    return traded(SWINGS, asked.pop("targets", [1]), **COSTS, **asked).trades[0].profit


def test_market_stop_and_time_exits_pay_slippage_and_limits_and_targets_do_not():
    assert profit(targets=[1, 1, 0]) == pytest.approx(-3 - 3)
    assert profit(holding=2) == pytest.approx(-3 - 3)
    assert profit(stop=0.1) == pytest.approx(-10 - 3 - 0.03 * 90)
    assert profit(target=0.1) == pytest.approx(10 - 3 - 0.01 * 110)
    assert profit(limit=0.1, holding=1, signals=ENTRIES) == pytest.approx(10 - 0.01 * 90 - 3)


def test_slippage_is_against_the_account_on_either_side():
    assert profit(targets=[-1, -1, 0]) == pytest.approx(-3 - 3)
    assert profit(targets=[-1], stop=0.1) == pytest.approx(-10 - 3 - 0.03 * 110)
    assert profit(targets=[-1], target=0.1) == pytest.approx(10 - 3 - 0.01 * 90)


def test_slippage_leaves_the_price_of_the_fill_as_it_is():
    assert told(traded(SWINGS, [1], stop=0.1, **COSTS)) == [(1, 100, 2, 90, "stop")]


PER_SHARE = {"commission_model": "per-share", "slippage": 0.0}


def test_a_commission_per_share_has_a_minimum_at_each_fill():
    for minimum, each in ((None, 4), (3, 4), (5, 5)):
        asked = PER_SHARE | {"commission_per_share": 0.5, "commission_minimum": minimum, "shares": 8.0}
        assert traded(SWINGS, [1, 0], **asked).trades[0].profit == pytest.approx(-2 * each)
        assert traded(SWINGS, [1, -1], **asked).equity[-1] == pytest.approx(1000 - 3 * each)


@pytest.mark.parametrize(("cash", "shares"), [(1010.0, 1000 / 100), (103.0, (103 - 5) / 100), (5.0, 0), (4.0, 0)])
def test_all_the_cash_pays_for_the_shares_and_their_commission(cash, shares):
    asked = PER_SHARE | {"commission_per_share": 1.0, "commission_minimum": 5.0, "shares": None}
    outcome = traded(SWINGS, [1], **asked, capital=cash)
    assert outcome.held[1] == pytest.approx(shares)
    assert outcome.unfilled[1] == (shares == 0)
    if shares:
        assert outcome.equity[1] == pytest.approx(shares * 100)


def test_a_day_s_volatility_is_the_root_of_weighted_squares_that_begins_with_the_first():
    closes = np.array([100.0, 110.0, 99.0, 99.0])
    assert daily_volatility(closes) == pytest.approx([0, 0.1, 0.1, math.sqrt(0.94 * 0.01)])


def test_slippage_by_volatility_is_a_multiple_of_what_was_known_at_the_close_before():
    bars = bars_of(*(flat_day(price) for price in (100, 110, 99, 99, 99)))
    asked = {"commission": 0.0, "slippage_model": "volatility", "slippage_volatility": 0.5}
    first, second = traded(bars, [1, 1, 0, -1], **asked).trades
    assert first.profit == pytest.approx(99 - 110 - 0 * 110 - 0.5 * 0.1 * 99)
    assert second.profit == pytest.approx(-0.5 * math.sqrt(0.94 * 0.01) * 99)


def test_an_order_that_cash_cannot_pay_is_counted_and_given_again():
    bars = bars_of(*(flat_day(price) for price in (100, 2000, 1500, 900, 900)))
    outcome = traded(bars, [1])
    assert outcome.unfilled.tolist() == [False, True, True, False, False]
    assert told(outcome) == [(3, 900, 4, 900, "end")]


def test_a_limit_order_is_unfilled_only_where_its_price_was_reached():
    bars = bars_of(flat_day(2000), (2000, 2000, 1950, 2000), (2000, 2000, 1850, 2000), (900, 900, 900, 900))
    outcome = traded(bars, [1], limit=0.05)
    assert outcome.unfilled.tolist() == [False, False, True, False]
    assert told(outcome)[0][:2] == (3, 900)


@pytest.mark.parametrize("fill", ["same-close", "next-close", "next-open"])
def test_an_account_without_equity_at_a_close_is_closed_there_and_never_trades_again(fill):
    bars = bars_of(flat_day(100), flat_day(100), (100, 250, 100, 250), *[flat_day(10)] * 3)
    outcome = traded(bars, [-1, -1, -1, 1], shares=None, capital=100.0, fill=fill)
    assert told(outcome)[0][2:] == (2, 250, "ruin")
    assert len(outcome.trades) == 1
    assert outcome.equity[2:].tolist() == [-50] * 4
    assert not outcome.unfilled.any()


def test_a_price_within_the_day_ruins_nobody():
    bars = bars_of(flat_day(100), flat_day(100), (100, 250, 90, 100), flat_day(90))
    assert told(traded(bars, [-1], shares=None, capital=100.0)) == [(1, 100, 3, 90, "end")]


def test_interest_is_that_of_the_cash_of_the_close_before():
    bars = bars_of(*[flat_day(100)] * 5)
    rules = mc.Rules(capital=1000.0, shares=1, commission=0, slippage=0, fill="next-open")
    none = Orders(*[np.full(5, math.nan)] * 4)
    targets = np.array([0, 1, 1, 0, 0], np.int8)
    outcome = carry_out(bars, targets, none, 1, rules, slippage=np.zeros(5), idle=1.1)
    cash = [1000, 1100, 1100 * 1.1 - 100, (1210 - 100) * 1.1]
    assert outcome.equity.tolist() == pytest.approx([*cash[:2], cash[2] + 100, cash[3] + 100, (cash[3]) * 1.1 + 100])
    assert outcome.trades[0].profit == pytest.approx(outcome.equity[4] - 1210)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    shares=st.sampled_from([None, 100.0]),
    fill=st.sampled_from(["same-close", "next-close"]),
    interest=st.booleans(),
)
def test_without_orders_within_the_day_it_is_the_account_of_closes(seed, shares, fill, interest):
    generator = np.random.default_rng(seed)
    closes = 100 * np.exp(generator.normal(0, 0.1, 30).cumsum())
    targets = generator.choice([-1, 0, 1], 30).astype(np.int8)
    rules = mc.Rules(shares=shares, fill=fill, interest=interest, risk_free=0.5, capital=12_000.0)
    idle = rules.idle_growth(252)
    ledger = keep_account(closes[:, None], targets[:, None], rules.delay, rules, idle)
    none = Orders(*[np.full(30, math.nan)] * 4)
    bars = Bars(*[closes] * 4)
    slippage = slippage_of_days(closes, rules)
    outcome = carry_out(bars, targets, none, rules.delay, rules, slippage=slippage, idle=idle)
    assert outcome.equity == pytest.approx(ledger.equity[:, 0], rel=1e-12)
    assert outcome.held == pytest.approx(ledger.held[:, 0], rel=1e-12)
    assert outcome.unfilled.tolist() == ledger.unfilled[:, 0].tolist()


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), fill=st.sampled_from(["same-close", "next-close", "next-open"]))
def test_equity_is_the_capital_and_the_profits_of_the_trades(seed, fill):
    generator = np.random.default_rng(seed)
    close = 100 * np.exp(generator.normal(0, 0.05, 60).cumsum())
    opened = close * np.exp(generator.normal(0, 0.02, 60))
    spread = np.exp(abs(generator.normal(0, 0.03, (2, 60))))
    bars = Bars(opened, np.maximum(opened, close) * spread[0], np.minimum(opened, close) / spread[1], close)
    targets = generator.choice([-1, 0, 1], 60).tolist()
    for intrabar, signals in itertools.product(("stop-first", "target-first"), ("positions", "entries")):
        asked = {"fill": fill, "shares": None, "intrabar": intrabar, "signals": signals, **COSTS}
        outcome = traded(bars, targets, stop=0.03, target=0.04, holding=5, limit=0.01, **asked)
        assert 1000 + sum(trade.profit for trade in outcome.trades) == pytest.approx(outcome.equity[-1])
        assert all(earlier.exit <= later.entry for earlier, later in itertools.pairwise(outcome.trades))
        assert all(bars.low[trade.exit] <= trade.exit_price <= bars.high[trade.exit] for trade in outcome.trades)
