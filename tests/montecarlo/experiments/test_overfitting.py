"""Cross-validation of the choice of the best strategy, on cases with a known answer."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.experiments.overfitting import BLOCKS, cross_validate

pytestmark = pytest.mark.processors

SPLITS = math.comb(16, 8)
BLOCK_DAYS = 10


def noise(strategies, seed, days=BLOCKS * BLOCK_DAYS):
    return np.random.default_rng(seed).normal(0.0, 0.01, (days, strategies))


def steady(block_means):
    """Daily returns, shape (days, 1), that alternate closely around each block's mean."""
    wobble = np.tile([1e-4, -1e-4], BLOCK_DAYS // 2)
    return np.concatenate([mean + wobble for mean in block_means])[:, None]


@pytest.fixture(scope="module")
def of_noise():
    return [cross_validate(noise(10, seed), 252) for seed in range(40)]


def test_among_strategies_without_a_difference_the_best_one_is_as_often_below_the_median_as_above(of_noise):
    """Single histories differ widely, because their splits share the days; the mean of 40 has an error of 0.04."""
    assert np.mean([found.probability for found in of_noise]) == pytest.approx(0.5, abs=0.12)


def test_the_logits_of_noise_lie_about_evenly_around_zero(of_noise):
    logits = np.concatenate([found.logits for found in of_noise])
    assert logits.mean() == pytest.approx(0.0, abs=0.15 * logits.std())
    assert np.median(logits) == pytest.approx(0.0, abs=0.3 * logits.std())


def test_a_strategy_that_is_truly_better_is_always_chosen_and_never_overfitted():
    returns = noise(20, seed=1)
    returns[:, 7] += 0.02
    found = cross_validate(returns, 252)
    assert found.best.tolist() == [7] * SPLITS
    assert (found.probability, found.probability_of_loss) == (0.0, 0.0)
    assert found.rank == pytest.approx(np.full(SPLITS, 20 / 21))


def test_two_strategies_that_are_opposite_are_always_overfitted_but_where_the_halves_are_alike():
    """Half of the blocks gain and half lose: what is ahead on eight of them is behind on the others."""
    gains = steady([0.001] * 8 + [-0.001] * 8)
    found = cross_validate(np.hstack([gains, -gains]), 252)
    alike = math.comb(8, 4) ** 2  # four gaining blocks and four losing ones in each half: both strategies are equal
    assert np.count_nonzero(found.rank == 0.5) == alike
    assert found.probability == pytest.approx(1 - alike / SPLITS / 2)


def test_the_middle_of_three_counts_half():
    ranks = np.array([1, 2, 2, 3]) / 4
    found = mc.Overfitting(np.zeros(4, int), np.ones(4), np.array([1.0, -1.0, 1.0, 1.0]), ranks, days=160)
    assert (found.probability, found.probability_of_loss) == (0.5, 0.25)
    assert found.logits == pytest.approx([-math.log(3), 0, 0, math.log(3)])


def test_each_half_is_one_split_and_its_opposite_another():
    found = cross_validate(noise(5, seed=3), 252)
    assert len(found.best) == SPLITS
    sharpe_of_all = {round(value, 12) for value in found.sharpe}
    assert len(sharpe_of_all) == SPLITS, "no split is there twice"


def test_sharpe_ratios_are_those_of_the_days_of_each_half():
    returns = noise(4, seed=5)
    found = cross_validate(returns, 252)
    first, second = returns[: 8 * BLOCK_DAYS], returns[8 * BLOCK_DAYS :]  # the first split in lexicographic order
    here, there = (math.sqrt(252) * half.mean(axis=0) / half.std(axis=0, ddof=1) for half in (first, second))
    best = here.argmax()
    assert found.best[0] == best
    assert (found.sharpe[0], found.sharpe_elsewhere[0]) == pytest.approx((here[best], there[best]))
    assert found.rank[0] == pytest.approx((there.argsort().argsort()[best] + 1) / 5)


def test_the_earliest_days_are_left_out_where_the_blocks_would_not_be_equal():
    returns = noise(4, seed=6, days=BLOCKS * BLOCK_DAYS + 7)
    found, cut = cross_validate(returns, 252), cross_validate(returns[7:], 252)
    assert found.days == BLOCKS * BLOCK_DAYS
    assert found.sharpe.tolist() == cut.sharpe.tolist()


def test_strategies_that_never_trade_have_a_sharpe_ratio_of_zero_and_share_a_rank():
    returns = np.hstack([np.zeros((BLOCKS * BLOCK_DAYS, 3)), steady([-0.001] * 16)])
    found = cross_validate(returns, 252)
    assert found.sharpe.tolist() == [0.0] * SPLITS
    assert found.rank == pytest.approx(np.full(SPLITS, 3 / 5))  # the middle of the ranks 2, 3 and 4


@dataclass(frozen=True)
class Late(mc.BuyAndHold):
    """Buys and holds, but from some day on."""

    name = "late"
    start: int = 0

    def targets(self, prices):
        wanted = super().targets(prices)
        wanted[: self.start] = 0
        return wanted


def test_strategies_that_held_the_same_on_a_half_are_equal_there_whatever_their_accounts_are_worth():
    """They differ in the first block only, but round differently ever after, because one account is worth more."""
    history = mc.load_history("IBM", source="sample")
    days = (len(history.closes) - 2) // BLOCKS
    offset = len(history.closes) - 1 - days * BLOCKS  # the first day of the first block
    found = mc.overfitting(history, [Late(offset), Late(offset + 30)])
    without_the_first_block = math.comb(BLOCKS - 1, BLOCKS // 2 - 1)  # of the days on which a choice is judged
    assert found.rank.tolist()[:without_the_first_block] == [0.5] * without_the_first_block
    assert np.count_nonzero(found.rank == 0.5) == without_the_first_block
    assert found.best.tolist()[without_the_first_block:] == [0] * without_the_first_block


def test_a_strategy_that_risks_next_to_nothing_is_judged_as_precisely_as_others():
    returns = noise(2, seed=5)
    found = cross_validate(returns * [1.0, 1e-12], 252)
    assert found.sharpe == pytest.approx(cross_validate(returns, 252).sharpe, rel=1e-9)
    assert found.rank.tolist() == cross_validate(returns, 252).rank.tolist()


def test_on_a_history_the_returns_are_those_of_the_backtests_once_all_can_trade():
    history = mc.load_history("IBM", source="sample")
    strategies = [mc.SmaCrossover(5, 20), mc.SmaCrossover(20, 100), mc.SmaCrossover(50, 200)]
    rules = {"shares": 30.0, "commission": 0.002, "fill": "same-close", "risk_free": 0.03}
    equity = np.column_stack([mc.backtest(history, strategy, **rules).equity for strategy in strategies])[199:]
    expected = cross_validate(np.diff(equity, axis=0) / equity[:-1] - 0.03 / 252, 252)
    found = mc.overfitting(history, strategies, **rules)
    assert found.sharpe == pytest.approx(expected.sharpe, rel=1e-9)
    assert found.rank.tolist() == expected.rank.tolist()
    assert f"{found.days:,} days" in str(found)


def test_a_history_that_is_too_short_is_refused():
    days = pd.bdate_range("2020-01-01", periods=250, name="date")
    closes = 100 + np.sin(np.arange(250.0))
    history = mc.PriceHistory("SHORT", "csv", pd.DataFrame({"close": closes, "adjusted_close": closes}, index=days))
    with pytest.raises(mc.HistoryError, match=r"SHORT has 49 days on which all strategies can trade, .* needs 64"):
        mc.overfitting(history, [mc.SmaCrossover(5, 20), mc.SmaCrossover(50, 200)])


def test_one_strategy_alone_is_no_choice():
    with pytest.raises(mc.ParameterError, match="must be at least two, not 1"):
        mc.overfitting(mc.load_history("IBM", source="sample"), [mc.SmaCrossover()])


def test_of_strategies_with_stops_it_is_judged_by_accounts_that_keep_them():
    history = mc.load_history("MSFT", source="sample")
    crossovers = [mc.SmaCrossover(5, 20, stop_loss=stop) for stop in (0.001, 0.01, 0.1)]
    ours = mc.overfitting(history, crossovers)
    equity = np.stack([mc.backtest(history, each).equity for each in crossovers], axis=1)[20:]
    expected = cross_validate(equity[1:] / equity[:-1] - 1, 252)
    assert ours.sharpe == pytest.approx(expected.sharpe)
    assert ours.sharpe.std() > 0
