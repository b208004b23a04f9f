"""The notebooks run from top to bottom without a network, and show what their text promises."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from botocore.session import Session
from botocore.validate import ParamValidator
from nbclient import NotebookClient
from nbformat import NotebookNode

import montecarlo as mc
from montecarlo.data.bars import Bars
from montecarlo.learning import Training
from montecarlo.learning.labels import outcomes

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
PLOTLY = "application/vnd.plotly.v1+json"

NO_NETWORK = """
import socket
import warnings

warnings.simplefilter("error")
warnings.simplefilter("ignore", PendingDeprecationWarning)  # of ipykernel, of itself, when it ends

def _within(call):
    # of this machine, whose own programs may be asked
    def checked(*address, **more):
        if "127.0.0.1" not in [part for each in address for part in (each if isinstance(each, tuple) else (each,))]:
            raise AssertionError(f"a notebook must not need the network, but connects to {address}")
        return call(*address, **more)

    return checked

socket.socket.connect, socket.getaddrinfo = _within(socket.socket.connect), _within(socket.getaddrinfo)
"""


def executed(name: str, folder: Path) -> NotebookNode:
    """The notebook with its outputs; a cell that fails, or warns, raises."""
    (path,) = (path for path in NOTEBOOKS if path.stem == name)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(NO_NETWORK))
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=600,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},  # what a notebook writes shall not stay in the sources
    ).execute()
    return notebook


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed("monte-carlo-workshop", tmp_path_factory.mktemp("workshop"))


@pytest.fixture(scope="module")
def sma(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed("strategy-sma", tmp_path_factory.mktemp("sma"))


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed("train-a-forecast", tmp_path_factory.mktemp("training"))


@pytest.fixture(scope="module")
def forecast(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed("strategy-ml-forecast", tmp_path_factory.mktemp("forecast"))


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed("train-and-serve", tmp_path_factory.mktemp("serving"))


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed("trade-on-paper", tmp_path_factory.mktemp("paper"))


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    return executed("portfolio", tmp_path_factory.mktemp("portfolio"))


def shown(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    (cell,) = (cell for cell in notebook.cells if cell.id == cell_id)
    (output,) = cell.outputs
    return output.text if output.output_type == "stream" else output.data


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_committed_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_the_doubtful_day_of_the_history_is_shown(workshop):
    assert "2000-09-29" in shown(workshop, "history")


@pytest.mark.parametrize(
    ("cell_id", "lines"),
    [
        ("backtest", ["close", "average of 40 days", "average of 100 days", "buy", "sell"]),
        ("own-rule", ["close", "buy", "sell"]),
        ("equity", ["strategy", "strategy", "buy and hold", "buy and hold"]),
        ("paths", 3 * ["close", "average of 40 days", "average of 100 days", "buy", "sell"]),
    ],
)
def test_the_figures_show_the_rule_at_work(workshop, cell_id, lines):
    figure = shown(workshop, cell_id)[PLOTLY]
    assert sorted(trace["name"] for trace in figure["data"]) == sorted(lines)


def test_thousands_of_paths_are_drawn_and_summarised(workshop):
    assert shown(workshop, "simulate")[PLOTLY]["layout"]["title"]["text"].startswith("2,000 paths: probability of loss")
    table = shown(workshop, "summary")["text/html"]
    for statistic in ("return_median", "value_at_risk_95", "probability_of_loss", "max_drawdown_q95"):
        assert statistic in table


@pytest.mark.parametrize("cell_id", ["trades", "rows", "buy-and-hold", "costs", "strategies"])
def test_the_tables_are_shown(workshop, cell_id):
    assert "<table" in shown(workshop, cell_id)["text/html"]


def test_a_sweep_is_a_map_and_tells_how_much_of_its_best_is_luck(workshop):
    assert shown(workshop, "sweep")[PLOTLY]["data"][0]["type"] == "heatmap"
    assert "The combination that is the best on a path returns" in shown(workshop, "selection-bias")
    assert "probability of backtest overfitting" in shown(workshop, "overfitting")


def test_a_rule_of_ones_own_is_simulated_and_one_that_peeks_is_found_out(workshop):
    assert shown(workshop, "own-rule-simulated")[PLOTLY]["layout"]["title"]["text"].startswith("2,000 paths")
    assert "it looks ahead" in shown(workshop, "peeking")


def test_rules_are_compared_on_the_same_paths(workshop):
    first, second = shown(workshop, "compare").strip().splitlines()
    assert first.startswith("On the same 2,000 paths, 40 and 100 ends ")
    assert "above with four times the commission on average, and above it on " in first
    assert "10 and 30" in second
    names = {trace["name"] for trace in shown(workshop, "compared")[PLOTLY]["data"]}
    assert {"40 and 100", "with four times the commission", "10 and 30"} <= names


def names(notebook: NotebookNode, cell_id: str) -> set[str]:
    return {trace["name"] for trace in shown(notebook, cell_id)[PLOTLY]["data"] if "name" in trace}


@pytest.mark.thorough
def test_a_rule_with_stops_shows_how_its_trades_ended(sma):
    assert {"buy", "sell", "sell short", "buy back", "average of 50 days", "average of 200 days"} <= names(
        sma, "backtest"
    )
    assert {"stop of a trade", "target of a trade", "stopped", "target reached", "time was up"} <= names(sma, "guarded")
    assert {"buy", "sell", "sell short", "buy back"} <= names(sma, "model")
    for reason in ("signal", "stop", "target", "time"):
        assert reason in shown(sma, "exits")["text/html"]


@pytest.mark.thorough
def test_ambiguous_bars_give_two_bounds(sma):
    table = shown(sma, "bounds")["text/html"]
    low, high = (float(found) for found in re.findall(r"col0[^>]*>(-\d+\.\d+)%<", table))
    assert low < high


@pytest.mark.thorough
def test_the_best_stop_is_shown_to_be_luck(sma):
    assert "ends 11 % of the capital" in shown(sma, "compare")
    assert shown(sma, "sweep")[PLOTLY]["data"][0]["type"] == "heatmap"
    assert "Days of the bootstrap model are independent" in shown(sma, "luck")
    assert "its relative rank there is 0.51" in shown(sma, "luck")
    assert "the other half" in shown(sma, "overfitting")


@pytest.mark.thorough
def test_labels_by_hand_are_those_of_the_library(training):
    """The notebook's own function, on the days that judge, gives the shares that the training tells."""
    history = mc.load_history("GOOG", source="sample")
    written: dict[str, Any] = {"history": history}
    (cell,) = (cell for cell in training.cells if cell.id == "label")
    exec(cell.source, written)  # ours
    told = Training(stop_loss=written["STOP"], take_profit=written["TARGET"], max_holding=written["TIME"])
    ends = outcomes(Bars(*(each[:, None] for each in history.adjusted_bars)), told.barrier, "long")[:, 0]
    words = {1: "target", 0: "time", -1: "stop"}
    assert [written["outcome"](day)[0] for day in range(len(ends))] == [words[end] for end in ends.tolist()]


