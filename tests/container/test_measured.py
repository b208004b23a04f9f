"""What a tuning job is given for its objective are the numbers of the files, of the combination that is said."""

import io

import pandas as pd
import pytest

import montecarlo as mc
from container.measured import measured
from montecarlo.experiments.run import run_to_folder
from montecarlo.experiments.simulate import make_simulation
from montecarlo.experiments.sweeping import make_sweep
from montecarlo.models import NormalModel
from montecarlo.statistics.summary import summary_from_csv

CAPITAL = 50_000.0
MODEL = NormalModel(start_price=100.0, drift=0.05, volatility=0.2, drift_error=0.1, volatility_error=0.01)
TOLD = {"days": 30, "iterations": 200, "seed": 3, "rules": mc.Rules(capital=CAPITAL), "warm_up": None}


def test_of_a_simulation_it_is_the_mean_over_the_paths(tmp_path):
    files = run_to_folder(make_simulation(MODEL, mc.SmaCrossover(3, 10), **TOLD, rows=True), tmp_path)
    paths = pd.read_csv(tmp_path / "paths.csv")
    found = measured("simulate", files, CAPITAL)
    assert found["Total PnL"] == pytest.approx((paths["final_value"] - CAPITAL).mean())
    assert found["Sharpe Ratio"] == found["sharpe_mean"] == pytest.approx(paths["sharpe"].mean())


def test_of_a_sweep_it_is_that_of_the_combination_with_the_highest_mean_return(tmp_path):
    files = run_to_folder(make_sweep(MODEL, mc.SmaCrossover(3, 10), {"short": (3, 5, 8)}, **TOLD), tmp_path)
    table = pd.read_csv(io.BytesIO(files["sweep.csv"]))
    best = table.loc[table["return_mean"].idxmax()]
    found = measured("sweep", files, CAPITAL)
    assert table["return_mean"].nunique() == 3
    assert (found["best_return_mean"], found["best_sharpe_mean"]) == (best["return_mean"], best["sharpe_mean"])
    assert (found["Total PnL"], found["Sharpe Ratio"]) == (best["return_mean"] * CAPITAL, best["sharpe_mean"])
    bias = summary_from_csv(files["summary.csv"]).set_index("statistic")["value"]
    assert found["validated_return"] == bias["validated_return"] != found["best_return_mean"]


def test_of_a_backtest_it_is_what_was_gained():
    files = {"summary.csv": b"statistic,value,low,high\nfinal_value,62500.5,,\nsharpe,0.5,,\n"}
    found = measured("backtest", files, CAPITAL)
    assert (found["Total PnL"], found["Sharpe Ratio"]) == (12_500.5, 0.5)
