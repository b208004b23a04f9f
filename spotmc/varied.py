"""Many values of one or two parameters, as a person types them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from montecarlo.errors import ParameterError
from montecarlo.parameters import Number, Whole, shown

if TYPE_CHECKING:
    from montecarlo.parameters import Parameter
    from montecarlo.strategies import Strategy


def varied(strategy: "Strategy", told: Mapping[str, str]) -> "tuple[Strategy, dict[str, Iterator[Any]]]":
    """The strategy with the parameters that have one value, and the values of the others.

    Where none has several, the strategy's own ``sweep`` is taken, but for the parameters that were given.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    single = {name: text for name, text in told.items() if not _is_many(text)}
    unknown = [name for name in told if name not in strategy.parameters]
    if unknown:
        has = ", ".join(strategy.parameters) or "none"
        raise ParameterError({name: f"is no parameter of {strategy.name}, which has {has}" for name in unknown})
    over = {name: values_of(strategy.parameters[name], text) for name, text in told.items() if _is_many(text)}
    if not over:
        over = {name: iter(values) for name, values in strategy.sweep.items() if name not in single}
    known = strategy.parameters
    return strategy.with_values(**{name: known[name].read(text) for name, text in single.items()}), over


def values_of(parameter: "Parameter", text: str) -> Iterator[Any]:
    """Values from ``start:stop:step``, where stop belongs to it if it is hit, or from a list with commas.

    Raises:
        ParameterError: they cannot be read.
    """
    for part in text.split(","):
        if ":" in part:
            yield from _range(parameter, part)
        else:
            yield parameter.read(part)


def _is_many(text: str) -> bool:
    return ":" in text or "," in text


def _range(parameter: "Parameter", text: str) -> Iterator[Any]:
    if not isinstance(parameter.kind, Whole | Number):
        raise ParameterError({parameter.name: f"has no ranges: it must be a list of {parameter.kind}, not {text!r}"})
    try:
        start, stop, step = (Decimal(number.strip()) for number in text.split(":"))
    except (ValueError, InvalidOperation):
        message = f"must be start:stop:step such as 5:50:5, or a list such as 5,10,20, not {shown(text)}"
        raise ParameterError({parameter.name: message}) from None
    if not (step > 0 and stop >= start):
        raise ParameterError({parameter.name: f"must go up, such as 5:50:5, not {shown(text)}"})
    value = start
    while value <= stop:
        yield parameter.read(str(value))
        value += step
