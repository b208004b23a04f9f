"""The notebooks run from top to bottom without a network, and show what their text promises."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
PLOTLY = "application/vnd.plotly.v1+json"

NO_NETWORK = """
import socket

def _refuse(*address):
    raise AssertionError(f"a notebook must not need the network, but connects to {address}")

socket.socket.connect = socket.getaddrinfo = _refuse
"""


@pytest.fixture(scope="module")
def workshop() -> NotebookNode:
    (path,) = (path for path in NOTEBOOKS if path.name == "monte-carlo-workshop.ipynb")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(NO_NETWORK))
    NotebookClient(
        notebook, kernel_name="python3", timeout=600, coalesce_streams=True
    ).execute()  # a cell that fails raises
    return notebook


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
