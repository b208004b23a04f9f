"""What a run has yielded as a PNG, made without a browser."""

import io
import subprocess
import sys
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import image

import montecarlo as mc
from montecarlo.charts.picture import picture_of
from montecarlo.charts.pictures import drawing, spread, trades
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.given_history import GivenHistory
from montecarlo.experiments.historical import TRADES, files_of, make_historical
from montecarlo.experiments.run import run_to_folder
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep
from montecarlo.experiments.training import TrainingGrid
from montecarlo.learning import Training
from tests.montecarlo.charts.figures import STRATEGY
from tests.programs import ROOT

GUARDED = mc.SmaCrossover(40, 100, stop_loss=0.08, take_profit=0.25, max_holding=60)
FEW = {"days": 120, "iterations": 200, "seed": 7, "uncertainty": False}


def pixels(content):
    """Of a PNG, shape (height, width, 4)."""
    return image.imread(io.BytesIO(content), format="png")


def require_picture(files, experiment, history):
    """It can be read, is as wide as promised, has something on it in every quarter, and is the same again."""
    content = picture_of(files, experiment, history)
    found = pixels(content)
    assert found.shape[1] == 1200
    for half in np.array_split(found, 2, axis=0):
        for quarter in np.array_split(half, 2, axis=1):
            assert (quarter < 0.99).any(axis=2).mean() > 0.005
    assert picture_of(files, experiment, history) == content
    return content


@pytest.fixture(scope="module")
def guarded(history):
    return files_of(mc.backtest(history, GUARDED)), make_historical(history, GUARDED, mc.Rules())


def test_every_trade_of_a_backtest_is_marked_and_stops_are_told_apart(history, guarded):
    files, experiment = guarded
    require_picture(files, experiment, history)
    with drawing.looks():
        figure = trades.draw(files, experiment, history, "")
    prices, account, fallen = figure.axes
    found = pd.read_csv(io.BytesIO(files[TRADES]))
    marks = {line.get_label().partition(" (")[0]: len(line.get_xdata()) for line in prices.lines if line.get_marker()}
    reasons = found["exit_reason"].value_counts()
    assert marks["buy"] == len(found)
    assert [marks[name] for name in ("stopped", "target reached", "time was up")] == [
        reasons[name] for name in ("stop", "target", "time")
    ]
    assert {"close", "average of 40 days", "average of 100 days"} <= marks.keys()
    assert {line.get_label() for line in account.lines} >= {"strategy", "buy and hold"}
    assert fallen.get_ylim()[1] == 0


@pytest.mark.thorough
def test_a_history_without_a_trade_has_a_picture(history):
    never = mc.SmaCrossover(3000, 3200)
    require_picture(files_of(mc.backtest(history, never)), make_historical(history, never, mc.Rules()), history)


@pytest.mark.thorough
def test_returns_of_a_simulation_are_bars_and_without_rows_quantiles(history, model, tmp_path):
    experiment = Simulation(model=model, strategy=STRATEGY, rows=True, **FEW)
    files = dict(run_to_folder(experiment, tmp_path))
    without = require_picture(files, experiment, history)
    files[spread.ROWS] = (tmp_path / spread.ROWS).read_bytes()
    assert require_picture(files, experiment, history) != without
    with drawing.looks():
        returns, _ = spread.draw(files, experiment, "AAPL", "").axes
    shares = [bar.get_height() for bar in returns.patches if hasattr(bar, "get_height")]
    rows = pd.read_csv(tmp_path / spread.ROWS)
    shown = (rows["return"] <= returns.get_xlim()[1]).mean()
    assert sum(shares) == pytest.approx(shown)
    held = (rows["buy_and_hold_value"] / experiment.rules.capital - 1 > returns.get_xlim()[1]).mean()
    assert f"buy and hold ({100 * held:.1f} % beyond the right edge)" in returns.get_legend_handles_labels()[1]


@pytest.mark.parametrize(
    "axes",
    [
        (("short", (5, 9)), ("long", (8, 20, 30))),
        pytest.param((("shorting", (False, True)),), marks=pytest.mark.thorough),
    ],
)
def test_a_sweep_is_a_map_or_points(history, model, tmp_path, axes):
    experiment = Sweep(model=model, strategy=mc.SmaCrossover(5, 40), axes=axes, **FEW)
    require_picture(run_to_folder(experiment, tmp_path), experiment, history)


@pytest.mark.thorough
def test_a_training_shows_what_comes_true(history, tmp_path):
    given = GivenHistory.of(history, within_days=True)
    experiment = TrainingGrid(history=given, settings=Training(), axes=(), choose_by="auc")
    require_picture(run_to_folder(experiment.with_inputs({"prices": history.to_csv()}), tmp_path), experiment, history)


@pytest.mark.thorough
def test_what_a_person_has_set_of_matplotlib_changes_nothing_and_stays(history, guarded):
    usual = picture_of(*guarded, history)
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "text.parse_math": True}):
        assert picture_of(*guarded, history) == usual
        assert matplotlib.rcParams["font.size"] == 30


@pytest.mark.thorough
def test_names_with_dollars_or_of_other_scripts_are_drawn(history, guarded):
    files, experiment = guarded
    require_picture(files, experiment, replace(history, symbol="$A_1$ 株式"))


def test_a_long_line_is_drawn_with_few_points_and_all_of_its_extremes():
    values = np.random.default_rng(1).standard_normal(1_000_003)
    kept = drawing.thinned(values)
    assert len(kept) <= 1.2 * drawing.MOST_POINTS
    assert {0, len(values) - 1, values.argmin(), values.argmax()} <= set(kept.tolist())
    assert (np.diff(kept) > 0).all()


@pytest.mark.thorough
def test_no_browser_and_no_state_of_pyplot_is_needed():
    asked = "import sys, montecarlo.charts.pictures.trades as t, montecarlo.charts.picture as p; p.picture_of; " + (
        "print([name for name in ('plotly', 'matplotlib.pyplot', 'tkinter') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_missing_file_is_named(history, guarded):
    files, experiment = guarded
    with pytest.raises(KeyError, match=SUMMARY):
        picture_of({name: content for name, content in files.items() if name != SUMMARY}, experiment, history)
