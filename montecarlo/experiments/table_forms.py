"""Results in the fixed forms in which a database reads them, which tells columns by their places and knows no quotes.

A form has the same columns for every experiment, and new ones only come behind the others: then files that were written
before still fit, for what a line lacks at its end is unknown.  A comma in text has a backslash before it, and what is
undefined is empty.  Numbers are the characters of the files that results are fetched as, and so the same bits.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from montecarlo.accounting.rows import COLUMNS, ORDER_COLUMNS

TEXT, WHOLE, NUMBER, DATE, SWITCH = "string", "bigint", "double", "date", "boolean"  # as the database calls them

Form = Mapping[str, str]
"""Type of each column, by name, in their order."""

_WHOLE_OF_PATHS = ("path", "trades", "longest_losing_streak", "ambiguous_bars")
_ENDS = ("value", "low", "high")
_BESIDE_THE_HISTORY = ("history", "simulated", "low", "high")
_COMBINATION = {
    "combination": WHOLE,  # from 0, in the order of the file
    "first_name": TEXT,
    "first_value": TEXT,
    "second_name": TEXT,  # none where one parameter is varied
    "second_value": TEXT,
}
_SETTINGS = {
    "method": TEXT,
    "n": WHOLE,
    "stop_loss": NUMBER,
    "take_profit": NUMBER,
    "max_holding": WHOLE,
    "direction": TEXT,
}


_OF_A_SWEEP = (
    "return_mean",
    "return_median",
    "return_std",
    "return_q05",
    "yearly_return_mean",
    "expected_shortfall_95",
    "probability_of_loss",
    "probability_of_beating_buy_and_hold",
    "max_drawdown_mean",
    "sharpe_mean",
    "exposure_mean",
    "trades_mean",
)
_WITH_RANGES = (
    "return_median",
    "probability_of_loss",
    "probability_of_beating_buy_and_hold",
    "max_drawdown_q95",
    "expected_shortfall_95",
)
_VALIDATION = ("validation_auc", "validation_brier", "validation_brier_base", "validation_volatility_auc")
_SKILL = (
    *("days", "effective_days", "base_rate", "auc", "auc_low", "auc_high", "brier", "brier_base"),
    *("volatility_auc", "volatility_auc_low", "volatility_auc_high", "volatility_brier"),
    *("excess_auc", "excess_auc_low", "excess_auc_high"),
)


def _numbers(names: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(names, NUMBER)


def _with(ends: tuple[str, ...], names: Iterable[str]) -> list[str]:
    found = [f"{name}{end}" for name in names for end in ends]
    return [name for name in found if name not in ("return_std_low", "return_std_high")]


PATHS, PARTS, FACTS, SWEEP, SWEEP_RANGES, TRAINING = ("paths", "parts", "facts", "sweep", "sweep_ranges", "training")

FORMS: Mapping[str, Form] = {
    FACTS: {"name": TEXT, "value": TEXT},
    "summary": {"statistic": TEXT, **_numbers(_ENDS)},
    "uncertainty": {"statement": TEXT, "setting": TEXT, "drift": NUMBER, "statistic": TEXT, **_numbers(_ENDS)},
    PATHS: {name: WHOLE if name in _WHOLE_OF_PATHS else NUMBER for name in (*COLUMNS, *ORDER_COLUMNS)},
    PARTS: {"file": TEXT, "first_path": WHOLE, "paths": WHOLE},
    SWEEP: {**_COMBINATION, **_numbers(_with(("", "_low", "_high"), _OF_A_SWEEP))},
    SWEEP_RANGES: {**_COMBINATION, "best_in": NUMBER, **_numbers(_with(("_low", "_high"), _WITH_RANGES))},
    "equity": {"date": DATE, **_numbers(("equity", "buy_and_hold"))},
    "trades": {
        "entry_date": DATE,
        "entry_price": NUMBER,
        "exit_date": DATE,
        **_numbers(("exit_price", "shares", "profit")),
        "exit_reason": TEXT,
        "ambiguous": SWITCH,
    },
    TRAINING: {
        "side": TEXT,
        "model": WHOLE,
        "chosen": WHOLE,  # 1 for the model that was chosen
        **_numbers((*_VALIDATION, *_SKILL)),
        "doubts": TEXT,
        "problem": TEXT,
        **_SETTINGS,
    },
    "reliability": {"side": TEXT, **_numbers(("probability", "observed")), "days": WHOLE},
    "importance": {"side": TEXT, "feature": TEXT, **_numbers(("loss", "deviation"))},
    "contributions": {
        "symbol": TEXT,
        **_numbers(("weight", "final_weight_mean")),
        **_numbers(_with(("", "_low", "_high"), ("gain_mean", "value_at_risk_95", "expected_shortfall_95"))),
        "share_of_expected_shortfall_95": NUMBER,
    },
    "beating": {"against": TEXT, **_numbers(("probability", "low", "high"))},
    "correlations": {"first": TEXT, "second": TEXT, **_numbers(_BESIDE_THE_HISTORY)},
    "stylized_facts": {"statistic": TEXT, **_numbers(_BESIDE_THE_HISTORY)},
}
"""Of each table.  PATHS has the form of the rows themselves, of which there is no other copy; PARTS says which of their
files count.  ``uncertainty.csv`` of a sweep is SWEEP_RANGES."""

_FROM_FILES = {f"{name}.csv": name for name in FORMS if name not in (PATHS, PARTS, FACTS)}


def of_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Tables by name, of those files of an experiment that have the columns of a form."""
    return {_FROM_FILES[name]: written(_FROM_FILES[name], read(files[name])) for name in files if name in _FROM_FILES}


def of_combinations(table: str, content: bytes, varied: Sequence[str]) -> bytes:
    """SWEEP or SWEEP_RANGES, of a file whose first columns have the names of the one or two parameters varied."""

    def in_form(number: int, record: Mapping[str, str]) -> dict[str, str]:
        told = {"combination": str(number)}
        for place, name in zip(("first", "second"), varied, strict=False):
            told |= {f"{place}_name": name, f"{place}_value": record[name]}
        return told | {name: record.get(name, "") for name in FORMS[table] if name not in _COMBINATION}

    return written(table, (in_form(number, each) for number, each in enumerate(read(content))))


def of_models(content: bytes, settings: Sequence[Any]) -> bytes:
    """TRAINING, with all settings of each model, whether they are varied or not."""
    models = [{name: shown(getattr(each, name)) for name in _SETTINGS} for each in settings]
    return written(TRAINING, ({**each, **models[int(each["model"])]} for each in read(content)))


def read(content: bytes) -> Iterable[Mapping[str, str]]:
    """The lines of a CSV, by column, as the characters that stand there."""
    return csv.DictReader(io.StringIO(content.decode(), newline=""))


def written(table: str, records: Iterable[Mapping[str, str]]) -> bytes:
    """Lines of one of the FORMS, the first of which names the columns; what a record lacks is empty."""
    form = FORMS[table]
    lines = [",".join(form)]
    lines += [",".join(_in_form(kind, record.get(name) or "") for name, kind in form.items()) for record in records]
    return "".join(f"{line}\n" for line in lines).encode()


def shown(value: Any) -> str:
    """A value as text that is read as the same again; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return " ".join(map(shown, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _in_form(kind: str, text: str) -> str:
    if kind == NUMBER:
        return {"inf": "Infinity", "-inf": "-Infinity"}.get(text, text)  # as Java reads it
    if kind != TEXT:
        return text
    return " ".join(text.splitlines()).replace("\\", "\\\\").replace(",", "\\,")
