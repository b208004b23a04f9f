"""Values as a person reads them: each is written as its unit wants it."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.parameters import Parameter, Switch

_LEFT_OUT = {"shares": "as many as cash can pay"}  # what it means that there is no value, by unit

_BARS = ("trading days", "bars")

_LISTED = 4  # values; more that are evenly spaced are a range


def fact(parameter: Parameter, value: Any, bars_per_year: int = TRADING_DAYS) -> str:
    """A value with its unit, or the values of a sweep."""
    unit = parameter.unit
    if value is None:
        return _LEFT_OUT.get(unit, "none")
    if isinstance(value, tuple):
        return f"{_several(parameter, value)} {unit}".strip()
    if isinstance(parameter.kind, Switch) and not value:
        return "no"
    if isinstance(value, bool | str) or not unit:
        return amount(parameter, value)
    if value == 1:
        unit = unit.removesuffix("s")
    years = f" ({value / bars_per_year:.1f} years)" if unit in _BARS and value > bars_per_year else ""
    return f"{amount(parameter, value)} {unit}{years}"


def amount(parameter: Parameter, value: Any) -> str:
    """A value without its unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if parameter.unit.startswith(("of ", "per ")):  # a fraction
        return f"{_number(100 * value)} %"
    return _number(value) if parameter.unit or isinstance(value, float) else str(value)  # a seed is a name


def _number(value: float) -> str:
    """To six digits that count, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 1e6 or value == round(value) else f"{value:,.6g}"


def _several(parameter: Parameter, values: Sequence[Any]) -> str:
    texts = [amount(parameter, value) for value in values]
    if len(texts) > _LISTED and _evenly_spaced(values):
        return f"{texts[0]}, {texts[1]} … {texts[-1]}"
    return ", ".join(texts)


def _evenly_spaced(values: Sequence[Any]) -> bool:
    if not all(isinstance(value, int | float) for value in values):
        return False
    steps = [after - before for before, after in pairwise(values)]
    return all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)
