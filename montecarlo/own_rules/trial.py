"""Trying a rule before it costs anything: what it decides must follow from prices that it could know, and nothing else.

A trial finds faults and proves nothing: a rule that looks ahead on one day of a thousand can pass.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.bars import Bars
from montecarlo.data.history import PriceHistory
from montecarlo.errors import RuleError
from montecarlo.experiments.paths import draw_bars, draw_closes
from montecarlo.experiments.warm_up import closes_before_start
from montecarlo.models import Model, fit
from montecarlo.strategies.own_orders import ORDERS
from montecarlo.strategies.own_rule import OwnRule, RuleCode
from montecarlo.strategies.strategy import COLUMNS, FloatArray

CUTS = 128  # days after which the future is cut off, where there are so many

Given = FloatArray | Bars
Decided = NDArray[np.float64]
"""Shape (rows, COLUMNS, fields): targets alone, or with the four kinds of orders, _NONE where there is none of one."""

_NONE = -1.0
_SHIFT = 101  # by which paths change places; it has no factor in common with COLUMNS, so none of them stays


@dataclass(frozen=True, eq=False)
class _Prices:
    """What a rule is tried on.

    Attributes:
        what: In words.
        given: Closes or bars, shape (rows, COLUMNS).
        day: What a row and a column are called.
    """

    what: str
    given: "Given"
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
    real = _real(rule, history)
    simulated = _simulated(rule, history, model, days, seed, warm_up=warm_up)
    wanted = {each.what: _decided(rule, each, each.given) for each in (real, simulated)}
    for each in (simulated, real):
        _require_same(rule, each, wanted[each.what], "asked again")
    if again is not None:
        _require_same(replace(rule, code=again), simulated, wanted[simulated.what], "loaded again")
    others = _simulated(rule, history, model, days, seed, warm_up=warm_up, first=COLUMNS)
    _require_apart(rule, simulated, wanted[simulated.what], others.given)
    _require_indifferent(rule, real, wanted[real.what])
    for each in (real, simulated):
        _require_blind(rule, each, wanted[each.what])


def try_on_history(rule: OwnRule, history: PriceHistory) -> None:
    """The part of ``try_rule`` for other parameters of a rule that was tried: nothing looks ahead on any real day.

    Raises:
        RuleError: it does, or fails.
    """
    real = _real(rule, history)
    try:
        _require_indifferent(rule, real, _decided(rule, real, real.given))
    except RuleError as error:
        values = ", ".join(
            f"{name} {parameter.written(rule.values[name])}" for name, parameter in rule.parameters.items()
        )
        raise RuleError(f"with {values}: {error}") from error


def _real(rule: OwnRule, history: PriceHistory) -> _Prices:
    given = history.adjusted_bars if rule.uses_bars else history.closes
    columns = _changed(given, lambda each: np.tile(each.reshape(-1, 1), COLUMNS))
    return _Prices(f"the prices of {history.symbol}", columns, lambda row, _: f"{history.dates[row]}")


def _simulated(
    rule: OwnRule, history: PriceHistory, model: Model, days: int, seed: int, *, warm_up: bool, first: int = 0
) -> _Prices:
    before = closes_before_start(history, model, rule.first_decision) if warm_up else ()
    draw = draw_bars if rule.uses_bars else draw_closes
    return _Prices(
        "simulated prices",
        draw(model, seed, first, COLUMNS, days, before),
        lambda row, path: f"day {row - len(before):,} of simulated path {path}",
    )


def _decided(rule: OwnRule, prices: _Prices, given: Given) -> Decided:
    try:
        if not isinstance(given, Bars):
            return rule.targets(given)[:, :, None].astype(np.float64)
        wanted, orders = rule.ordered(given)
    except RuleError as error:
        rows = len(given.close if isinstance(given, Bars) else given)
        raise RuleError(f"{error}\nIt was tried on {rows:,} closes of {prices.what}.") from error
    told = (np.where((wanted == 0) | np.isnan(each), _NONE, each) for each in orders)
    return np.stack([wanted.astype(np.float64), *told], axis=-1)


def _require_same(rule: OwnRule, prices: _Prices, wanted: Decided, when: str) -> None:
    found = _decided(rule, prices, prices.given)
    if place := _first_difference(wanted, found):
        raise RuleError(
            f"on {prices.day(*place[:2])}, {rule.file} {_said(wanted, place)}, and {_said(found, place)} when it is "
            f"{when} about the same prices: it must follow from them alone, not from chance, the time, or what it was "
            "asked before"
        )


def _require_apart(rule: OwnRule, prices: _Prices, wanted: Decided, others: Given) -> None:
    moved = np.roll(np.arange(COLUMNS), _SHIFT)
    elsewhere = np.empty_like(wanted)
    shifted = _changed(prices.given, lambda each: np.ascontiguousarray(each[:, moved]))
    elsewhere[:, moved] = _decided(rule, prices, shifted)
    # A rule that compares a path with the mean of all is not found out by their changing places.
    stay = np.arange(COLUMNS) % 2 == 0
    found = _decided(
        rule, prices, _changed(prices.given, lambda each, other: np.asarray(np.where(stay, each, other)), others)
    )
    beside_others = np.where(stay[:, None], found, wanted)
    for found, how in ((elsewhere, "the paths change places"), (beside_others, "other paths stand beside it")):
        if place := _first_difference(wanted, found):
            raise RuleError(
                f"on {prices.day(*place[:2])}, {rule.file} {_said(wanted, place)}, and {_said(found, place)} when "
                f"{how}: it looks across paths, and each column must be decided by itself"
            )


def _require_indifferent(rule: OwnRule, prices: _Prices, wanted: Decided) -> None:
    """On each day of one path: had all later returns been the opposite, nothing up to it would be decided otherwise.

    Each column has a day of its own, which is as good as a call for each, because no column looks at another one.
    """
    last = len(wanted) - 2
    for start in range(rule.first_decision, last + 1, COLUMNS):
        days = range(start, min(start + COLUMNS, last + 1))
        found = _decided(rule, prices, _turned(prices.given, days))
        for column, day in enumerate(days):
            changed = np.argwhere(found[: day + 1, column] != wanted[: day + 1, 0])
            if len(changed):
                row, field = (int(each) for each in changed[0])
                raise RuleError(
                    f"on {prices.day(row, 0)}, {rule.file} {_said(wanted, (row, 0, field))}, and would "
                    f"{_said(found, (row, column, field), would=True)} if other closes came after "
                    f"{_that_day(prices, row, day, 0)}: it looks ahead"
                )


def _turned(given: Given, days: range) -> Given:
    """The first path, in each column with the returns after another one of these days turned round."""
    close = (given.close if isinstance(given, Bars) else given)[:, 0]

    def turned(each: FloatArray, opposite: FloatArray) -> FloatArray:
        found = each.copy()
        for column, day in enumerate(days):
            found[day + 1 :, column] = close[day] * (close[day] / opposite[day + 1 :, 0])
        return found

    if not isinstance(given, Bars):
        return turned(given, given)
    high, low = turned(given.high, given.low), turned(given.low, given.high)
    return Bars(turned(given.open, given.open), high, low, turned(given.close, given.close))


def _require_blind(rule: OwnRule, prices: _Prices, wanted: Decided) -> None:
    first, last = rule.first_decision, len(wanted) - 2
    if last < first:
        return

    def without(day: int) -> Decided:
        return _decided(rule, prices, _changed(prices.given, lambda each: each[: day + 1]))

    def peeks(day: int) -> tuple[int, int, int] | None:
        """Where a decision changes when the closes after the day are cut off."""
        return _first_difference(wanted[: day + 1], without(day))

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
    blind = without(day)
    place = _first_difference(wanted[: day + 1], blind)
    assert place
    raise RuleError(
        f"on {prices.day(*place[:2])}, {rule.file} {_said(wanted, place)} when it knows the closes after "
        f"{_that_day(prices, place[0], day, place[1])}, and {_said(blind, place)} when it does not: it looks ahead"
    )


def _changed(given: Given, change: Callable[..., FloatArray], *others: Given) -> Given:
    """Closes, or each of bars, changed in the same way, beside what stands in the same place of others."""
    if isinstance(given, Bars):
        return Bars(*(change(*each) for each in zip(given, *others, strict=True)))
    return change(given, *others)


def _said(decided: Decided, place: tuple[int, int, int], *, would: bool = False) -> str:
    """What is decided there, with its verb: "wants 1", or "has a stop_loss of 0.02"."""
    value, field = float(decided[place]), place[2]
    if field == 0:
        return f"{'want' if would else 'wants'} {value:g}"
    amount = "no" if value == _NONE else f"{value:g} for"
    return f"{'have' if would else 'has'} {amount} {list(ORDERS)[field - 1]}"


def _that_day(prices: _Prices, row: int, day: int, column: int) -> str:
    return "that day" if row == day else prices.day(day, column)


def _first_difference(wanted: Decided, found: Decided) -> tuple[int, int, int] | None:
    differing = np.argwhere(wanted != found)
    return (int(differing[0][0]), int(differing[0][1]), int(differing[0][2])) if len(differing) else None
