"""PyPortfolioOpt finds the same frontier of four stocks: variances at equal expected return to a millionth of them.

What it found is recorded by ``python -m benchmarks.peers.with_pypfopt``; ``make bench`` asks it anew, and about more.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from montecarlo.frontiers.bounds import Bounds
from montecarlo.frontiers.moments import Moments
from montecarlo.frontiers.solver import Solver
from montecarlo.models.joint import fit_joint

FOUND = pd.read_csv(Path(__file__).parent / "pyportfolioopt.csv")
RISK_FREE = 0.01


@pytest.mark.parametrize(("lowest", "highest"), [(0.0, 1.0), (0.0, 0.4), (0.02, 1.0)])
def test_it_finds_the_same(joint, lowest, highest):
    moments = Moments.of(fit_joint(joint, "normal"), RISK_FREE)
    solver = Solver(moments, Bounds.of(joint.symbols, lowest, highest))
    theirs = FOUND[(FOUND["lowest"] == lowest) & (FOUND["highest"] == highest)]
    assert set(theirs["what"]) == {"variance", "least variance", "highest Sharpe ratio"}
    assert len(theirs) >= 14
    for row in theirs.itertuples():
        if row.what == "highest Sharpe ratio":
            ours = moments.weighting(solver.best()).sharpe
        else:
            weights = solver.calmest_with(row.expected_return) if row.what == "variance" else solver.calmest()
            ours = np.square(moments.weighting(weights).volatility)
        assert ours == pytest.approx(row.answer, rel=1e-6)
