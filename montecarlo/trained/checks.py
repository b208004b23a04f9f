"""Checks of numbers that come from a file."""

import sys
from typing import Any

from montecarlo.errors import ParameterError
from montecarlo.parameters import plain, shown


def finite_numbers(name: str, values: Any) -> tuple[float, ...]:
    """
    Raises:
        ParameterError: one of them is no finite number.
    """
    return tuple(finite(name, value) for value in _sequence(name, values))


def finite(name: str, value: Any) -> float:
    """
    Raises:
        ParameterError: it is no finite number.
    """
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
        raise ParameterError({name: f"must be a finite number, not {shown(value)}"})
    return float(value)


def whole_numbers(name: str, values: Any) -> tuple[int, ...]:
    """
    Raises:
        ParameterError: one of them is no whole number.
    """
    numbers = tuple(plain(value) for value in _sequence(name, values))
    for value in numbers:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ParameterError({name: f"must be whole numbers, not {shown(value)}"})
    return numbers


def _sequence(name: str, values: Any) -> tuple[Any, ...]:
    if not isinstance(values, tuple | list):
        raise ParameterError({name: f"must be a list of numbers, not {shown(values)}"})
    return tuple(values)
