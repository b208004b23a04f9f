"""A job: everything that determines the answer, as one value that travels as JSON."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from fleet.canonical import canonical, read_json
from fleet.errors import MessageError
from fleet.tree import Rounds
from montecarlo.data.history import SYMBOL_PATTERN, SYMBOLS
from montecarlo.data.joint_history import Prices
from montecarlo.errors import ParameterError
from montecarlo.experiments.experiment import Experiment
from montecarlo.experiments.kinds import KINDS
from montecarlo.experiments.traded_paths import ENGINE_VERSION

FORMAT = 2  # of the JSON; raised whenever an older version could not read it
FIRST_FORMAT = 1  # had a crossover of two averages in its walls; ``fleet.format_1`` reads what it has left

PRICES = "prices"  # the input that every job has

_FIELDS = {"id", "format", "kind", "symbol", "source", "inputs", "engine", "chunk", "experiment"}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,31}")


@dataclass(frozen=True, kw_only=True)
class Job:
    """Everything that determines the answer.

    Args:
        symbol: What the prices are of; of several symbols, "AAPL&MSFT".
        source: Where they came from, one of ``montecarlo.data.sources.SOURCES`` or ``fleet.histories.SOURCE``; that of
            all symbols, or ``montecarlo.data.joint_history.SEVERAL``.
        inputs: SHA-256 in hexadecimal of each content that lies in the bucket for it, by what it is: PRICES, and what
            the experiment needs.
        experiment: What is asked for.
        engine: Version of the engine that must compute it; another one might round otherwise.
        chunk: Number of units that a worker does at a time, a whole number of blocks.

    Raises:
        ParameterError: naming each field that cannot be used.
    """

    symbol: str
    source: str
    inputs: Mapping[str, str]
    experiment: Experiment
    engine: str
    chunk: int

    def __post_init__(self) -> None:
        found = {
            name: f"must be {expected}, not {str(getattr(self, name))[:80]!r}"
            for name, expected, fits in (
                ("symbol", SYMBOLS, _matches(SYMBOL_PATTERN, self.symbol)),
                ("source", "the name of a source", _matches(_WORD, self.source)),
                ("inputs", "a SHA-256 in hexadecimal for each input", _are_digests(self.inputs)),
                ("engine", "a version", _matches(_WORD, self.engine)),
                ("chunk", f"a multiple of {self.experiment.block}", _is_chunk(self.chunk, self.experiment.block)),
            )
            if not fits
        }
        if "inputs" not in found:
            needed = {PRICES: self.inputs.get(PRICES, "its SHA-256"), **self.experiment.inputs}
            if dict(self.inputs) != needed:
                found["inputs"] = f"must be {needed}, not {dict(self.inputs)}"
        if found:
            raise ParameterError(found)

    @classmethod
    def of(cls, experiment: Experiment, history: Prices) -> Self:
        """The job that does an experiment made from these prices."""
        return cls(
            symbol=history.symbol,
            source=history.source,
            inputs={PRICES: history.digest, **experiment.inputs},
            experiment=experiment,
            engine=ENGINE_VERSION,
            chunk=experiment.chunk,
        )

    @cached_property  # asked for at every step of a submission; bootstrap's jobs are long
    def id(self) -> str:
        """A name for it that is also the name of its content: the same job has the same id."""
        symbol = re.sub("[^A-Za-z0-9]+", "-", self.symbol).strip("-") or "prices"
        return f"{symbol}-{hashlib.sha256(canonical(self._values()).encode()).hexdigest()[:12]}"

    @property
    def format(self) -> int:
        """Of its JSON."""
        return FORMAT

    @property
    def tree(self) -> Rounds:
        """How its units are cut into shards."""
        return Rounds(self.experiment.rounds, self.chunk)

    def with_experiment(self, **changes: Any) -> Self:
        """The same with another experiment."""
        experiment: Any = self.experiment
        return replace(self, experiment=replace(experiment, **changes))

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, **self._values()}

    def to_json(self) -> bytes:
        """The same job gives the same bytes."""
        return canonical(self.to_dict()).encode()

    @classmethod
    def from_dict(cls, values: object) -> "Job":
        """The job that ``to_dict`` wrote.

        Raises:
            MessageError: it is of another format, or anything is missing, unknown, of another type or altered.
            ParameterError: a parameter is out of range.
        """
        if not isinstance(values, dict):
            raise MessageError("a job must be a JSON object")
        if values.get("format") != FORMAT:
            raise MessageError(
                f"the job has format {str(values.get('format'))[:20]!r}; this version understands {FORMAT}"
            )
        if values.keys() != _FIELDS:
            odd = ", ".join(sorted(values.keys() ^ _FIELDS))
            raise MessageError(f"the job has unknown fields or lacks some: {odd[:200]}")
        kind = values["kind"]
        if not isinstance(kind, str) or kind not in KINDS:
            raise MessageError(f"the job is of kind {str(kind)[:40]!r}; this version knows {', '.join(KINDS)}")
        given = {name: values[name] for name in ("symbol", "source", "inputs", "engine", "chunk")}
        try:
            job = cls(**given, experiment=KINDS[kind].from_dict(values["experiment"]))
            altered = canonical(job.to_dict()) != canonical(values)
        except (TypeError, AttributeError, OverflowError) as error:
            raise MessageError(f"the job cannot be read: {error}") from error
        # Values that are equal but of other types (1 and true) would make another id where the job is written again.
        if altered:
            raise MessageError(f"the job was altered or is not what this version would write; its id would be {job.id}")
        return job

    @classmethod
    def from_json(cls, content: bytes | str) -> "Job":
        """The job that ``to_json`` wrote.

        Raises:
            MessageError, ParameterError: as ``from_dict``.
        """
        return cls.from_dict(read_json(content))

    def _values(self) -> dict[str, Any]:
        return {
            "format": self.format,
            "kind": self.experiment.kind,
            "symbol": self.symbol,
            "source": self.source,
            "inputs": dict(self.inputs),
            "engine": self.engine,
            "chunk": self.chunk,
            "experiment": self.experiment.to_dict(),
        }


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _are_digests(value: object) -> bool:
    return isinstance(value, Mapping) and all(_matches(_DIGEST, digest) for digest in value.values())


def _is_chunk(value: object, block: int) -> bool:
    return type(value) is int and value > 0 and value % block == 0
