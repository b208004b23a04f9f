"""Whatever the dialect, a table of prices reads back as the same bars, or is refused with a reason."""

import io
from datetime import date

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from montecarlo.data.sources import csv_file
from montecarlo.errors import HistoryError
from tests.montecarlo.data.dialects import DIALECTS, Dialect, truth, written

NAMES = {"O": "open", "H": "high", "L": "low", "C": "close", "V": "volume"}
TODAY = date(2026, 11, 27)
SCALES = (0.5, 1.2, 60.0, 950.0, 1500.0, 40_000.0)


def same_or_refused(dialect: Dialect, seed: int, start: date, scale: float) -> str:
    """What happened; another history is an AssertionError."""
    bars = truth(seed, start, scale, dialect.decimals)
    content = written(dialect, bars, seed)
    try:
        read = csv_file.read(io.BytesIO(content), "ACME", TODAY).bars
    except HistoryError as error:
        return f"refused: {error}"
    expected = bars[[NAMES[letter] for letter in dialect.columns if letter != "D"]]
    read = read.sort_index()[list(expected.columns)]
    pd.testing.assert_frame_equal(read, expected, check_freq=False, check_index_type=False, check_exact=True)
    return "read"


@settings(max_examples=120, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(DIALECTS, st.integers(0, 10**6), st.dates(date(1930, 1, 1), date(2026, 6, 1)), st.sampled_from(SCALES))
def test_the_same_history_or_a_refusal(dialect: Dialect, seed: int, start: date, scale: float) -> None:
    same_or_refused(dialect, seed, start, scale)
