"""What is handed over while an experiment runs."""

import math

import pytest

import montecarlo as mc
from montecarlo.experiments.sweep_tally import sweep_table
from montecarlo.experiments.sweeping import make_sweep
from montecarlo.statistics.tally import BLOCK_PATHS

MODEL = mc.NormalModel(80.0, 0.08, 0.25)
PATHS = 5 * BLOCK_PATHS + 77
SIMULATION = mc.Simulation(model=MODEL, strategy=mc.SmaCrossover(5, 20), days=30, iterations=PATHS, seed=3)
SWEEP = make_sweep(
    MODEL,
    mc.SmaCrossover(5, 20),
    {"short": [3, 5], "long": [8, 20]},
    days=30,
    iterations=PATHS,
    seed=3,
    rules=mc.Rules(),
    warm_up=None,
)


@pytest.mark.parametrize("experiment", [SIMULATION, SWEEP], ids=lambda each: each.kind)
@pytest.mark.parametrize("threads", [1, 2])
def test_it_is_the_sum_so_far_and_stays_what_it_was(experiment, threads, monkeypatch):
    monkeypatch.setattr("montecarlo.experiments.pieces.MOST_BLOCKS", 1)
    told, written = [], []

    def so_far(partial):
        told.append(partial)
        written.append(partial.to_bytes())

    whole = experiment.run(0, PATHS, threads=threads, so_far=so_far, progress=written.append)
    assert [each.units for each in told] == [*range(BLOCK_PATHS, PATHS, BLOCK_PATHS), PATHS]
    assert written[1::2] == [each.units for each in told], "before the progress of the same units"
    assert [each.to_bytes() for each in told] == written[::2], "nobody adds to it afterwards"
    for each in told:
        assert each.to_bytes() == experiment.run(0, each.units).to_bytes()
    assert told[-1].to_bytes() == whole.to_bytes()


def test_a_sweep_that_keeps_returns_has_a_table_without_quantiles_before_it_is_complete():
    told = []
    rows = SWEEP.run(0, PATHS, so_far=told.append)
    assert SWEEP.keeps_returns
    table = sweep_table(SWEEP.varied, told[0])
    assert table["return_median"].isna().all()
    assert table["expected_shortfall_95_low"].isna().all()
    whole = sweep_table(SWEEP.varied, rows)
    for name in ("return_mean", "probability_of_loss", "max_drawdown_mean", "trades_mean"):
        assert not table[name].isna().any()
        assert (table[f"{name}_high"] - table[f"{name}_low"] > whole[f"{name}_high"] - whole[f"{name}_low"]).all()
    assert math.isfinite(table["return_std"].sum())
