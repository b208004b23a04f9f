"""The charts of a trader."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fleet.errors import NotCompleteError
from fleet.traders.overview import Overview

if TYPE_CHECKING:
    import plotly.graph_objects as go


def account(found: Overview) -> "go.Figure":
    """Equity and position, on paper and in the backtest.

    Raises:
        NotCompleteError: there is no day yet.
    """
    from montecarlo import charts  # plotly takes a while to import

    if found.report.empty:
        raise NotCompleteError(f"the trader {found.state.settings.name} has not decided a day yet")
    return charts.paper_account(found.report)


CHARTS: Mapping[str, Callable[[Overview], "go.Figure"]] = {"account": account}
