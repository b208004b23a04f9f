"""Capacity and queue through time, in a few lines of text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = 60
BARS = " ▁▂▃▄▅▆▇█"

ROWS = {"workers asked for": "target", "workers": "machines", "at work": "busy", "messages waiting": "waiting"}


def chart(minutes: "pd.DataFrame") -> list[str]:
    """Lines with a bar for each minute, or for the most of several where there are more than COLUMNS.

    Args:
        minutes: As ``capacity.simulation.Run`` has them.
    """
    each = -(-len(minutes) // COLUMNS)
    width = max(map(len, ROWS))
    lines = []
    for title, column in ROWS.items():
        values = [int(minutes[column].iloc[start : start + each].max()) for start in range(0, len(minutes), each)]
        lines.append(f"{title:>{width}}  {bars(values)}  up to {max(values):,}")
    axis = f"{'minute':>{width}}  0"
    return [*lines, f"{axis:<{width + len(values)}}{len(minutes) - 1}"]


def bars(values: Sequence[int]) -> str:
    """A bar for each number; only nothing has no bar."""
    most = max(*values, 1)
    return "".join(BARS[-(-value * (len(BARS) - 1) // most)] for value in values)
