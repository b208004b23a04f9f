"""Many values of one or two parameters, as a person types them: one reading for options and for the web form.

``10..60 step 5`` and ``10:60:5`` are a range, to which its end belongs if it is hit; ``10, 20, 50`` is a list.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice, product
from typing import Any

from montecarlo.errors import ParameterError
from montecarlo.experiments.sweep import MOST_TRIED
from montecarlo.parameters import Number, Parameter, Whole, shown
from montecarlo.strategies import ORDERS, Strategy
from montecarlo.typed_numbers import read_decimal

_RANGE = re.compile(r"(?P<start>[^.]*(?:\.[^.]+)?)\.\.(?P<stop>.*?)(?:\bstep\b(?P<step>.*))?", re.ASCII)
THOUSANDS = re.compile(r",0[0-9]{2}(?![0-9])")  # as in 1,000; nobody writes that in a list


def varied(strategy: Strategy, told: Mapping[str, str]) -> tuple[Strategy, dict[str, list[Any]]]:
    """The strategy with the parameters that have one value, and the values of the others.

    Where none has several, the strategy's own ``sweep`` is taken, but for the parameters that were given.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    known = strategy.parameters
    if unknown := [name for name in told if name not in known]:
        has = ", ".join(known) or "none"
        raise ParameterError(dict.fromkeys(unknown, f"is no parameter of {strategy.name}, which has {has}"))
    fixed = {name: known[name].read(text) for name, text in told.items() if not is_many(text)}
    over = {name: read_values(known[name], text) for name, text in told.items() if is_many(text)}
    if not over:
        over = {name: list(values) for name, values in strategy.sweep if name not in fixed}
    if not over:
        nothing = f"{strategy.called} has nothing to vary: give one or two parameters several values"
        example = next((f"{name}=5,10,20" for name in known if name not in ORDERS), "stop_loss=0.05,0.1,0.2")
        raise ParameterError({"strategy": f"{nothing}, such as --set {example}"})
    return one_of(strategy, fixed, over), over


def one_of(strategy: Strategy, fixed: Mapping[str, Any], over: Mapping[str, Sequence[Any]]) -> Strategy:
    """Any combination that does not contradict itself.

    Args:
        strategy: Its other parameters stay as they are.
        fixed: Those that have one value.
        over: Those that have several.

    Raises:
        ParameterError: there is none, or more than two have several values.
    """
    if len(over) > 2:
        message = "is too much to vary: one or two parameters may have several values"
        raise ParameterError({list(over)[2]: message})
    for values in product(*over.values()):
        with suppress(ParameterError):
            return strategy.with_values(**fixed, **dict(zip(over, values, strict=True)))
    first = next(iter(over))
    raise ParameterError({first: "must make at least two combinations that can be traded, not 0"})


def read_values(parameter: Parameter, text: str) -> list[Any]:
    """The same as ``values_of``, MOST_TRIED of them at most.

    Raises:
        ParameterError: they cannot be read, or are more.
    """
    values = list(islice(values_of(parameter, text), MOST_TRIED + 1))
    if len(values) > MOST_TRIED:
        raise ParameterError({parameter.name: f"must have {MOST_TRIED:,} values at most"})
    return values


def values_of(parameter: Parameter, text: str) -> Iterator[Any]:
    """Values from a range, or from a list with commas, in which ranges may stand.

    Raises:
        ParameterError: they cannot be read.
    """
    parts = text.split(",")
    if THOUSANDS.search(text):
        message = f"is a list, whose values are parted by commas: write 1000, not 1,000, and not {shown(text)}"
        raise ParameterError({parameter.name: message})
    for part in parts:
        if not part.strip():
            raise ParameterError({parameter.name: f"must have a value on each side of a comma, not {shown(text)}"})
        if is_range(part):
            yield from _range(parameter, part)
        else:
            yield parameter.read(part)


def written(parameter: Parameter, values: Sequence[Any]) -> str:
    """What a person types for the values: a range where they are one."""
    texts = [parameter.written(value).removesuffix(".0") for value in values]
    if isinstance(parameter.kind, Whole | Number) and len(texts) > 2:
        start, following, stop = (read_decimal(texts[at]) for at in (0, 1, -1))
        text = f"{start}..{stop} step {following - start}"
        with suppress(ParameterError):
            if read_values(parameter, text) == list(values):
                return text
    return ", ".join(texts)


def is_many(text: str) -> bool:
    """Whether several values are typed."""
    return is_range(text) or "," in text


def is_range(text: str) -> bool:
    return ":" in text or ".." in text


def _range(parameter: Parameter, text: str) -> Iterator[Any]:
    if not isinstance(parameter.kind, Whole | Number):
        raise ParameterError({parameter.name: f"has no ranges: it must be a list of {parameter.kind}, not {text!r}"})
    message = f"must be start:stop:step such as 5:50:5, or a list such as 5,10,20, or 5..50 step 5, not {shown(text)}"
    numbers = _parts(text)
    if len(numbers) != 3:
        raise ParameterError({parameter.name: message})
    try:
        start, stop, step = (read_decimal(number.strip()) for number in numbers)
    except ValueError as error:
        raise ParameterError({parameter.name: f"{message}: {error}" if str(error) else message}) from None
    if step <= 0 or stop < start:
        raise ParameterError({parameter.name: f"must go up, such as 5:50:5, not {shown(text)}"})
    value = start
    while value <= stop:  # three steps of 0.250 from 0.250 on lead to 1.000, which nobody typed and nobody misreads
        yield parameter.read(str(value) if isinstance(parameter.kind, Whole) else str(float(value)))
        value += step


def _parts(text: str) -> list[str]:
    """Start, stop and step, if they are there."""
    match = None if ":" in text else _RANGE.fullmatch(text)
    return text.split(":") if match is None else [part for part in match.groups() if part]
