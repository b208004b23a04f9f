"""What a job asks for, as queue, bucket and workers know it: so many units of work whose partial results merge.

A kind of experiment is a frozen dataclass in a file of its own that follows ``Experiment``, and a line in
``montecarlo.experiments.kinds``.  A unit is a path in a simulation and in a sweep; in a kind to come it may be a
shuffled history, a window of time or a cell of a grid.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar, Protocol, Self

from montecarlo.experiments import table_forms
from montecarlo.parameters import Parameter
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies.own_rule import OwnRule, RuleCode

Progress = Callable[[int], object]
TellSoFar = Callable[["PartialResult"], object]

SUMMARY = "summary.csv"
"""Among the results of every experiment; it is stored last, and says that an experiment is complete."""


class PartialResult(Protocol):
    """What a range of units adds to the whole; adding two is exact, in whatever order and cut in whatever way."""

    @property
    def units(self) -> int:
        """How many units it is of."""
        ...

    def __add__(self, other: Any) -> Any: ...

    def to_bytes(self) -> bytes: ...


@dataclass(frozen=True)
class RowsFormat:
    """How the rows of a range are kept, beside its partial result.

    Attributes:
        folder: Where they lie.
        suffix: Of their names.
        joined: Whether all of them in their order, each but the first without its header line, make the ``rows_file``;
            otherwise they are only needed for the results.
    """

    folder: str
    suffix: str
    joined: bool


@dataclass(frozen=True)
class Standing:
    """Where an experiment that may be enough before its last unit stands at the end of a round.

    Attributes:
        enough: Whether no further round is needed.
        words: What is reached and what is wanted, for a person.
        expected: After how many units it will be enough, as far as that can be told now: the end of a round.
        warning: What is to be said if no further round can follow; empty where it is enough.
    """

    enough: bool
    words: str
    expected: int
    warning: str


class Experiment(ABC):
    """Everything that determines an answer but the version of the engine, as one frozen value."""

    kind: ClassVar[str]
    unit: ClassVar[str] = "path"
    """What its work is counted in."""
    doing: ClassVar[str] = "Simulating"
    """What is done, for a person who waits."""
    block: ClassVar[int] = BLOCK_PATHS
    """How many units are counted together: a chunk is a whole number of blocks."""

    rows_file: ClassVar[str | None] = None
    """The file that all rows make, where they are kept for people."""
    any_result_files: ClassVar[tuple[str, ...]]
    """Names of the files that such an experiment may yield, SUMMARY last."""

    @property
    def result_files(self) -> tuple[str, ...]:
        """Those that this one yields, SUMMARY last."""
        return self.any_result_files

    @property
    @abstractmethod
    def units(self) -> int:
        """How many units of work it is."""

    @property
    def stops_early(self) -> bool:
        """Whether it may be enough before its last unit; then ``standing`` tells."""
        return False

    @property
    def rounds(self) -> tuple[int, ...]:
        """How many units are done at the end of each round, ascending, the last of them all ``units``.

        Each but the last is a whole number of summary blocks.  After each one ``standing`` says whether that is enough.
        """
        return (self.units,)

    def standing(self, total: Any) -> Standing | None:
        """What the partial results of the rounds so far, added up, amount to, by nothing but exact numbers.

        None unless it ``stops_early``.
        """
        return None

    @property
    @abstractmethod
    def path_days(self) -> int:
        """How much work a unit is: as much as simulating a rule for so many days."""

    def path_days_of(self, first: int, stop: int) -> int:
        """How much work these units are, and what is done beside them."""
        return (stop - first) * self.path_days

    @property
    @abstractmethod
    def chunk(self) -> int:
        """How many units are a good piece of work for one worker, a whole number of ``block``."""

    @property
    @abstractmethod
    def inputs(self) -> Mapping[str, str]:
        """What it needs beside itself: SHA-256 of each content in hexadecimal, by what it is."""

    def with_inputs(self, contents: Mapping[str, bytes]) -> Self:
        """The same with what it needs at hand; whoever does its units calls this first.

        What it is and what it yields does not change: ``to_dict`` writes the same.

        Args:
            contents: Those of all ``inputs``, which have the SHA-256 that stands there, and of the prices.

        Raises:
            ParameterError, HistoryError, TrainedModelError: one of them is not what it is called.
        """
        return self

    @property
    def lacks(self) -> str:
        """What this installation lacks to do its units, and what helps; empty where it lacks nothing."""
        return ""

    @property
    @abstractmethod
    def reproducible(self) -> bool:
        """Whether the same bits are promised on every machine."""

    @property
    @abstractmethod
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about it; shown with every result."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What is done, in a few words."""

    @abstractmethod
    def facts(self) -> list[tuple[Parameter, Any]]:
        """The parameters that it has of its own, with their values, in the order in which a person reads them."""

    @abstractmethod
    def headline(self) -> dict[str, Any]:
        """The few of them that tell experiments apart at a glance, the most telling first."""

    @property
    @abstractmethod
    def rows_format(self) -> RowsFormat | None:
        """None where no rows are kept."""

    @abstractmethod
    def run(
        self,
        first: int,
        stop: int,
        rows: BinaryIO | None = None,
        *,
        threads: int | None = None,
        progress: Progress | None = None,
        so_far: TellSoFar | None = None,
    ) -> PartialResult:
        """Do the units from ``first``, which begins a block, up to but not including ``stop``.

        Args:
            first: First unit.
            stop: Unit after the last.
            rows: Takes the rows as they come, if there are any; memory does not grow with the range.
            threads: Cores to use; None uses all.
            progress: Called with the number of units done, now and then; what it raises ends the work.
            so_far: Called before each ``progress``, in the same thread, with the partial result of the units from
                ``first`` on that are done.  It never changes, so another thread may read it while work goes on.
        """

    @property
    def own_rule(self) -> OwnRule | None:
        """The person's own rule that it runs; it must be ``bound`` to its code first."""
        return None

    def bound(self, code: RuleCode) -> Self:
        """The same with what runs its ``own_rule``."""
        raise ValueError(f"this {self.kind} has no rule of a person's own")

    @abstractmethod
    def partial_result(self, content: bytes) -> PartialResult:
        """What ``to_bytes`` of a partial result wrote."""

    @abstractmethod
    def results(self, total: Any, rows: Iterable[bytes]) -> dict[str, bytes]:
        """The ``result_files``, in their order.

        Args:
            total: The partial results of all units, added up.
            rows: Those of all ranges, in order; read only where they are needed.
        """

    def database_tables(self, files: Mapping[str, bytes], known: Mapping[str, str]) -> dict[str, bytes]:
        """The results as tables of a database, by their names: see ``montecarlo.experiments.table_forms``.

        Args:
            files: The ``result_files``.
            known: What whoever asks knows of it beside its parameters, by name.
        """
        told = [(parameter.name, table_forms.shown(value)) for parameter, value in self.facts()]
        facts = [("kind", self.kind), ("title", self.title), *known.items(), *told]
        records = ({"name": name, "value": value} for name, value in facts)
        return {table_forms.FACTS: table_forms.written(table_forms.FACTS, records), **table_forms.of_files(files)}

    @abstractmethod
    def require_whole(self, name: str, content: bytes) -> None:
        """
        Args:
            name: One of the ``result_files``.
            content: What was found under that name.

        Raises:
            ValueError: it is damaged.
        """

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """As plain values that JSON keeps exactly."""

    @classmethod
    @abstractmethod
    def from_dict(cls, values: object) -> Self:
        """The experiment that ``to_dict`` wrote.

        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
