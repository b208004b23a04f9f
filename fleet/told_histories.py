"""What is told of a history that is kept in the bucket, and what is there of it at a moment."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from fleet import keys, reading
from fleet.canonical import canonical, read_json
from fleet.errors import MessageError, UnreadableObjectError
from montecarlo.data.history import PriceHistory

HELPS = reading.Advice("`spotmc history put --replace` fetches it anew")

_TEXTS = ("source", "digest", "first", "last", "put")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is told of a history that is kept.

    Attributes:
        symbol: In capital letters.
        source: Where its bars came from, one of ``montecarlo.data.sources.SOURCES``.
        digest: SHA-256 of its bars, in hexadecimal.
        first, last: Its first and its last day, such as 2000-03-01.
        days: How many bars it has.
        doubts: What is doubtful about them.
        bars_per_year: How many make a year, where a person has said so.
        put: When it was put there, in UTC, as in ISO 8601.
        currency: What the prices are in, such as USD; empty where nobody knows, or nobody has asked yet.
    """

    symbol: str
    source: str
    digest: str
    first: str
    last: str
    days: int
    doubts: tuple[str, ...]
    bars_per_year: int | None
    put: str
    currency: str = ""

    @classmethod
    def of(cls, history: PriceHistory) -> Self:
        return cls(
            symbol=history.symbol,
            source=history.source,
            digest=history.digest,
            first=str(history.dates[0]),
            last=str(history.dates[-1]),
            days=len(history.dates),
            doubts=history.warnings,
            bars_per_year=history.bars_per_year if history.year_given else None,
            put=datetime.now(UTC).isoformat(timespec="seconds"),
            currency=history.currency,
        )

    @classmethod
    def read(cls, symbol: str, values: object) -> Self:
        """
        Raises:
            MessageError: it is not what ``to_dict`` wrote.
        """
        match values:
            case {
                "symbol": str(named),
                "days": int(days),
                "doubts": [*doubts],
                "bars_per_year": int() | None as year,
                **rest,
            }:
                texts = {name: rest.get(name) for name in _TEXTS}
                if named != symbol:
                    raise MessageError("it is about another symbol")
                texts["currency"] = rest.get("currency", "")
                if all(isinstance(each, str) for each in (*doubts, *texts.values())):
                    found: dict[str, Any] = {**texts, "doubts": tuple(doubts)}
                    return cls(symbol=symbol, days=days, bars_per_year=year, **found)
        raise MessageError("it does not say what bars it is about")

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "doubts": list(self.doubts)}

    @property
    def folder(self) -> str:
        """What its folder is called, and the symbol in tables over the bucket."""
        return keys.history_folder(self.symbol)


@dataclass(frozen=True)
class State:
    """What is in the bucket of a symbol.

    Attributes:
        symbol: In capital letters.
        content: Its bars; None where there are none.
        told: What the bars may be.
        versions: Of the object with the bars, and of the one with what is told; None where there is none.
        trouble: Why what is told cannot be read; empty where it can, or is not there.
    """

    symbol: str
    content: bytes | None
    told: tuple[Kept, ...]
    versions: tuple[str | None, str | None]
    trouble: str = ""

    @property
    def kept(self) -> Kept | None:
        """What is told of the bars that are there; None where nothing is."""
        if self.content is None:
            return None
        digest = hashlib.sha256(self.content).hexdigest()
        return next((each for each in self.told if each.digest == digest), None)

    def require(self) -> tuple[bytes, Kept] | None:
        """Bars, and what is told of them; None where there are none.

        Raises:
            UnreadableObjectError: they are damaged, or nothing is told of them.
        """
        if self.content is None:
            return None
        if self.trouble:
            raise UnreadableObjectError(f"{self.trouble}; {HELPS.damaged}")
        if (kept := self.kept) is None:
            key, about = keys.bars_key(self.symbol), keys.about_key(self.symbol)
            raise UnreadableObjectError(f"cannot read {key}: it was altered, or {about} was; {HELPS.damaged}")
        return self.content, kept


def read_told(symbol: str, content: bytes) -> tuple[Kept, ...]:
    """What the bars of the symbol may be.

    Raises:
        MessageError: it does not say so.
    """
    reading.require_content(content)
    match read_json(content):
        case {"versions": [_, *_] as versions}:
            return tuple(Kept.read(symbol, each) for each in versions)
    raise MessageError("it does not say what bars it is about")


def told_as_json(told: Iterable[Kept]) -> bytes:
    """What ``read_told`` reads."""
    return f"{canonical({'versions': [each.to_dict() for each in told]})}\n".encode()
