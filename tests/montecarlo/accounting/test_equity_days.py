"""The days on which equity is kept."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from montecarlo.accounting.equity_days import STEPS, equity_days


@given(st.integers(0, 500), st.integers(0, 25_000))
def test_the_grid_goes_evenly_to_the_last_day(first_fill, more):
    days = first_fill + more
    grid = equity_days(first_fill, days)
    steps = np.diff(grid, prepend=first_fill)
    assert grid[-1] == days
    assert len(grid) == max(min(more, STEPS), 1)
    assert steps.max() - steps.min() <= 1
    assert grid.dtype == np.int64
