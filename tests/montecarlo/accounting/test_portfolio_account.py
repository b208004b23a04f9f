"""The account of several symbols, against calculations by hand."""

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.accounting.portfolio_account import keep_portfolio, worth_after
from montecarlo.accounting.portfolio_rows import gains_of, shares_of
from montecarlo.accounting.rebalancing import Rebalancing

FREE = mc.Rules(capital=100.0, commission=0.0, slippage=0.0, fill="same-close")
NEVER = Rebalancing(rebalance="never")


def keep(closes, *, weights=(0.5, 0.5), rules=FREE, rebalancing=NEVER, targets=None, idle=1.0):
    """An account on closes, a list for each symbol."""
    prices = np.array(closes, np.float64).T[:, :, None]
    wanted = np.ones(prices.shape, np.int8) if targets is None else np.array(targets, np.int8).T[:, :, None]
    reserve = 1 - sum(weights)
    return keep_portfolio(
        prices,
        wanted,
        weights=weights,
        reserve=reserve if reserve > 1e-12 else 0.0,
        first_fills=[rules.delay] * len(weights),
        rebalancing=rebalancing,
        rules=rules,
        idle=idle,
    )


def test_left_alone_it_is_a_mean_of_the_growth_of_each_symbol():
    ledger = keep([[10, 12, 15], [40, 30, 20]])
    assert ledger.equity[:, 0] == pytest.approx([100, 50 * 1.2 + 50 * 0.75, 50 * 1.5 + 50 * 0.5])
    assert shares_of(ledger)[-1, :, 0] == pytest.approx([0.75, 0.25])


def test_put_back_every_day_it_is_a_product_of_the_mean_growth_of_each_day():
    ledger = keep([[10, 12, 15], [40, 30, 20]], rebalancing=Rebalancing(every=1))
    means = (1.2 + 0.75) / 2, (1.25 + 20 / 30) / 2
    assert ledger.equity[:, 0] == pytest.approx([100, 100 * means[0], 100 * means[0] * means[1]])
    assert shares_of(ledger)[:, :, 0] == pytest.approx(np.full((3, 2), 0.5))
    assert ledger.rebalanced[:, 0].tolist() == [False, True, True]


def test_what_remains_after_costs_has_the_weights_and_has_paid_for_what_was_traded():
    rules = mc.Rules(capital=100.0, commission=0.01, slippage=0.0, fill="same-close")
    ledger = keep([[10, 20], [40, 40]], rules=rules, rebalancing=Rebalancing(every=1))
    bought = 50 / 1.01
    before = np.array([2 * bought, bought])
    after = ledger.equity[1, 0]
    assert ledger.worth[1, :, 0] == pytest.approx([after / 2, after / 2], rel=1e-14)
    assert after == pytest.approx(before.sum() - 0.01 * np.abs(after / 2 - before).sum(), rel=1e-14)
    assert ledger.traded[1, 0] == pytest.approx(np.abs(after / 2 - before).sum())


def test_what_it_costs_to_go_from_anything_to_anything_is_solved_exactly():
    random = np.random.default_rng(1)
    held, shares = random.uniform(0, 1, (5, 1000)), random.dirichlet(np.ones(5), 1000).T
    for cost in (0.0, 0.001, 0.2):
        value = held.sum(axis=0)
        after = worth_after(value, shares, held, cost)
        assert after == pytest.approx(value - cost * np.abs(shares * after - held).sum(axis=0), rel=1e-14)


def test_the_calendar_counts_from_the_first_fill():
    closes = [[10.0 + day % 3 for day in range(12)], [20.0] * 12]
    rules = mc.Rules(capital=100.0, fill="next-close")
    ledger = keep(closes, rules=rules, rebalancing=Rebalancing(every=4))
    assert np.flatnonzero(ledger.rebalanced[:, 0]).tolist() == [5, 9]


