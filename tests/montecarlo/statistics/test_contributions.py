"""Contributions against the closed form of normal gains, against the worst paths one by one, and however cut."""

import math

import numpy as np
import pytest
from scipy import stats

from montecarlo.accounting.equity_days import equity_days
from montecarlo.accounting.rules import Rules
from montecarlo.statistics.gain_bins import GainBins, bins_of
from montecarlo.statistics.histogram import rank_of
from montecarlo.statistics.portfolio_tally import PortfolioTally
from montecarlo.statistics.summary import summarise
from montecarlo.statistics.tally import BLOCK_PATHS

WEIGHTS = (0.5, 0.3, 0.1)
MEANS = np.array([0.03, 0.01, 0.005])
COVARIANCE = np.array([[0.02, 0.004, -0.003], [0.004, 0.008, 0.0], [-0.003, 0.0, 0.004]])
SYMBOLS = ("A", "B", "C")
INTEREST = 0.002

_EMPTY = (
    *("max_drawdown", "sharpe", "trades", "exposure", "buy_and_hold_value", "annual_return"),
    *("annual_volatility", "sortino", "calmar", "longest_drawdown", "wins", "turnover"),
)


def drawn(paths, seed=3):
    """Gains of three symbols that are jointly normal, and certain interest on cash."""
    gains = np.random.default_rng(seed).multivariate_normal(MEANS, COVARIANCE, paths)
    return gains, gains.sum(axis=1) + INTEREST


def rows_of(returns, first=0):
    days, number = 20, len(returns)
    nothing = np.zeros(number)
    rows = dict.fromkeys(_EMPTY, nothing)
    return rows | {
        "path": np.arange(first, first + number),
        "final_price": nothing + 1,
        "final_value": 1e5 * (1 + returns),
        "return": returns,
        "unfilled": nothing > 0,
        "hold": nothing + 1,
        "equity": np.ones((number, len(equity_days(1, days)))),
    }


def tally_of(gains, returns, first=0):
    holds = 1 + gains / WEIGHTS
    return PortfolioTally.of(rows_of(returns, first), gains, holds, np.full(gains.shape, 0.3))


def table_of(gains, returns, exact=True):
    total = tally_of(gains, returns)
    kept = rows_of(returns) if exact else None
    summary = summarise(total.tally, Rules(), 20, 252, kept)
    return total.contributions(SYMBOLS, WEIGHTS, 0.1, summary), summary.set_index("statistic")


@pytest.mark.parametrize("exact", [True, False], ids=["from rows", "from bins"])
@pytest.mark.parametrize("paths", [40, 2000, 50_000])
def test_the_columns_add_up_to_the_statistics_of_the_summary(paths, exact):
    table, summary = table_of(*drawn(paths), exact=exact)
    assert list(table["symbol"]) == ["A", "B", "C", "cash"]
    for column, statistic in (
        ("gain_mean", "return_mean"),
        ("value_at_risk_95", "value_at_risk_95"),
        ("expected_shortfall_95", "expected_shortfall_95"),
    ):
        assert table[column].sum() == pytest.approx(summary.loc[statistic, "value"], abs=1e-9)
    assert table["share_of_expected_shortfall_95"].sum() == pytest.approx(1, abs=1e-9)
    assert table["weight"].sum() == pytest.approx(1)
    assert table["final_weight_mean"].tolist() == pytest.approx([0.3, 0.3, 0.3, 0.1])


def test_of_normal_gains_they_are_those_of_the_closed_form():
    """Given the return, gains are normal around a straight line: Tasche's contributions."""
    gains, returns = drawn(200_000)
    table, _ = table_of(gains, returns)
    along = COVARIANCE.sum(axis=1) / math.sqrt(COVARIANCE.sum())
    at_risk = [*(stats.norm.ppf(0.95) * along - MEANS), -INTEREST]
    shortfall = [*(stats.norm.pdf(stats.norm.ppf(0.05)) / 0.05 * along - MEANS), -INTEREST]
    for column, truth in (("value_at_risk_95", at_risk), ("expected_shortfall_95", shortfall)):
        assert table[column].to_numpy() == pytest.approx(truth, abs=0.003)
        symbols = table.iloc[:3]
        assert (symbols[f"{column}_low"] < truth[:3]).all()
        assert (truth[:3] < symbols[f"{column}_high"]).all()
        assert (symbols[f"{column}_high"] - symbols[f"{column}_low"] < 0.006).all()


def test_the_shortfall_is_that_of_the_worst_paths_one_by_one():
    gains, returns = drawn(5000)
    table, _ = table_of(gains, returns)
    worst = np.argsort(returns)[: rank_of(0.05, 5000)]
    assert table["expected_shortfall_95"].iloc[:3].to_numpy() == pytest.approx(-gains[worst].mean(axis=0), abs=1e-3)


