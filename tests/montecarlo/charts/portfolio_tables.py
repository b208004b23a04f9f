"""Result files of a portfolio of three symbols and cash, as tables."""

from types import SimpleNamespace

import pandas as pd

CONTRIBUTIONS = pd.DataFrame(
    {
        "symbol": ["AAPL", "KO", "MSFT", "cash"],
        "weight": [0.3, 0.3, 0.3, 0.1],
        "final_weight_mean": [0.4, 0.25, 0.28, 0.07],
        "value_at_risk_95": [0.12, -0.01, 0.05, -0.002],
        "value_at_risk_95_low": [0.1, -0.03, 0.04, -0.003],
        "value_at_risk_95_high": [0.15, 0.02, 0.07, -0.001],
        "expected_shortfall_95": [0.2, -0.01, 0.062, -0.002],
        "expected_shortfall_95_low": [0.19, -0.02, 0.06, -0.003],
        "expected_shortfall_95_high": [0.22, 0.01, 0.07, -0.001],
        "share_of_expected_shortfall_95": [0.8, -0.04, 0.248, -0.008],
    }
)
BEATING = pd.DataFrame(
    {
        "against": ["AAPL", "KO", "MSFT", "equal weight", "never rebalanced"],
        "probability": [0.45, 0.7, 0.6, 0.48, 0.3],
        "low": [0.43, 0.68, 0.58, 0.46, 0.28],
        "high": [0.48, 0.73, 0.62, 0.5, 0.32],
    }
)
CORRELATIONS = pd.DataFrame(
    {
        "first": ["AAPL", "AAPL", "KO"],
        "second": ["KO", "MSFT", "MSFT"],
        "history": [0.2, 0.5, -0.3],
        "simulated": [0.25, 0.45, -0.2],
        "low": [0.15, 0.4, -0.35],
        "high": [0.3, 0.5, -0.1],
    }
)
STYLIZED_FACTS = pd.DataFrame(
    {
        "statistic": ["mean_correlation", "joint_crash_days", "kurtosis_of_equal_weights"],
        "history": [0.42, 0.004, 20.0],
        "simulated": [0.4, 0.005, 5.0],
        "low": [0.36, 0.003, 4.0],
        "high": [0.44, 0.008, 8.0],
    }
)
EQUITY = pd.DataFrame(
    {
        "date": ["2026-01-05", "2026-01-06", "2026-01-07"],
        "equity": [100_000.0, 99_000.0, 104_000.0],
        "buy_and_hold": [100_000.0, 98_000.0, 102_000.0],
    }
)


def drifted(symbols, days=4, rebalanced=(2,)):
    """As from a backtest on the histories: the first symbol's weight moves furthest, the last one's not at all."""
    dates = pd.bdate_range("2026-01-05", periods=days)
    moved = {
        name: [0.1 + 0.01 * (len(symbols) - 1 - place) * (day % 3) for day in range(days)]
        for place, name in enumerate(symbols)
    }
    weights = pd.DataFrame(moved, index=dates)
    weights["cash"] = 1 - weights.sum(axis=1)
    return SimpleNamespace(weights=weights, rebalanced=dates[list(rebalanced)])
