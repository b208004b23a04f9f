"""The combinations of a strategy's parameters that a sweep compares."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from math import prod
from typing import Any

from montecarlo.errors import ParameterError
from montecarlo.limits import MAX_COMBINATIONS
from montecarlo.parameters import shown
from montecarlo.strategies import OwnRule, Strategy
from montecarlo.strategies.own_rule import FIRST_DECISION

MOST_TRIED = 100 * MAX_COMBINATIONS  # combinations, most of which cannot be traded

Axes = tuple[tuple[str, tuple[Any, ...]], ...]
FirstDecisions = tuple[tuple[int, int], ...]
"""Of each combination that can be traded, its number among all of them, and the first decision that a person's own rule
has told for it: the rule itself need not be at hand then."""


def axes_of(strategy: Strategy, over: Mapping[str, Iterable[Any]]) -> Axes:
    """The values of each parameter, each once and in order.

    Raises:
        ParameterError: there is no such parameter, or it cannot have one of the values.
    """
    found = []
    for name, values in over.items():
        if name not in strategy.parameters:
            known = ", ".join(strategy.parameters) or "none"
            raise ParameterError({name: f"is no parameter of {strategy.name}, which has {known}"})
        checked = []
        for value in values:
            if problem := strategy.parameters[name].problem(value):
                raise ParameterError({name: problem})
            checked.append(value)
        found.append((name, tuple(dict.fromkeys(sorted(checked)))))
    return tuple(found)


def combinations(
    strategy: Strategy, values: Mapping[str, Sequence[Any]], days: int, *, warm_up: bool
) -> dict[int, Strategy]:
    """The strategies that can be traded among all combinations of the values, by their number among these.

    Raises:
        ParameterError: there are fewer than two, or too many.
    """
    names = " and ".join(values)
    first = next(iter(values))
    tried = prod(len(each) for each in values.values())
    if tried > MOST_TRIED:
        raise ParameterError({first: f"makes {tried:,} combinations{_with_others(values)}: take larger steps"})
    found = dict(islice(_traded(strategy, _all(values), days, warm_up), MAX_COMBINATIONS + 1))
    if len(found) < 2:
        message = (
            f"must make at least two combinations that can be traded{_with_others(values)}, not {len(found)}: "
            f"vary {names} more widely"
        )
        raise ParameterError({first: message})
    if len(found) > MAX_COMBINATIONS:
        message = f"must make {MAX_COMBINATIONS:,} combinations at most{_with_others(values)}: take larger steps"
        raise ParameterError({first: message})
    return found


def told_combinations(
    rule: OwnRule, values: Mapping[str, Sequence[Any]], told: object, days: int, *, warm_up: bool
) -> tuple[OwnRule, ...]:
    """Those of a person's own rule that were found, when it was at hand, to be traded.

    Args:
        rule: With or without its code.
        values: Of each parameter that is varied.
        told: Their FirstDecisions.
        days: As for ``Strategy.problems``, like ``warm_up``.

    Raises:
        ParameterError: they are not such as ``combinations`` could have found.
    """
    for name, each in values.items():
        if name not in rule.parameters:
            raise ParameterError({name: f"is no parameter of {rule.file}"})
        if problem := next(filter(None, map(rule.parameters[name].problem, each)), ""):
            raise ParameterError({name: problem})
    tried = prod(len(each) for each in values.values())
    if tried > MOST_TRIED or not _are_first_decisions(told, tried):
        expected = f"at least two numbers of combinations, in order and below {tried:,}, each with {FIRST_DECISION}"
        raise ParameterError({"first_decisions": f"must be {expected}, not {shown(told)}"})
    firsts = dict(told)  # type: ignore[call-overload]  # checked just now
    made = tuple(
        rule.with_settings(each, firsts[number]) for number, each in enumerate(_all(values)) if number in firsts
    )
    for traded in made:
        if problems := traded.problems(days, warm_up=warm_up):
            raise ParameterError(problems)
    return made


def _all(values: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(values, each, strict=True)) for each in product(*values.values()))


def _traded(
    strategy: Strategy, possible: Iterator[dict[str, Any]], days: int, warm_up: bool
) -> Iterator[tuple[int, Strategy]]:
    for number, values in enumerate(possible):
        try:
            made = strategy.with_values(**values)
        except ParameterError:
            continue  # each value can be used by itself, so they contradict each other
        if not made.problems(days, warm_up=warm_up):
            yield number, made


def _are_first_decisions(told: object, tried: int) -> bool:
    if not isinstance(told, tuple) or not 2 <= len(told) <= MAX_COMBINATIONS:
        return False
    if not all(isinstance(pair, tuple) and len(pair) == 2 and type(pair[0]) is int for pair in told):
        return False
    numbers = [number for number, _ in told]
    in_order = numbers == sorted(set(numbers)) and numbers[0] >= 0 and numbers[-1] < tried
    return in_order and all(FIRST_DECISION.accepts(first) for _, first in told)


def _with_others(values: Mapping[str, Sequence[Any]]) -> str:
    others = list(values)[1:]
    return f" with {' and '.join(others)}" if others else ""
