"""The trained model: a value of numbers, kept as JSON and named by its content."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from montecarlo import parameters
from montecarlo.errors import ParameterError, TrainedModelError
from montecarlo.parameters import Day, Whole, shown
from montecarlo.trained.barrier import Barrier
from montecarlo.trained.features import LEAST_WINDOW, MOST_WINDOW, feature_names
from montecarlo.trained.forecast import Forecast

FORMAT = "spot-montecarlo trained model"
VERSION = 1
CHECKSUM = "checksum"
"""SHA-256 of the canonical bytes without it: a digit that changed on the way is noticed wherever the file is read."""
LARGEST = 8 * 2**20  # bytes of JSON: ten times those of a hundred trees

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
NAMES = "1 to 64 letters, digits or . _ -, the first a letter, digit or _"  # what the pattern says, for a person
WINDOW = Whole(LEAST_WINDOW, MOST_WINDOW)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class TrainedOn:
    """The prices behind a model.

    Args:
        symbol, source: Of the price history.
        digest: SHA-256 of its canonical CSV, in hexadecimal.
        first, last: First and last day whose prices the training has seen.
        unseen_from: The first day that it has not seen: what is traded from there on is out of sample.
    """

    symbol: str
    source: str
    digest: str
    first: date
    last: date
    unseen_from: date

    def __post_init__(self) -> None:
        found = {}
        for name in ("symbol", "source"):
            if not isinstance(getattr(self, name), str) or not 1 <= len(getattr(self, name)) <= 100:
                found[name] = f"must be 1 to 100 characters, not {shown(getattr(self, name))}"
        if not isinstance(self.digest, str) or not _DIGEST.fullmatch(self.digest):
            found["digest"] = f"must be a SHA-256 in hexadecimal, not {shown(self.digest)}"
        days = (self.first, self.last, self.unseen_from)
        if not all(Day().accepts(day) for day in days):
            found["first"] = f"must be, like last and unseen_from, {Day()}"
        elif not self.first < self.last < self.unseen_from:
            found["unseen_from"] = "must be after last, and last after first"
        if found:
            raise ParameterError(found)

    def to_dict(self) -> dict[str, Any]:
        days = {name: getattr(self, name).isoformat() for name in ("first", "last", "unseen_from")}
        return {"symbol": self.symbol, "source": self.source, "digest": self.digest, **days}

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        given = parameters.from_dict("trained_on", values, cls)
        for name in ("first", "last", "unseen_from"):
            try:
                given[name] = Day().read(given[name])
            except (TypeError, ValueError):
                raise ParameterError({name: f"must be {Day()}, not {shown(given[name])}"}) from None
        return cls(**given)


@dataclass(frozen=True)
class TrainedModel:
    """What a training found: a forecast for one side or for both.

    Args:
        name: What people call it.
        n: The longest window of its features, trading days.
        barrier: How the trades end that it is about.
        long, short: The forecast of a trade on that side; None where none was trained.
        trained_on: The prices behind it.
        made_by: The libraries that trained it, with their versions.

    Raises:
        ParameterError: naming each of them that cannot be used.
    """

    name: str
    n: int
    barrier: Barrier
    long: Forecast | None
    short: Forecast | None
    trained_on: TrainedOn
    made_by: str

    def __post_init__(self) -> None:
        found = {}
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            found["name"] = f"must be {NAMES}, not {shown(self.name)}"
        if not WINDOW.accepts(self.n):
            found["n"] = f"must be {WINDOW}, not {shown(self.n)}"
        if not isinstance(self.made_by, str) or not 1 <= len(self.made_by) <= 200:
            found["made_by"] = f"must be 1 to 200 characters, not {shown(self.made_by)}"
        if self.long is None and self.short is None:
            found["long"] = "must be a forecast, or short must be one"
        if "n" not in found:
            for side, each in self.sides.items():
                if problem := each.classifier.problem(self.feature_count):
                    found[side] = problem
        if found:
            raise ParameterError(found)

    @property
    def sides(self) -> Mapping[str, Forecast]:
        """The forecasts that there are, by "long" and "short"."""
        both = {"long": self.long, "short": self.short}
        return {side: each for side, each in both.items() if each is not None}

    @property
    def first_decision(self) -> int:
        """The first day, counted from 0, at whose close all features are known."""
        return self.n

    @property
    def feature_names(self) -> tuple[str, ...]:
        return feature_names(self.n)

    @property
    def feature_count(self) -> int:
        return 2 * self.n

    @property
    def digest(self) -> str:
        """SHA-256 of :meth:`to_json`, in hexadecimal: the name of this model's content."""
        return hashlib.sha256(self.to_json()).hexdigest()

    def to_json(self) -> bytes:
        """Canonical: the same model is always the same bytes."""
        return _canonical({**self._to_dict(), CHECKSUM: _checksum(self._to_dict())})

    def _to_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name,
            "n": self.n,
            "barrier": self.barrier.to_dict(),
            "long": None if self.long is None else self.long.to_dict(),
            "short": None if self.short is None else self.short.to_dict(),
            "trained_on": self.trained_on.to_dict(),
            "made_by": self.made_by,
        }

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Read what :meth:`to_json` wrote; in another layout of blanks and lines it is the same model.

        Raises:
            TrainedModelError: it is damaged, something else, or from a later version of this program.
        """
        values = _parsed(content)
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise TrainedModelError(f'is no trained model, which would say "format": "{FORMAT}"')
        if type(values.get("version")) is int and values["version"] > VERSION:
            raise TrainedModelError(
                f"is a trained model of version {shown(values['version'])}, and this program reads version {VERSION}: "
                "update spot-montecarlo"
            )
        if values.get("version") != VERSION or isinstance(values["version"], bool):
            raise TrainedModelError(f"says version {shown(values.get('version'))}, and there is none but {VERSION}")
        try:
            model = cls._from_dict(values)
        except ParameterError as error:
            raise TrainedModelError(f"is damaged: {error}; train the model again, or fetch the file again") from error
        if values[CHECKSUM] != _checksum(model._to_dict()):
            raise TrainedModelError(
                "was altered: its numbers are not those of its checksum; train the model again, or fetch the file again"
            )
        return model

    @classmethod
    def _from_dict(cls, values: dict[str, Any]) -> Self:
        added = ("format", "version", CHECKSUM)
        given = parameters.from_dict("trained model", values, cls, *added)
        for name in added:
            del given[name]
        given["barrier"] = Barrier(**parameters.from_dict("barrier", given["barrier"], Barrier))
        given["trained_on"] = TrainedOn.from_dict(given["trained_on"])
        for side in ("long", "short"):
            if given[side] is not None:
                given[side] = Forecast.from_dict(side, given[side])
        return cls(**given)


def _canonical(values: Mapping[str, Any]) -> bytes:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{text}\n".encode("ascii")


def _checksum(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(values)).hexdigest()


def _parsed(content: bytes) -> Any:
    if len(content) > LARGEST:
        raise TrainedModelError(f"has {len(content):,} bytes, and no trained model has more than {LARGEST:,}")
    if content.startswith((b"\x1f\x8b", b"PK")):
        raise TrainedModelError("is packed: unpack it, and take the model.json that is in it")
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise TrainedModelError(f"is no JSON, or breaks off: {str(error)[:200]}") from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice in the same object")
    return values


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")
