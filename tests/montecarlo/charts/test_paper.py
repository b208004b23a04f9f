"""A trader's account on paper beside the backtest's."""

from montecarlo import charts
from tests.montecarlo.charts.figures import PAPER, traces


def test_equity_and_position_of_paper_lie_upon_those_of_the_backtest():
    figure = charts.paper_account(PAPER)
    for name, column in (("paper", ""), ("backtest", "backtest_")):
        equity, position = traces(figure, name)
        assert list(equity.y) == list(PAPER[f"{column}equity"])
        assert list(position.y) == list(PAPER[f"{column}shares"])
        assert (equity.yaxis, position.yaxis) == ("y", "y2")
        assert position.line.shape == "hv", "held from one close to the next"
    widths = [trace.line.width for trace in figure.data]
    assert [trace.name for trace in figure.data] == ["backtest", "backtest", "paper", "paper"], (
        "drawn one upon the other"
    )
    assert widths[0] > 2 * widths[2], "where they are the same, both are seen"
    assert figure.layout.title.text == "From 2026-01-05 to 2026-01-07: $100,040 on paper"


def test_a_single_day_can_be_seen():
    assert {trace.mode for trace in charts.paper_account(PAPER[:1]).data} == {"lines+markers"}