@pytest.mark.thorough
def test_a_training_shows_labels_skill_reliability_and_importance(training):
    assert {"stopped", "target reached", "time was up"} <= names(training, "barriers")
    assert {"as often as was said", "buying", "selling short"} <= names(training, "reliability")
    assert "all averages" in shown(training, "importance")[PLOTLY]["data"][0]["y"]
    assert "buying: on 1,267 days" in shown(training, "sentences")
    assert "intervals above 0.5: 1 of 10; below it: 0" in shown(training, "count")
    assert "mean area of the five models for buying: 0.539" in shown(training, "walk-forward")


@pytest.mark.thorough
def test_filler_rows_make_skill_of_nothing(training):
    html = shown(training, "filler")["text/html"]
    assert "with Saturdays and Sundays" in html
    areas = [float(found) for found in re.findall(r">(0\.\d{3})<", html)]
    lows, highs = areas[1::3], areas[2::3]
    assert all(low < 0.5 < high for low, high in zip(lows[:2], highs[:2], strict=True))
    assert all(low > 0.5 for low in lows[2:])


@pytest.mark.thorough
def test_a_forecast_is_traded_judged_and_kept(forecast):
    assert {"stop of a trade", "target of a trade", "buy", "sell short"} <= names(forecast, "backtest")
    assert "that is what luck gives" in shown(forecast, "verdict")
    assert {"do worse", "do at least as well"} <= names(forecast, "histogram")
    assert "Warning: the rule has 432 trades in the real history" in shown(forecast, "gbm")
    assert "the same model: True" in shown(forecast, "save")


