"""A job: everything that determines the answer, as one value that travels as JSON."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from fleet.errors import MessageError
from fleet.tree import Tree
from montecarlo import limits
from montecarlo.errors import ParameterError
from montecarlo.history import SYMBOL_PATTERN, PriceHistory
from montecarlo.models import fit
from montecarlo.rules import Rules
from montecarlo.simulate import seed_or_new
from montecarlo.simulation import ENGINE_VERSION, Simulation
from montecarlo.strategies import SmaCrossover
from montecarlo.tally import BLOCK_PATHS
from montecarlo.warm_up import closes_before_start

FORMAT = 1  # of the JSON; raised whenever an older version could not read it

RECOMMENDED: Mapping[str, str | int] = {
    "symbol": "AAPL",
    "source": "sample",
    "model": "normal",
    "short": 40,
    "long": 100,
    "days": 1260,
    "iterations": 2000,
}
"""What a person tries first: the workshop's values, with prices that need no network."""

SITTING_PATH_DAYS = 2**33  # some twenty seconds on one core
SITTING_WITH_ROWS = 2**18  # paths; a worker has the rows of two sittings in memory, 60 MB each

NESTED_AT_MOST = 16  # levels of JSON

_DIGEST = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,31}")


@dataclass(frozen=True, kw_only=True)
class Job:
    """Everything that determines the answer.

    Args:
        symbol: What the prices are of.
        source: Where they came from, one of ``montecarlo.sources.SOURCES``.
        snapshot: SHA-256 of the price history's CSV, in hexadecimal; names the snapshot in the bucket.
        simulation: What is simulated.
        paths: Whether a row is kept for each path.
        engine: Version of the engine that must compute it; another one might round otherwise.
        sitting: Number of paths that a worker does at a time, a whole number of blocks.
        format: Of the JSON.

    Raises:
        ParameterError: naming each field that cannot be used.
    """

    symbol: str
    source: str
    snapshot: str
    simulation: Simulation
    paths: bool
    engine: str
    sitting: int
    format: int = FORMAT

    def __post_init__(self) -> None:
        found = {
            name: f"must be {expected}, not {str(getattr(self, name))[:80]!r}"
            for name, expected, fits in (
                ("symbol", "1 to 32 letters, digits or . ^ = _ -", _matches(SYMBOL_PATTERN, self.symbol)),
                ("source", "the name of a source", _matches(_WORD, self.source)),
                ("snapshot", "a SHA-256 in hexadecimal", _matches(_DIGEST, self.snapshot)),
                ("paths", "true or false", isinstance(self.paths, bool)),
                ("engine", "a version", _matches(_WORD, self.engine)),
                ("sitting", f"a multiple of {BLOCK_PATHS}", _is_sitting(self.sitting)),
            )
            if not fits
        }
        if found:
            raise ParameterError(found)
        if not isinstance(self.simulation.strategy, SmaCrossover):
            message = f"must be {SmaCrossover.name}, which is all that jobs know, not {self.simulation.strategy.name}"
            raise ParameterError({"strategy": message})
        limits.keep_rows(self.simulation.iterations, self.paths)

    @property
    def strategy(self) -> SmaCrossover:
        """What is traded."""
        assert isinstance(self.simulation.strategy, SmaCrossover)  # the constructor saw to it
        return self.simulation.strategy

    @property
    def id(self) -> str:
        """A name for it that is also the name of its content: the same job has the same id."""
        symbol = re.sub("[^A-Za-z0-9]+", "-", self.symbol).strip("-") or "prices"
        digest = hashlib.sha256(canonical(self._values()).encode()).hexdigest()
        return f"{symbol}-{self.strategy.short}-{self.strategy.long}-{digest[:12]}"

    @property
    def tree(self) -> Tree:
        """How its paths are cut into shards."""
        return Tree(self.simulation.iterations, self.sitting)

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, **self._values()}

    def to_json(self) -> bytes:
        """The same job gives the same bytes."""
        return canonical(self.to_dict()).encode()

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """The job that ``to_dict`` wrote.

        Raises:
            MessageError: it is of another format, or anything is missing, unknown, of another type or altered.
            ParameterError: a parameter is out of range.
        """
        if not isinstance(values, dict):
            raise MessageError(f"a job must be a JSON object, not {type(values).__name__}")
        if values.get("format") != FORMAT:
            raise MessageError(
                f"the job has format {str(values.get('format'))[:20]!r}; this version understands {FORMAT}"
            )
        names = {"id", *(field.name for field in fields(cls))}
        if values.keys() != names:
            odd = ", ".join(sorted(values.keys() ^ names))
            raise MessageError(f"the job has unknown fields or lacks some: {odd[:200]}")
        given = {name: value for name, value in values.items() if name not in {"id", "format"}}
        try:
            job = cls(**given | {"simulation": Simulation.from_dict(given["simulation"])})
        except (TypeError, OverflowError) as error:
            raise MessageError(f"the job cannot be read: {error}") from error
        # Values that are equal but of other types (1 and true) would make another id where the job is written again.
        if canonical(job.to_dict()) != canonical(values):
            raise MessageError(f"the job was altered or is not what this version would write; its id would be {job.id}")
        return job

    @classmethod
    def from_json(cls, content: bytes | str) -> Self:
        """The job that ``to_json`` wrote.

        Raises:
            MessageError, ParameterError: as ``from_dict``.
        """
        return cls.from_dict(read_json(content))

    def _values(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {"simulation": self.simulation.to_dict()}


def make_job(
    history: PriceHistory,
    *,
    model: str = "normal",
    short: int = 40,
    long: int = 100,
    days: int = 1260,
    iterations: int = 2000,
    seed: int | None = None,
    capital: float = 100_000.0,
    shares: float | None = None,
    commission: float = 0.0005,
    slippage: float = 0.0005,
    fill: str = "next-close",
    risk_free: float = 0.0,
    warm_up: bool = False,
    paths: bool | None = None,
) -> Job:
    """The job that simulates a model fitted to ``history``; the parameters are those of ``montecarlo.simulate``.

    With ``warm_up`` the last closes of ``history`` stand before every path.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    seed = seed_or_new(seed)
    limits.require(short=short, long=long, days=days, iterations=iterations, seed=seed, warm_up=warm_up)
    fitted, strategy = fit(history, model), SmaCrossover(short, long)
    simulation = Simulation(
        model=fitted,
        strategy=strategy,
        rules=Rules(
            capital=capital, shares=shares, commission=commission, slippage=slippage, fill=fill, risk_free=risk_free
        ),
        days=days,
        iterations=iterations,
        seed=seed,
        warm_up=closes_before_start(history, fitted, strategy) if warm_up else (),
    )
    rows = limits.keep_rows(iterations, paths)
    return Job(
        symbol=history.symbol,
        source=history.source,
        snapshot=history.digest,
        simulation=simulation,
        paths=rows,
        engine=ENGINE_VERSION,
        sitting=sitting(days, rows=rows),
    )


def sitting(days: int, *, rows: bool) -> int:
    """Number of paths that a worker does at a time: a whole number of blocks, about SITTING_PATH_DAYS of work."""
    blocks = max(SITTING_PATH_DAYS // days // BLOCK_PATHS, 1)
    return min(blocks * BLOCK_PATHS, SITTING_WITH_ROWS) if rows else blocks * BLOCK_PATHS


def read_json(content: bytes | str) -> object:
    """A value from JSON as the standard has it, without NaN and infinities.

    Raises:
        MessageError: it is not JSON, or nested deeper than anything here is.
    """
    try:
        value = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"not JSON: {error}") from error
    if _deeper(value, NESTED_AT_MOST):
        raise MessageError(f"nested deeper than {NESTED_AT_MOST} levels")
    return value


def canonical(value: object) -> str:
    """The one text for a value of which JSON has many."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_deeper(each, levels - 1) for each in inner)


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_sitting(value: object) -> bool:
    return type(value) is int and value > 0 and value % BLOCK_PATHS == 0
