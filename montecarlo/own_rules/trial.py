"""Trying a rule before it costs anything: what it decides must follow from prices that it could know, and nothing else.

A trial finds faults and proves nothing: a rule that looks ahead on one day of a thousand can pass.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from montecarlo.data.history import PriceHistory
from montecarlo.errors import RuleError
from montecarlo.experiments.paths import draw_closes
from montecarlo.experiments.warm_up import closes_before_start
from montecarlo.models import Model, fit
from montecarlo.strategies.own_rule import OwnRule, RuleCode
from montecarlo.strategies.strategy import COLUMNS, FloatArray, Targets

CUTS = 128  # days after which the future is cut off, where there are so many

_SHIFT = 101  # by which paths change places; it has no factor in common with COLUMNS, so none of them stays


@dataclass(frozen=True, eq=False)
class _Prices:
    """What a rule is tried on.

    Attributes:
        what: In words.
        closes: Shape (rows, COLUMNS).
        day: What a row and a column are called.
    """

    what: str
    closes: FloatArray
    day: Callable[[int, int], str]


def try_rule(
    rule: OwnRule,
    history: PriceHistory,
    model: Model | None = None,
    *,
    days: int = 1260,
    warm_up: bool = False,
    seed: int = 0,
    again: RuleCode | None = None,
) -> None:
    """Ask a rule for its targets on the real history and on simulated paths, some hundred times.

    Its targets must have the right shape and values; be the same when it is asked again, also by another process; be
    those of the same path wherever that stands among others, and among whichever; and not change when the closes after
    them are others, on every day of the real history, or are cut off, on some hundred days of each.

    Args:
        rule: With its code.
        history: Real prices.
        model: Draws the paths; None fits a normal one to the history.
        days: Of the paths.
        warm_up: Whether the history's last closes stand before them.
        seed: Of the paths.
        again: The same rule, loaded anew, perhaps in another process.

    Raises:
        RuleError: which of these it does not keep, with the first day for which that is known.
        ParameterError: the history is too short for the warm-up.
    """
    model = fit(history) if model is None else model
    real = _real(history)
    simulated = _simulated(rule, history, model, days, seed, warm_up=warm_up)
    wanted = {each.what: _targets(rule, each, each.closes) for each in (real, simulated)}
    for each in (simulated, real):
        _require_same(rule, each, wanted[each.what], "asked again")
    if again is not None:
        _require_same(replace(rule, code=again), simulated, wanted[simulated.what], "loaded again")
    others = _simulated(rule, history, model, days, seed, warm_up=warm_up, first=COLUMNS)
    _require_apart(rule, simulated, wanted[simulated.what], others.closes)
    _require_indifferent(rule, real, wanted[real.what])
    for each in (real, simulated):
        _require_blind(rule, each, wanted[each.what])


def try_on_history(rule: OwnRule, history: PriceHistory) -> None:
    """The part of ``try_rule`` for other parameters of a rule that was tried: nothing looks ahead on any real day.

    Raises:
        RuleError: it does, or fails.
    """
    real = _real(history)
    try:
        _require_indifferent(rule, real, _targets(rule, real, real.closes))
    except RuleError as error:
        values = ", ".join(
            f"{name} {parameter.written(rule.values[name])}" for name, parameter in rule.parameters.items()
        )
        raise RuleError(f"with {values}: {error}") from error


def _real(history: PriceHistory) -> _Prices:
    closes = np.tile(history.closes[:, None], COLUMNS)
    return _Prices(f"the prices of {history.symbol}", closes, lambda row, _: f"{history.dates[row]}")


def _simulated(
    rule: OwnRule, history: PriceHistory, model: Model, days: int, seed: int, *, warm_up: bool, first: int = 0
) -> _Prices:
    before = closes_before_start(history, model, rule.first_decision) if warm_up else ()
    closes = draw_closes(model, seed, first, COLUMNS, days, before)
    return _Prices("simulated prices", closes, lambda row, path: f"day {row - len(before):,} of simulated path {path}")


def _targets(rule: OwnRule, prices: _Prices, closes: FloatArray) -> Targets:
    try:
        return rule.targets(closes)
    except RuleError as error:
        raise RuleError(f"{error}\nIt was tried on {len(closes):,} closes of {prices.what}.") from error


def _require_same(rule: OwnRule, prices: _Prices, wanted: Targets, when: str) -> None:
    found = _targets(rule, prices, prices.closes)
    if place := _first_difference(wanted, found):
        raise RuleError(
            f"on {prices.day(*place)}, {rule.file} wants {wanted[place]}, and {found[place]} when it is {when} about "
            "the same prices: it must follow from them alone, not from chance, the time, or what it was asked before"
        )


def _require_apart(rule: OwnRule, prices: _Prices, wanted: Targets, others: FloatArray) -> None:
    moved = np.roll(np.arange(COLUMNS), _SHIFT)
    elsewhere = np.empty_like(wanted)
    elsewhere[:, moved] = _targets(rule, prices, np.ascontiguousarray(prices.closes[:, moved]))
    # A rule that compares a path with the mean of all is not found out by their changing places.
    stay = np.arange(COLUMNS) % 2 == 0
    found = _targets(rule, prices, np.where(stay, prices.closes, others))
    beside_others = np.where(stay, found, wanted)
    for found, how in ((elsewhere, "the paths change places"), (beside_others, "other paths stand beside it")):
        if place := _first_difference(wanted, found):
            raise RuleError(
                f"on {prices.day(*place)}, {rule.file} wants {wanted[place]}, and {found[place]} when {how}: it looks "
                "across paths, and each column must be decided by itself"
            )


def _require_indifferent(rule: OwnRule, prices: _Prices, wanted: Targets) -> None:
    """On each day of one path: had all later returns been the opposite, nothing up to it would be decided otherwise.

    Each column has a day of its own, which is as good as a call for each, because no column looks at another one.
    """
    path, last = prices.closes[:, 0], len(wanted) - 2
    for start in range(rule.first_decision, last + 1, COLUMNS):
        days = range(start, min(start + COLUMNS, last + 1))
        closes = prices.closes.copy()
        for column, day in enumerate(days):
            closes[day + 1 :, column] = path[day] * (path[day] / path[day + 1 :])
        found = _targets(rule, prices, closes)
        for column, day in enumerate(days):
            changed = np.flatnonzero(found[: day + 1, column] != wanted[: day + 1, 0])
            if len(changed):
                row = int(changed[0])
                raise RuleError(
                    f"on {prices.day(row, 0)}, {rule.file} wants {wanted[row, 0]}, and would want {found[row, column]} "
                    f"if other closes came after {_that_day(prices, row, day, 0)}: it looks ahead"
                )


def _require_blind(rule: OwnRule, prices: _Prices, wanted: Targets) -> None:
    first, last = rule.first_decision, len(wanted) - 2
    if last < first:
        return

    def peeks(day: int) -> tuple[int, int, int] | None:
        """Row and column of a decision that changes when the closes after the day are cut off, and what it is then."""
        found = _targets(rule, prices, prices.closes[: day + 1])
        place = _first_difference(wanted[: day + 1], found)
        return (*place, int(found[place])) if place else None

    days = np.unique(np.linspace(first, last, CUTS).astype(int)).tolist()
    known = first - 1
    for day in days:
        if peeks(day):
            break
        known = day
    else:
        return
    while day - known > 1:
        middle = (day + known) // 2
        if peeks(middle):
            day = middle
        else:
            known = middle
    found = peeks(day)
    assert found
    row, column, blind = found
    raise RuleError(
        f"on {prices.day(row, column)}, {rule.file} wants {wanted[row, column]} when it knows the closes after "
        f"{_that_day(prices, row, day, column)}, and {blind} when it does not: it looks ahead"
    )


def _that_day(prices: _Prices, row: int, day: int, column: int) -> str:
    return "that day" if row == day else prices.day(day, column)


def _first_difference(wanted: Targets, found: Targets) -> tuple[int, int] | None:
    differing = np.argwhere(wanted != found)
    return (int(differing[0][0]), int(differing[0][1])) if len(differing) else None