@pytest.mark.thorough
def test_a_training_job_and_an_endpoint_say_what_the_library_does(serving):
    assert "Sharpe Ratio:" in shown(serving, "job")
    assert "backtest-job/model.tar.gz" in shown(serving, "folders")
    for metric in ("Total PnL", "Sharpe Ratio", "max_drawdown"):
        assert metric in shown(serving, "metrics")["text/html"]
    for cell_id in ("picture", "trained-picture"):
        assert base64.b64decode(shown(serving, cell_id)["image/png"]).startswith(b"\x89PNG")
    assert shown(serving, "same").count("True") == 2
    assert shown(serving, "same-answers").strip().endswith("True")


@pytest.mark.thorough
def test_the_request_for_aws_is_one_that_the_service_takes(serving):
    (cell,) = (cell for cell in serving.cells if cell.id == "aws")
    written: dict[str, Any] = {"ON_AWS": False, "json": json}
    exec(cell.source, written)  # ours
    operation = Session().get_service_model("sagemaker").operation_model("CreateTrainingJob")
    assert not ParamValidator().validate(written["request"], operation.input_shape).has_errors()


@pytest.mark.thorough
def test_a_trader_on_paper_does_one_evening_what_it_decided(paper):
    assert "enter +100 shares" in shown(paper, "evening")
    assert "100 shares. The broker's: +100. They agree." in shown(paper, "next-evening")
    assert "protect, stop at $" in shown(paper, "protect")


@pytest.mark.thorough
def test_three_years_on_paper_are_the_backtest(paper):
    assert "differences to the backtest: none" in shown(paper, "dry")
    assert shown(paper, "same").count("True") == 2
    assert "True" in shown(paper, "simulated")
    assert names(paper, "picture") == {"paper", "backtest"}


@pytest.mark.thorough
def test_an_order_is_not_taken_twice_and_what_cannot_be_ordered_is_refused(paper):
    assert "-enter-1" in shown(paper, "orders")["text/html"]
    assert "still +100 shares" in shown(paper, "twice")
    assert "whole number" in shown(paper, "refused")
    assert "next-close" in shown(paper, "refused")


def numbers(text: str, pattern: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(pattern, text)]


@pytest.mark.thorough
def test_weights_that_drift_and_a_rebalancing_are_what_the_formulas_say(portfolio):
    by_hand, library = shown(portfolio, "by-hand").strip().splitlines()
    assert by_hand.split("{")[1] == library.split("{")[1]
    before, after, told = numbers(shown(portfolio, "cost-by-hand"), r"\$([\d,.]+\d)")
    assert before > after == told
    assert {"AAPL", "IBM", "MSFT"} <= names(portfolio, "never")
    assert "weights put back" in names(portfolio, "quarterly")


@pytest.mark.thorough
def test_contributions_add_up_and_are_drawn_beside_the_weights(portfolio):
    total, shortfall = numbers(shown(portfolio, "contributions-sum"), r"(\d\.\d+)")
    assert total == pytest.approx(shortfall, abs=2e-6)
    assert {"weight at the beginning", "of the expected shortfall"} <= names(portfolio, "contributions")
    assert shown(portfolio, "correlations")[PLOTLY]["data"][0]["type"] == "heatmap"
    assert "the history" in names(portfolio, "stylized-facts")


@pytest.mark.thorough
def test_the_best_weighting_is_shown_to_be_luck_and_the_calmest_is_not(portfolio):
    assert "other draws of the same history" in shown(portfolio, "luck-sentence")
    first, second, elsewhere = shown(portfolio, "halves").strip().splitlines()
    weights = [
        [int(share) for share in re.findall(r"(\d+)%", line.partition(kind)[2].partition(";")[0])]
        for line in (first, second)
        for kind in ("the best has", "the calmest")
    ]
    moved = [sum(abs(one - other) for one, other in zip(weights[at], weights[at + 2], strict=True)) for at in (0, 1)]
    assert moved[0] > 2 * moved[1]
    assert "in the second half" in elsewhere