def test_intervals_hold_the_truth_as_often_as_they_say():
    along = COVARIANCE.sum(axis=1) / math.sqrt(COVARIANCE.sum())
    truth = {
        "value_at_risk_95": stats.norm.ppf(0.95) * along - MEANS,
        "expected_shortfall_95": stats.norm.pdf(stats.norm.ppf(0.05)) / 0.05 * along - MEANS,
        "gain_mean": MEANS,
    }
    held = {column: [] for column in truth}
    for seed in range(60):
        table, _ = table_of(*drawn(4000, seed=seed))
        for column, values in truth.items():
            low, high = (table[f"{column}_{end}"].iloc[:3] for end in ("low", "high"))
            held[column] += ((low <= values) & (values <= high)).tolist()
    for column, each in held.items():
        assert 0.88 < np.mean(each) <= 1, (column, np.mean(each))


@pytest.mark.processors
def test_however_paths_are_cut_the_bytes_are_the_same():
    gains, returns = drawn(5 * BLOCK_PATHS + 10)
    gains[7] = 1e9, -1e9, 3.0  # beyond what is counted
    returns[7] = -1.5
    whole = tally_of(gains, returns)
    cuts = [(0, 2), (2, 3), (3, 6)]
    one, two, three = (
        tally_of(
            gains[a * BLOCK_PATHS : b * BLOCK_PATHS], returns[a * BLOCK_PATHS : b * BLOCK_PATHS], first=a * BLOCK_PATHS
        )
        for a, b in cuts
    )
    assert (three + (one + two)).to_bytes() == whole.to_bytes() == ((one + three) + two).to_bytes()
    read = PortfolioTally.from_bytes(whole.to_bytes())
    assert read.to_bytes() == whole.to_bytes()
    assert (read + three).to_bytes() == (three + whole).to_bytes()


def test_sums_are_those_of_the_gains_however_large_the_job():
    gains, returns = drawn(1000)
    gains[3] = 50.0, -40.0, 3.0
    bins = GainBins.of(returns, gains)
    assert bins.sums().sum(axis=0) == pytest.approx(gains.sum(axis=0), abs=1e-6)
    assert bins.squares().sum(axis=0) == pytest.approx((gains**2).sum(axis=0), rel=1e-3)
    many = bins
    for _ in range(40):  # 2**40 times as many paths, more than a job can have
        many += many
    assert many.counts.sum() == 1000 * 2**40
    assert many.sums() == pytest.approx(bins.sums() * 2.0**40, rel=1e-12)


@pytest.mark.processors
def test_bins_are_in_the_order_of_returns():
    returns = np.sort(np.random.default_rng(1).normal(0, 0.3, 5000) ** 3)
    assert (np.diff(bins_of(returns)) >= 0).all()
    assert bins_of(np.array([-1e-9, 0.0, 1e-9])).tolist() == [0, 0, 0]
    assert bins_of(np.array([-(2.0**-20), 2.0**-20])).tolist() == [-1, 1]


def test_where_all_paths_end_alike_each_adds_what_it_has():
    gains = np.tile([-0.05, 0.03, 0.01], (100, 1))
    table, _ = table_of(gains, gains.sum(axis=1))
    assert table["value_at_risk_95"].to_numpy() == pytest.approx([0.05, -0.03, -0.01, 0.0], abs=1e-9)
    assert table["expected_shortfall_95"].to_numpy() == pytest.approx([0.05, -0.03, -0.01, 0.0], abs=1e-9)


def test_it_is_told_how_often_each_other_is_beaten():
    returns = np.array([0.1, -0.2, 0.3, 0.0])
    gains = np.column_stack([returns, 0 * returns, 0 * returns])
    holds = np.array([[1.0, 2.0, 0.5], [1.0, 0.5, 0.5], [1.4, 1.0, 1.0], [1.0, 0.9, 1.2]])
    tally = PortfolioTally.of(rows_of(returns), gains, holds, np.full((4, 3), np.nan))
    found = tally.beating(SYMBOLS, (*SYMBOLS, "equal weight", "never rebalanced")).set_index("against")
    assert found["probability"].to_dict() == {
        "A": 0.25,
        "B": 0.75,
        "C": 0.75,
        "equal weight": 0.5,
        "never rebalanced": 0.5,
    }
    assert (found["low"] < found["probability"]).all()
    assert list(tally.beating(SYMBOLS, ("B", "equal weight"))["against"]) == ["B", "equal weight"]
    summary = summarise(tally.tally, Rules(), 20, 252, rows_of(returns))
    assert tally.contributions(SYMBOLS, WEIGHTS, 0.1, summary)["final_weight_mean"].isna().all()
