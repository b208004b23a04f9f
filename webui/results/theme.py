"""Charts in the colours of the page that asks for them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

THEMES = ("light", "dark")


def themed(figure: "go.Figure", asked: Mapping[str, str]) -> "go.Figure":
    """As the address says, if it does."""
    from montecarlo import charts  # plotly takes a while to import

    return charts.themed(figure, asked["theme"]) if asked.get("theme") in THEMES else figure
