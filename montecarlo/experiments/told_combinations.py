"""The combinations of a person's own rule that a sweep compares, from what was found out when the rule was at hand.

Only the rule itself knows which of its parameters contradict each other, and when it can decide first.  A sweep carries
what it has told, so that a page can show it, and a worker plan it, without running anybody's code.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from montecarlo.errors import ParameterError
from montecarlo.parameters import shown
from montecarlo.strategies import Strategy
from montecarlo.strategies.own_rule import FIRST_DECISION, OwnRule

MAX_COMBINATIONS = 1_000  # in a sweep, which keeps 60 MB of results for a block of paths then

FirstDecisions = tuple[tuple[int, int], ...]
"""Of each combination that can be traded, its number among all of them, from 0, and its first decision."""

Axes = Mapping[str, Sequence[Any]]


def first_decisions_of(strategies: Iterable[Strategy], axes: Axes) -> FirstDecisions:
    """Those of the strategies that can be traded among all combinations of the values, in their order."""
    numbers = {values: number for number, values in enumerate(product(*axes.values()))}
    return tuple((numbers[tuple(each.values[name] for name in axes)], each.first_decision) for each in strategies)


def told_combinations(rule: OwnRule, axes: Axes, told: object, days: int, *, warm_up: bool) -> tuple[OwnRule, ...]:
    """The combinations that can be traded.

    Args:
        rule: With or without its code.
        axes: Of each parameter that is varied, the values.
        told: Their FirstDecisions; lists may stand for tuples.
        days: As for ``Strategy.problems``, like ``warm_up``.

    Raises:
        ParameterError: there are fewer than two or too many, or what was told cannot be so.
    """
    tried = prod(len(each) for each in axes.values())
    firsts = _read(told, tried)
    if not firsts:
        expected = f"for 2 to {MAX_COMBINATIONS:,} combinations a number below {tried:,} and {FIRST_DECISION}"
        raise ParameterError({"first_decisions": f"must have {expected}, not {shown(told)}"})
    made = tuple(
        rule.with_settings(dict(zip(axes, values, strict=True)), firsts[number])
        for number, values in enumerate(product(*axes.values()))
        if number in firsts
    )
    for each in made:
        if found := each.problems(days, warm_up=warm_up):
            raise ParameterError(found)
    return made


def _read(told: object, tried: int) -> dict[int, int]:
    if not isinstance(told, tuple | list) or not 2 <= len(told) <= MAX_COMBINATIONS:
        return {}
    numbers = [pair[0] for pair in told if _is_pair(pair)]
    if len(numbers) < len(told) or numbers != sorted(set(numbers)) or not 0 <= numbers[0] <= numbers[-1] < tried:
        return {}
    return dict(told)


def _is_pair(pair: object) -> bool:
    is_two = isinstance(pair, tuple | list) and len(pair) == 2
    return is_two and type(pair[0]) is int and FIRST_DECISION.accepts(pair[1])  # type: ignore[index]
