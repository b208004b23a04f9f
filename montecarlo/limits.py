"""Which values each parameter may take: the one place for library, command line, web form and queue message."""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass

from montecarlo.errors import ParameterError

MAX_DAYS = 25_000  # about a century of trading days
MAX_ITERATIONS = 10**12
MAX_SEED = 2**64 - 1  # the generator's key has 64 bits
MAX_CAPITAL = 1e12  # dollars
MAX_SHARES = 1e12
MAX_WARM_UP = 5_000  # closes, twenty years; a job carries them
MAX_PAIRS = 1_000  # of windows in a sweep, which keeps 60 MB of results for a block of paths then
MAX_COST = 0.1  # fraction of the traded value; more is a percentage typed as a fraction
RISK_FREE = (-0.1, 1.0)  # per year; beyond is a percentage typed as a fraction
ROWS_BY_DEFAULT = 1_000_000  # up to here rows are kept unasked and quantiles are exact
ROWS_AT_MOST = 10**8  # about 12 GB of CSV

FILLS = ("next-close", "same-close")


@dataclass(frozen=True)
class Whole:
    """A whole number from ``low`` to ``high``."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"a whole number from {self.low:,} to {self.high:,}"

    def accepts(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def read(self, text: str) -> int:
        return int(text)


@dataclass(frozen=True)
class Number:
    """A finite number from ``low`` (itself only if ``low_allowed``) to ``high``."""

    low: float
    high: float
    low_allowed: bool = True

    def __str__(self) -> str:
        return f"a number {'from' if self.low_allowed else 'above'} {self.low:,.15g} to {self.high:,.15g}"

    def accepts(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return self.low <= value <= self.high and (self.low_allowed or value > self.low)

    def read(self, text: str) -> float:
        return float(text)


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return "one of " + ", ".join(self.words)

    def accepts(self, value: object) -> bool:
        return isinstance(value, str) and value in self.words

    def read(self, text: str) -> str:
        return text


@dataclass(frozen=True)
class Switch:
    """True or false."""

    def __str__(self) -> str:
        return "true or false"

    def accepts(self, value: object) -> bool:
        return isinstance(value, bool)

    def read(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise ValueError(text)
        return text == "true"


PRICE = Number(1e-9, 1e9)  # dollars or index points

PARAMETERS: dict[str, Whole | Number | Choice | Switch] = {
    "short": Whole(1, MAX_DAYS - 1),
    "long": Whole(2, MAX_DAYS),
    "shorting": Switch(),
    "channel": Whole(1, MAX_DAYS - 1),
    "warm_up": Switch(),
    "days": Whole(1, MAX_DAYS),
    "iterations": Whole(1, MAX_ITERATIONS),
    "seed": Whole(0, MAX_SEED),
    "threads": Whole(1, 1024),
    "capital": Number(0, MAX_CAPITAL, low_allowed=False),
    "shares": Number(0, MAX_SHARES, low_allowed=False),
    "commission": Number(0, MAX_COST),
    "slippage": Number(0, MAX_COST),
    "risk_free": Number(*RISK_FREE),
    "fill": Choice(FILLS),
}


def problems(values: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with ``values``, by parameter name; empty when all of them can be used, also together.

    With ``warm_up`` a window may be longer than the days, because real closes before the first day fill it.
    """
    found = {
        name: f"must be {PARAMETERS[name]}, not {shown(value)}"
        for name, value in values.items()
        if not PARAMETERS[name].accepts(value)
    }
    short, long, channel, days = (
        None if name in found else values.get(name) for name in ("short", "long", "channel", "days")
    )
    if isinstance(short, int) and isinstance(long, int) and short >= long:
        found["short"] = f"must be less than long: the short window is {short:,} days, the long one {long:,}"
    if isinstance(days, int) and values.get("warm_up") is not True:
        if isinstance(long, int) and long > days:
            found["long"] = f"must be no more than days: a window of {long:,} days never fills in {days:,} days"
        if isinstance(channel, int) and channel >= days:
            found["channel"] = f"must be less than days: a channel of {channel:,} days is never left in {days:,} days"
    return found


def shown(value: object) -> str:
    """``value`` as a message quotes it: cut short, because it may come from anywhere."""
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a number of more than 40 digits"  # Python refuses to print one of more than 4300
    return reprlib.repr(value)


def require(**values: object) -> None:
    """Raise ParameterError unless every value can be used."""
    found = problems(values)
    if found:
        raise ParameterError(found)


def read(texts: Mapping[str, str]) -> tuple[dict[str, int | float | str], dict[str, str]]:
    """Values typed by a person, as (values by name, problems by name); blanks around them do not matter."""
    values: dict[str, int | float | str] = {}
    unreadable = {}
    for name, text in texts.items():
        try:
            values[name] = PARAMETERS[name].read(text.strip())
        except ValueError:
            unreadable[name] = f"must be {PARAMETERS[name]}, not {shown(text)}" if text.strip() else "is missing"
    return values, unreadable | problems(values)


def keep_rows(iterations: int, wanted: bool | None) -> bool:
    """Whether each path's row is kept: as ``wanted``, or by default when there are not too many.

    Raises:
        ParameterError: rows are wanted for more than ROWS_AT_MOST paths.
    """
    if wanted and iterations > ROWS_AT_MOST:
        message = (
            f"can be kept for {ROWS_AT_MOST:,} iterations at most (about 12 GB of CSV), not for {iterations:,}: "
            "leave the rows out, the summary does not need them"
        )
        raise ParameterError({"paths": message})
    return iterations <= ROWS_BY_DEFAULT if wanted is None else wanted
