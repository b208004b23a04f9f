"""Whether a table that is read again is still the one that was written."""

import io
from collections.abc import Collection

import pandas as pd

from montecarlo.errors import DamageError


def whole_table(content: bytes, columns: Collection[str], numbers: Collection[str], lines: int) -> pd.DataFrame:
    """The table that a CSV of ours holds.

    Args:
        content: The file.
        columns: All of its columns.
        numbers: Those of them that hold nothing but numbers, and perhaps gaps.
        lines: How many it has below the header.

    Raises:
        ValueError: it is damaged.
    """
    if not content.endswith(b"\n"):
        raise DamageError("it breaks off in a line")
    table = pd.read_csv(io.BytesIO(content))
    if missing := [name for name in columns if name not in table.columns]:
        raise DamageError(f"it lacks the column {missing[0]}")
    if len(table) != lines:
        raise DamageError(f"it has {len(table):,} lines below the header, not {lines:,}")
    for name in numbers:
        if pd.to_numeric(table[name], errors="coerce").isna().sum() != table[name].isna().sum():
            raise DamageError(f"in its column {name} is something other than numbers")
    return table
