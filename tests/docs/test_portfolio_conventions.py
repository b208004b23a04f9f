"""The worked example of several symbols in docs/conventions.md is what the account does."""

from pathlib import Path

import numpy as np
import pytest

from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.accounting.rules import Rules
from montecarlo.data.joint_history import JointHistory
from montecarlo.experiments.holdings import Holding
from montecarlo.experiments.portfolio_backtest import backtest_portfolio

TEXT = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text()
EXAMPLE = TEXT.partition("### A worked example of an account")[2].partition("\n##")[0]
ROWS = [
    [float(cell.replace(",", "")) for cell in line.strip("|").split("|")[:7]]
    for line in EXAMPLE.splitlines()
    if line.startswith("| ") and line[2].isdigit()
]
CLOSE, PRICES, HELD, CASH, ACCOUNT = 0, slice(1, 3), slice(3, 5), 5, 6


def backtest(rebalancing):
    dates = np.datetime64("2024-01-01") + np.arange(len(ROWS))
    closes = np.array([row[PRICES] for row in ROWS])
    history = JointHistory(("A", "B"), ("csv", "csv"), ("USD", "USD"), dates, closes)
    rules = Rules(capital=1100, commission=0.1, slippage=0)
    return backtest_portfolio(history, (Holding("A", 0.5), Holding("B", 0.3)), rebalancing=rebalancing, rules=rules)


def test_the_example_has_all_its_closes():
    assert [row[CLOSE] for row in ROWS] == [0, 1, 2, 3, 4]


def test_account_and_what_is_held_are_those_of_the_example():
    result = backtest(Rebalancing(rebalance="calendar", every=2))
    account = [row[ACCOUNT] for row in ROWS]
    assert result.equity.tolist() == pytest.approx(account, rel=1e-12)
    dollars = result.weights.mul(result.equity, axis=0)
    assert dollars[["A", "B"]].to_numpy() == pytest.approx(np.array([row[HELD] for row in ROWS]), rel=1e-12, abs=1e-9)
    assert dollars["cash"].tolist() == pytest.approx([row[CASH] for row in ROWS], rel=1e-12)
    assert [f"{day:%d}" for day in result.rebalanced] == ["04"]


def test_never_rebalanced_it_ends_as_the_example_says():
    result = backtest(Rebalancing(rebalance="never"))
    assert result.equity.iloc[-1] == pytest.approx(1128, rel=1e-12)
    assert "600 + 308 + 220 = 1,128" in EXAMPLE
    assert result.buy_and_hold.iloc[-1] == pytest.approx(1128, rel=1e-12)


def test_by_a_band_it_is_put_back_at_the_close_after():
    result = backtest(Rebalancing(rebalance="band", band=0.08))
    assert [f"{day:%d}" for day in result.rebalanced] == ["05"]
    assert result.weights.iloc[-1].tolist() == pytest.approx([0.5, 0.3, 0.2], rel=1e-12)
