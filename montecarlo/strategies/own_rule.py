"""A person's own rule: a file that says in plain NumPy which position is wanted at each close.

What runs the file is no business of a strategy: it is given as ``code``, and may be this process or another one; see
``montecarlo.own_rules``.  Without it, a rule can still be read from JSON, named, and shown.
"""

import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import numpy as np

from montecarlo.data.bars import Bars
from montecarlo.errors import ParameterError, RuleError
from montecarlo.limits import MAX_DAYS
from montecarlo.parameters import Kind, Number, Parameter, Switch, Whole, Word, label_of, plain, shown
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.own_orders import ORDERS, TARGETS, answered, checked_orders
from montecarlo.strategies.strategy import COLUMNS, ENTRIES, POSITIONS, FloatArray, Strategy, Targets

RULE = "rule"  # what its source text is among the inputs of a job
RULE_FILE = "rule.py"  # in which it lies beside results, whatever its own name was

FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
PARAMETER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
MOST_PARAMETERS = 32

FIRST_DECISION = Whole(0, MAX_DAYS)

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LARGEST = 10**15  # of a parameter, either way: a whole number up to here is exact wherever JSON is read
_KINDS: dict[type, Kind] = {
    bool: Switch(),
    int: Whole(-_LARGEST, _LARGEST),
    float: Number(-_LARGEST, _LARGEST),
    str: Word(100),
}

Setting = bool | int | float | str
Settings = Mapping[str, Setting]


class RuleCode(Protocol):
    """What runs the file of a rule."""

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """What the rule can be told, by name; each has a default."""

    @property
    def takes_bars(self) -> bool:
        """Whether it is given bars in place of closes, and may answer with orders."""

    @property
    def signals(self) -> object:
        """What its targets are, unchecked."""

    def targets(self, prices: FloatArray | Bars, settings: Settings) -> object:
        """What the rule wants, unchecked; closes or bars cannot be written to and have COLUMNS columns."""

    def first_decision(self, settings: Settings) -> object:
        """The first row whose targets count, unchecked.

        Raises:
            ValueError: the settings contradict each other.
        """


