"""What a person's own rule answers about bars: targets, and the orders that come with them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from montecarlo.errors import RuleError
from montecarlo.parameters import Number, Whole, declared, shown
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import FloatArray, Strategy

TARGETS = "targets"
ORDERS = {"entry_limit": "limit", "stop_loss": "stop", "take_profit": "target", "max_holding": "holding"}
"""What an answer may have beside its targets, by the name of the parameter that says the same of all days."""


def answered(answer: object, file: str) -> dict[str, object]:
    """An answer by name; targets alone are an array, or whatever NumPy makes one of.

    Raises:
        RuleError: it has no targets, or something that is not known.
    """
    if not isinstance(answer, Mapping):
        return {TARGETS: answer}
    known = (TARGETS, *ORDERS)
    if unknown := [name for name in answer if name not in known]:
        raise RuleError(f"{file}: an answer by name can have {', '.join(known)}, and not {shown(unknown[0])}")
    if TARGETS not in answer:
        raise RuleError(f"{file}: an answer by name must have {TARGETS}, and has {', '.join(answer) or 'nothing'}")
    return dict(answer)


def checked_orders(answer: Mapping[str, object], shape: tuple[int, int], first: int, file: str) -> Orders:
    """The orders of an answer; NaN is none, and a number is the same with every signal.

    Raises:
        RuleError: one of them has another shape, or a value that it cannot have, from row ``first`` on.
    """
    return Orders(**{field: _checked(answer.get(name), name, shape, first, file) for name, field in ORDERS.items()})


def require_order(
    given: tuple[int, ...], dtype: "np.dtype[Any]", expected: tuple[int, int], file: str, *, name: str
) -> None:
    """
    Args:
        given: Shape of what a rule answered.
        dtype: Of its elements.
        expected: Shape of the closes.
        file: The rule's.
        name: Of the order.

    Raises:
        RuleError: it is no number, and no array of them in the shape of the closes.
    """
    if dtype.kind not in "biuf" or dtype.itemsize > 8 or given not in ((), expected):
        kind = f"{dtype} in the shape {given}" if given else dtype
        message = f"must be a number, or an array of numbers in the shape of the closes, {expected}, not {kind}"
        raise RuleError(f"{file}: {name} {message}")


def _checked(given: object, name: str, shape: tuple[int, int], first: int, file: str) -> FloatArray:
    if given is None:
        return np.full(shape, np.nan)
    values = np.asarray(given)
    require_order(values.shape, values.dtype, shape, file, name=name)
    found = np.full(shape, np.nan)
    found[first:] = values if values.shape == () else values[first:]
    kind: Any = declared(Strategy)[name].kind
    with np.errstate(invalid="ignore"):
        fits = np.isnan(found) | _accepted(kind, found)
    if not fits.all():
        row, column = (int(each[0]) for each in np.nonzero(~fits))
        raise RuleError(
            f"{file}: {name} must be {kind}, or NaN for none, and is {found[row, column].item()!r} in row {row:,}, "
            f"column {column}"
        )
    return found


def _accepted(kind: Number | Whole, values: FloatArray) -> Any:
    within = (values >= kind.low) & (values <= kind.high)
    if isinstance(kind, Whole):
        return within & (values == np.floor(values))
    return within & ((values > kind.low) | kind.low_allowed)
