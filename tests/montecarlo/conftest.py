"""Rows of paths that were never simulated."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def made_up_rows():
    """Makes rows of a number of paths from ``first`` on; columns that are not given are ones, or false."""

    def make(count, first=0, **columns):
        ones = (
            *("return", "max_drawdown", "final_price", "final_value", "buy_and_hold_value", "hold"),
            *("sharpe", "annual_volatility", "sortino", "calmar", "longest_drawdown", "wins", "trades", "turnover"),
        )
        rows = {"path": np.arange(first, first + count), "unfilled": np.zeros(count, bool)}
        ones_of = np.ones(count)
        rows |= dict.fromkeys(ones, ones_of) | {"equity": np.ones((count, 3))}
        return rows | {name: np.asarray(values, rows.get(name, ones_of).dtype) for name, values in columns.items()}

    return make