@dataclass(frozen=True, kw_only=True)
class OwnRule(Strategy):
    """What the file of a person says.

    Args:
        file: Its name, for people.
        digest: SHA-256 of the source text, in hexadecimal.
        settings: Its parameters by name.
        first: Its first decision: whoever made this value asked the code, so that nobody else needs to.
        uses_bars: Whether it is given bars in place of closes.
        signals: What its targets are.
        code: Runs it; None where it is only read and shown.  No part of what makes two of them equal.

    Raises:
        ParameterError: naming each of them that cannot be used.
    """

    name = "own-rule"
    label = "Your own rule"
    help = "Whatever a file of yours says."
    reproducible = False
    work = 16  # five for a rule of a line or two in NumPy, and more for most

    file: str
    digest: str
    settings: Settings = field(hash=False)
    first: int
    uses_bars: bool = False  # type: ignore[misc]  # of all other strategies the class knows
    signals: str = POSITIONS  # type: ignore[misc]
    code: RuleCode | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        found = {
            name: f"must be {expected}, not {shown(value)}"
            for name, value, expected, fits in (
                ("file", self.file, "1 to 64 letters, digits or . _ -", _matches(FILE_NAME, self.file)),
                ("digest", self.digest, "a SHA-256 in hexadecimal", _matches(_DIGEST, self.digest)),
                ("first_decision", self.first, FIRST_DECISION, FIRST_DECISION.accepts(self.first)),
                ("parameters", self.settings, "values by name", _are_by_name(self.settings)),
                ("uses_bars", self.uses_bars, "true or false", isinstance(self.uses_bars, bool)),
                ("signals", self.signals, f"{POSITIONS!r} or {ENTRIES!r}", self.signals in (POSITIONS, ENTRIES)),
            )
            if not fits
        }
        if "parameters" not in found:
            object.__setattr__(self, "settings", dict(self.settings))
            found |= _problems(self.parameters, self.settings, self.file)
        if found:
            raise ParameterError(found)

    @classmethod
    def of(cls, code: RuleCode, values: Mapping[str, Any], *, file: str, digest: str) -> Self:
        """The rule that the code runs; parameters that are not among ``values`` have their defaults.

        Raises:
            ParameterError: a parameter cannot be used.
            RuleError: the rule fails, or its first decision is none.
        """
        known = code.parameters
        given = {name: each.default for name, each in known.items()} | dict(values)
        if found := _problems(known, given, file):
            raise ParameterError(found)
        settings = {name: _unified(known[name].kind, value) for name, value in given.items()}
        first = _first_decision(code, settings, file)
        return cls(
            file=file,
            digest=digest,
            settings=settings,
            first=first,
            uses_bars=code.takes_bars,
            signals=str(code.signals),
            code=code,
        )

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        if self.code is not None:
            return self.code.parameters
        return {name: _guessed(name, value) for name, value in self.settings.items()}

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.settings[name] for name in self.parameters}

    def with_values(self, /, **values: Any) -> Self:
        if self.code is not None:
            return self.of(self.code, {**self.settings, **values}, file=self.file, digest=self.digest)
        if found := _problems(self.parameters, {**self.settings, **values}, self.file):
            raise ParameterError(found)
        if any(self.settings[name] != value for name, value in values.items()):
            raise RuleError(
                f"{self.file} must be at hand for other values of its parameters, because only the rule itself knows "
                "when it can decide first"
            )
        return self

    def with_settings(self, settings: Settings, first: int) -> Self:
        """The same with other values, for which its first decision is known."""
        return replace(self, settings={**self.settings, **settings}, first=first)

    @property
    def called(self) -> str:
        return self.file

    @property
    def inputs(self) -> Mapping[str, str]:
        return {RULE: self.digest}

    @property
    def warnings(self) -> tuple[str, ...]:
        return (f"{self.file} is a person's own rule: on another processor it may round, and so decide, otherwise",)

    @property
    def first_decision(self) -> int:
        return self.first

    def targets(self, prices: FloatArray) -> Targets:
        """As of any strategy; the code is always given COLUMNS columns, because sums may end in other bits in others.

        Raises:
            RuleError: there is no code, it fails, it wants what is no position, or it needs bars.
        """
        if self.uses_bars:
            raise RuleError(f"{self.file} takes bars, and these are closes alone")
        wanted = np.zeros(prices.shape, np.int8)
        for column in range(0, prices.shape[1], COLUMNS):
            group = prices[:, column : column + COLUMNS]
            answer = self._at_hand.targets(_whole_group(group), self.settings)
            checked = checked_targets(answer, (len(group), COLUMNS), self.first, self.file)
            wanted[:, column : column + COLUMNS] = checked[:, : group.shape[1]]
        return wanted

    def targets_of_bars(self, bars: Bars) -> Targets:
        return self.ordered(bars)[0] if self.uses_bars else self.targets(bars.close)

    def ordered(self, bars: Bars) -> tuple[Targets, Orders]:
        """As of any strategy, and as ``targets``.

        Raises:
            RuleError: as ``targets``, or it orders what cannot be.
        """
        if not self.uses_bars:
            return self.targets(bars.close), Orders.always(bars.close.shape)
        wanted, orders = np.zeros(bars.close.shape, np.int8), Orders.always(bars.close.shape)
        for column in range(0, bars.close.shape[1], COLUMNS):
            place = np.s_[:, column : column + COLUMNS]
            group = Bars(*(_whole_group(each[place]) for each in bars))
            answer = answered(self._at_hand.targets(group, self.settings), self.file)
            targets = checked_targets(answer[TARGETS], group.close.shape, self.first, self.file)
            checked = checked_orders(answer, group.close.shape, self.first, self.file)
            width = wanted[place].shape[1]
            wanted[place] = targets[:, :width]
            for whole, part in zip(orders, checked, strict=True):
                whole[place] = part[:, :width]
        return wanted, orders

    @property
    def _at_hand(self) -> RuleCode:
        if self.code is None:
            raise RuleError(f"{self.file} must be at hand to be traded, and this is only what is known of it")
        return self.code

    def to_dict(self) -> dict[str, Any]:
        more: dict[str, Any] = {"uses_bars": True} if self.uses_bars else {}
        if self.signals != POSITIONS:
            more["signals"] = self.signals
        return {
            "name": self.name,
            "file": self.file,
            "digest": self.digest,
            "parameters": dict(self.settings),
            "first_decision": self.first,
            **more,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The rule that ``to_dict`` wrote, without its code.

        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
        fields = ("name", "file", "digest", "parameters", "first_decision")
        missing = {key: "is missing from the strategy" for key in fields if key not in values}
        later = ("uses_bars", "signals")
        unknown = {shown(key): "is not known in the strategy" for key in values if key not in (*fields, *later)}
        if missing or unknown:
            raise ParameterError(missing | unknown)
        return cls(
            file=values["file"],
            digest=values["digest"],
            settings=values["parameters"],
            first=values["first_decision"],
            **{key: values[key] for key in later if key in values},
        )


def kind_of(value: Setting) -> Kind:
    """What a parameter with such a value may be, where nobody says more."""
    return _KINDS[type(value)]


def checked_targets(answer: object, shape: tuple[int, int], first: int, file: str) -> Targets:
    """What a rule answered, as targets: zero before its first decision.

    Raises:
        RuleError: it is of another shape, no array of numbers, or has anything but -1, 0 and 1 from that row on.
    """
    given = np.asarray(answer)
    require_numbers(given.shape, given.dtype, shape, file, what=type(answer).__name__)
    targets, counting = np.zeros(shape, np.int8), given[first:]
    with np.errstate(invalid="ignore"):
        targets[first:] = counting.astype(np.int8)
    small = targets[first:]
    if not np.array_equal(small, counting) or (small.size and max(small.max(), -small.min()) > 1):
        row, column = (int(each[0]) for each in np.nonzero((small != counting) | (small > 1) | (small < -1)))
        raise RuleError(
            f"{file}: targets must be -1, 0 or 1 from row {first:,} on, its first decision, and row {first + row:,} "
            f"has {counting[row, column].item()!r} in column {column}"
        )
    return targets


def require_numbers(
    given: tuple[int, ...], dtype: "np.dtype[Any]", expected: tuple[int, int], file: str, *, what: str
) -> None:
    """
    Args:
        given: Shape of what a rule answered.
        dtype: Of its elements.
        expected: Shape of the closes.
        file: The rule's.
        what: What it answered, before it was made an array.

    Raises:
        RuleError: it is no array of numbers or truth values in the shape of the closes.
    """
    wish = f"{file}: targets must be an array of numbers or truth values in the shape of closes, here {expected}"
    if what == "NoneType":
        raise RuleError(f"{wish}, and nothing was returned")
    if what == "dict":
        raise RuleError(f"{wish}, not a dict: a rule that gives orders calls its first parameter bars")
    if given != expected:
        raise RuleError(f"{wish}, not {given}")
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        raise RuleError(f"{wish}, not one of {dtype}")


def _first_decision(code: RuleCode, settings: Settings, file: str) -> int:
    try:
        first = code.first_decision(settings)
    except ValueError as error:
        name = next(iter(settings), file)
        message = f"cannot be {shown(settings[name])} beside the others" if name in settings else "cannot be traded"
        raise ParameterError({name: f"{message}: {error}"}) from error
    if isinstance(first, numbers.Integral) and FIRST_DECISION.accepts(int(first)) and not isinstance(first, bool):
        return int(first)
    raise RuleError(f"{file}: first_decision must be {FIRST_DECISION}, not {shown(first)}")


def _problems(known: Mapping[str, Parameter], values: Mapping[str, Any], file: str) -> dict[str, str]:
    has = f"which has {', '.join(known)}" if known else "which has none"
    unknown = {name: f"is no parameter of {file}, {has}{_own(name)}" for name in values if name not in known}
    missing = {name: f"is missing from the parameters of {file}" for name in known if name not in values}
    wrong = {name: each.problem(values[name]) for name, each in known.items() if name in values}
    return unknown | missing | {name: problem for name, problem in wrong.items() if problem}


def _own(name: str) -> str:
    return "; a rule of one's own gives its orders itself, from bars" if name in ORDERS else ""


def _unified(kind: Kind, value: Setting) -> Setting:
    value = plain(value)
    return float(value) if isinstance(kind, Number) else value


def _guessed(name: str, value: Setting) -> Parameter:
    return Parameter.of(name, kind_of(value), value, label=label_of(name))


def _matches(pattern: "re.Pattern[str]", value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _are_by_name(values: object) -> bool:
    return (
        isinstance(values, Mapping)
        and len(values) <= MOST_PARAMETERS
        and all(_matches(PARAMETER_NAME, name) and type(value) in _KINDS for name, value in values.items())
    )


def _whole_group(prices: FloatArray) -> FloatArray:
    """The same prices, and the last column again until there are COLUMNS of them; nobody can write to it."""
    missing = COLUMNS - prices.shape[1]
    whole = np.ascontiguousarray(np.pad(prices, ((0, 0), (0, missing)), mode="edge") if missing else prices)
    whole = whole.view()
    whole.setflags(write=False)
    return whole