@pytest.mark.parametrize(("fill", "filled"), [("same-close", 2), ("next-close", 3)])
def test_a_band_is_seen_at_a_close_and_filled_as_a_signal_is(fill, filled):
    closes = [[10, 10, 20, 20, 20, 20], [10, 10, 10, 10, 10, 10]]
    rules = mc.Rules(capital=100.0, commission=0.0, slippage=0.0, fill=fill)
    ledger = keep(closes, rules=rules, rebalancing=Rebalancing(rebalance="band", band=0.1))
    assert np.flatnonzero(ledger.rebalanced[:, 0]).tolist() == [filled]
    assert shares_of(ledger)[filled, :, 0] == pytest.approx([0.5, 0.5])


def test_a_weight_at_the_very_edge_of_its_band_is_within():
    closes = [[10, 15], [10, 10]]  # weights of 0.6 and 0.4
    ledger = keep(closes, rebalancing=Rebalancing(rebalance="band", band=0.1))
    assert not ledger.rebalanced.any()


def test_the_reserve_earns_interest_and_is_a_weight_like_others():
    ledger = keep([[10, 20, 20]], weights=(0.6,), rebalancing=Rebalancing(every=2), idle=1.01)
    assert ledger.equity[:, 0] == pytest.approx([100, 120 + 40.4, 120 + 40 * 1.01**2])
    assert ledger.reserve[2, 0] == pytest.approx(0.4 * ledger.equity[2, 0])


def test_a_strategy_trades_its_own_share_alone():
    targets = [[1, 0, 0, 1], [1, 1, 1, 1]]
    ledger = keep([[10, 20, 40, 40], [10, 10, 10, 10]], targets=targets)
    assert ledger.worth[:, :, 0].tolist() == [[50, 50], [100, 50], [100, 50], [100, 50]]
    assert ledger.won.sum() == 1  # the first, that is; nobody has gained from the other two
    assert ledger.opened[:, 0].tolist() == [2, 0, 0, 1]


def test_gains_are_what_each_symbol_made_without_what_was_moved():
    ledger = keep([[10, 20, 30], [10, 10, 5]], rebalancing=Rebalancing(every=1))
    # 75 each after the first day; then half more, and half less.
    assert gains_of(ledger, (0.5, 0.5))[:, 0] == pytest.approx([0.5 + 0.375, -0.375])
    assert gains_of(ledger, (0.5, 0.5)).sum() == pytest.approx(ledger.equity[-1, 0] / 100 - 1)


def test_a_position_wins_by_what_it_brought_beyond_what_was_put_in():
    # The second falls and is filled up: it ends above what it began with, and below what was put into it.
    ledger = keep([[10, 30], [10, 9]], rebalancing=Rebalancing(every=1))
    assert ledger.worth[-1, 1, 0] == pytest.approx(97.5)
    assert ledger.won.sum() == 1


def test_what_has_fallen_to_zero_is_never_bought_again_and_its_weight_stays_cash():
    ledger = keep([[10, 0, 0], [10, 10, 20]], rebalancing=Rebalancing(every=1))
    assert ledger.equity[:, 0].tolist() == [100, 50, 75]
    assert ledger.worth[1:, :, 0].tolist() == [[25, 25], [37.5, 37.5]]
    assert shares_of(ledger)[1:, :, 0].tolist() == [[0, 0.5], [0, 0.5]]
    assert ledger.unfilled[2, 0]


def test_an_account_in_debt_leaves_everything_for_good():
    targets = [[-1] * 4, [1] * 4]
    ledger = keep([[10, 40, 10, 10], [10, 10, 100, 100]], targets=targets)
    assert ledger.equity[:, 0].tolist() == [100, -50, -50, -50]
    assert not ledger.held[1:].any()


def test_a_short_sleeve_is_put_back_to_as_much_short_as_it_was():
    targets = [[-1] * 2, [0] * 2]
    ledger = keep([[10, 5], [10, 10]], targets=targets, rebalancing=Rebalancing(every=1))
    # 50 short gained 25: a third of 75 is short, and of 62.5 as well.
    assert ledger.worth[1, :, 0] == pytest.approx([62.5, 62.5])
    assert ledger.held[1, 0, 0] * 5 == pytest.approx(-62.5 / 3)
