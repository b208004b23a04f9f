"""The result files of a portfolio, read, and as rows of texts for a person."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from montecarlo.errors import DamageError
from montecarlo.experiments.portfolio_files import BEATING, CONTRIBUTIONS, CORRELATIONS, EQUITY, STYLIZED_FACTS
from montecarlo.experiments.portfolio_measures import CORRELATION_COLUMNS, EQUITY_COLUMNS, STYLIZED_FACT_COLUMNS
from montecarlo.statistics.portfolio_tally import (
    BEATING_COLUMNS,
    CONTRIBUTION_COLUMNS,
    EQUAL_WEIGHT,
    NEVER_REBALANCED,
)
from montecarlo.statistics.stylized_facts import STATISTICS
from montecarlo.wording import from_to
from webui.display import percent, sentence
from webui.results.summary import written

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    CONTRIBUTIONS: CONTRIBUTION_COLUMNS,
    BEATING: BEATING_COLUMNS,
    CORRELATIONS: CORRELATION_COLUMNS,
    STYLIZED_FACTS: STYLIZED_FACT_COLUMNS,
    EQUITY: EQUITY_COLUMNS,
}
ALL = "all of it"
AT_RISK, SHORTFALL = "value_at_risk_95", "expected_shortfall_95"
_ENDS = {"": "value", "_low": "low", "_high": "high"}
_AGAINST = {EQUAL_WEIGHT: "equal weights, bought once", NEVER_REBALANCED: "the same weights, never rebalanced"}
_NOTHING = 5e-7  # of the capital: what is less is rounding

_TEXTS = {"symbol", "against", "first", "second", "statistic", "date"}


def reader(name: str) -> Callable[[bytes], "pd.DataFrame"]:
    """What reads the file of that name; it raises whatever comes of one that is damaged."""

    def read(content: bytes) -> "pd.DataFrame":
        import pandas as pd

        table = pd.read_csv(
            io.BytesIO(content),
            dtype=dict.fromkeys(_TEXTS, str),
            keep_default_na=False,
            na_values={column: [""] for column in COLUMNS[name] if column not in _TEXTS},
        )
        if missing := [column for column in COLUMNS[name] if column not in table.columns]:
            raise DamageError(f"it lacks {', '.join(missing)}")
        return table.astype({column: np.float64 for column in COLUMNS[name] if column not in _TEXTS})

    return read


def parts(table: "pd.DataFrame", total: "pd.DataFrame") -> list[dict[str, str]]:
    """A row for each symbol, one for cash, and the whole: what it has of the capital and of the losses.

    Args:
        table: Of contributions.csv.
        total: The summary.
    """
    whole = total.set_index("statistic")
    of_all: dict[Any, Any] = {"symbol": ALL, "weight": 1.0, "final_weight_mean": 1.0, f"share_of_{SHORTFALL}": 1.0}
    for name, statistic in (("gain_mean", "return_mean"), (AT_RISK, AT_RISK), (SHORTFALL, SHORTFALL)):
        of_all |= {f"{name}{end}": whole[column][statistic] for end, column in _ENDS.items()}
    return [
        {
            "symbol": row["symbol"],
            "weight": _percent(row["weight"]),
            "at_the_end": _percent(row["final_weight_mean"]),
            "gain": _percent(row["gain_mean"]),
            "gain_interval": _from_to(row, "gain_mean"),
            "at_risk": _percent(row["value_at_risk_95"]),
            "at_risk_interval": _from_to(row, "value_at_risk_95"),
            "shortfall": _percent(row["expected_shortfall_95"]),
            "shortfall_interval": _from_to(row, "expected_shortfall_95"),
            "share": _percent(row["share_of_expected_shortfall_95"]),
        }
        for row in [*table.to_dict("records"), of_all]
    ]


def odds(table: "pd.DataFrame") -> list[tuple[str, str, str]]:
    """Against what, how often it ends above it, and the interval."""
    return [
        (_AGAINST.get(row["against"], row["against"]), _percent(row["probability"]), _between(row["low"], row["high"]))
        for row in table.to_dict("records")
    ]


def pairs(table: "pd.DataFrame", at_most: int) -> list[tuple[str, str, str, str]]:
    """The pairs whose simulated correlation is furthest from the history's: names, history, simulated, between."""
    away = (table["simulated"] - table["history"]).abs()
    shown = table.loc[away.sort_values(ascending=False, kind="stable").index[:at_most]]
    return [
        (
            f"{row['first']} and {row['second']}",
            _number(row["history"]),
            _number(row["simulated"]),
            f"{_number(row['low'])} to {_number(row['high'])}",
        )
        for row in shown.to_dict("records")
    ]


def stylized_facts(table: "pd.DataFrame") -> list[tuple[str, str, str, str, str]]:
    """The name of each, and what it is; the history's value, the mean simulated one, where 95 % of the paths are."""
    return [
        (
            sentence(str(row["statistic"]).replace("_", " ")),
            STATISTICS.get(row["statistic"], ""),
            _number(row["history"], 4),
            _number(row["simulated"], 4),
            f"{_number(row['low'], 4)} to {_number(row['high'], 4)}",
        )
        for row in table.to_dict("records")
    ]


def _percent(value: float) -> str:
    return written(percent, _settled(value))


def _settled(value: float) -> float:
    return 0.0 if abs(value) < _NOTHING else value


def _from_to(row: dict[Any, Any], name: str) -> str:
    return _between(row[f"{name}_low"], row[f"{name}_high"])


def _between(low: float, high: float) -> str:
    return "" if np.isnan(low) or np.isnan(high) else from_to(_settled(low), _settled(high))


def _number(value: float, digits: int = 2) -> str:
    return written(lambda number: f"{number:.{digits}f}" if digits == 2 else f"{number:.{digits}g}", value)
