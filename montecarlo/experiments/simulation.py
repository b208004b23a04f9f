"""A simulation: everything that determines the rows of its paths, as one value; and what it yields."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, BinaryIO

import pandas as pd

from montecarlo.accounting import rows as row_files
from montecarlo.accounting.controls import Expectation
from montecarlo.accounting.rows import Rows
from montecarlo.engine.tolerances import SMALLEST
from montecarlo.errors import ParameterError
from montecarlo.experiments import uncertainty
from montecarlo.experiments.experiment import SUMMARY, Progress, RowsFormat, Standing, TellSoFar
from montecarlo.experiments.left_open import SimulationLeftOpen
from montecarlo.experiments.parallel import map_blocks
from montecarlo.experiments.paths import simulate_rows
from montecarlo.experiments.pieces import added_up, blocks_at_once, in_units, written_to
from montecarlo.experiments.precision import Precision, estimates
from montecarlo.experiments.rounds import FIRST_ROUND, round_ends
from montecarlo.experiments.traded_paths import UNCERTAINTY, TradedPaths, uncertainty_problem, warm_up_problems
from montecarlo.experiments.uncertainty import Uncertainty
from montecarlo.models import Model
from montecarlo.models.expected_growth import compounded
from montecarlo.parameters import Parameter, Switch, Word, parameter, plain
from montecarlo.statistics.of_trades import OF_TRADES
from montecarlo.statistics.summary import (
    BEFORE_CONTROLS,
    CONTROLLED,
    STATISTICS,
    WITH_TRADES,
    require_summary,
    summarise,
    summary_to_csv,
)
from montecarlo.statistics.tally import Tally
from montecarlo.strategies import Strategy

ROWS_BY_DEFAULT = 1_000_000  # paths; up to here rows are kept unasked and quantiles are exact
LONGEST_PRECISION = 500  # characters
ROWS_AT_MOST = 10**8  # paths, about 12 GB of CSV
CHUNK_WITH_ROWS = 2**18  # paths; a worker has the rows of two chunks in memory, 60 MB each


@dataclass(frozen=True, kw_only=True)
class Simulation(TradedPaths):
    """Simulated paths of a fitted model, traded by a strategy under rules; the arguments are those of ``TradedPaths``.

    Args:
        rows: Whether a row is kept for each path.
        precision: How precisely some statistics shall be known, as ``Precision.read`` takes it: then it stops at the
            end of the first round in which they are, and ``iterations`` is how many paths it has at most.
    """

    kind = "simulation"
    rows_file = "paths.csv"
    any_result_files = (UNCERTAINTY, SUMMARY)

    rows: bool = parameter(Switch(), False, label="Keep rows", help="Keep a row of results for each path.")
    precision: str | None = parameter(
        Word(LONGEST_PRECISION),
        None,
        label="Precision",
        help="Stop when the 95 % interval is ± so wide, as in probability_of_loss=0.005 or return_mean=1% (of its "
        "value); iterations are the most paths then.",
        optional=True,
        since=2,
    )

    def _problems(self) -> dict[str, str]:
        found = self.strategy.problems(self.days, warm_up=bool(self.warm_up))
        strategy = self.strategy
        found |= warm_up_problems(self.warm_up, self.warm_up_bars, strategy.first_decision, strategy.uses_bars)
        if problem := rows_problem(self.rows, self.iterations):
            found["rows"] = problem
        if isinstance(self.precision, str):
            try:
                asked = Precision.read(self.precision)
            except ParameterError as error:
                return found | error.problems
            object.__setattr__(self, "precision", str(asked))
            found |= self._problems_of(asked)
        return found

    def _problems_of(self, asked: Precision) -> dict[str, str]:
        """Why it could never be reached."""
        found = {}
        if not self.keeps_orders and (
            trades := [each.statistic for each in asked.goals if each.statistic in OF_TRADES]
        ):
            found["precision"] = (
                f"cannot be reached for {trades[0]}, which only simulations with orders within the day have: give the "
                "strategy a stop loss, a take profit, a longest holding time or an entry limit"
            )
        if isinstance(plain(self.iterations), int) and self.iterations < FIRST_ROUND:
            found["iterations"] = (
                f"must be at least {FIRST_ROUND:,} with a precision, as the most paths that it may take, not "
                f"{self.iterations:,}: give 10,000,000, say"
            )
        controlled = [goal.statistic for goal in asked.goals if goal.statistic.endswith(CONTROLLED)]
        if controlled and self._stays_in_range and self.expectation is None:
            depend = self.model.expected_growth() is None
            why = "whose days depend on each other" if depend else "which expects to lose everything"
            found["precision"] = (
                f"cannot be reached for {controlled[0]}, which is undefined for the model {self.model.name}, {why}: "
                f"ask for {controlled[0].removesuffix(CONTROLLED)}"
            )
        return found

    @property
    def result_files(self) -> tuple[str, ...]:
        return self.any_result_files if self.uncertainty else (SUMMARY,)

    @property
    def stops_early(self) -> bool:
        return self.precision is not None

    @property
    def rounds(self) -> tuple[int, ...]:
        return super().rounds if self.precision is None else round_ends(self.iterations)

    def standing(self, total: Tally) -> Standing | None:
        if self.precision is None:
            return None
        found = estimates(self.summary(total, None), self.days, self.model.bars_per_year)
        return Precision.read(self.precision).standing(found, total.paths, self.iterations)

    def facts(self) -> list[tuple[Parameter, Any]]:
        return [(each, value) for each, value in super().facts() if each.name != "precision" or value is not None]

    @property
    def first_fill(self) -> int:
        """The first day, counted from 0, at whose close the strategy can trade."""
        return self.strategy.first_decision - len(self.warm_up) + self.rules.delay

    @cached_property
    def expectation(self) -> Expectation | None:
        """What the model expects of prices; None where days are not independent, or all is expected to be lost."""
        growth = self.model.expected_growth()
        if growth is None or growth < SMALLEST:
            return None
        price = self.model.start_price * compounded(growth, self.days)
        return Expectation(growth, price) if price >= SMALLEST else None

    @property
    def chunk(self) -> int:
        return min(super().chunk, CHUNK_WITH_ROWS) if self.rows else super().chunk

    @property
    def title(self) -> str:
        return str(self.strategy)

    @property
    def rows_format(self) -> RowsFormat | None:
        return RowsFormat("paths", ".csv", joined=True) if self.rows else None

    def run(
        self,
        first: int,
        stop: int,
        rows: BinaryIO | None = None,
        *,
        threads: int | None = None,
        progress: Progress | None = None,
        so_far: TellSoFar | None = None,
    ) -> Tally:
        beside = self._paths_beside if first == 0 else 0
        tell = in_units(progress, stop - first, beside)
        total = added_up(self.parts(first, stop, threads=threads), written_to(rows), tell, so_far)
        if not beside:
            return total
        found = uncertainty.measure(self, threads=threads, progress=lambda paths: tell(stop - first + paths))
        return replace(total, uncertainty=found.to_dict())

    def path_days_of(self, first: int, stop: int) -> int:
        return super().path_days_of(first, stop) + (self._paths_beside * self.path_days if first == 0 else 0)

    @property
    def left_open(self) -> SimulationLeftOpen:
        """Itself under parameters other than those of its model."""
        return SimulationLeftOpen.of(self)

    @property
    def _paths_beside(self) -> int:
        return uncertainty.paths_of(self.model, self.rules) if self.uncertainty else 0

    def parts(self, first: int, stop: int, *, threads: int | None = None) -> Iterator[tuple[Rows, Tally]]:
        """Rows and tally of one piece after the other, from path ``first`` (a multiple of BLOCK_PATHS) to ``stop``.

        Raises:
            ParameterError: ``threads`` is not a number of threads.
        """

        def part(start: int, end: int) -> tuple[Rows, Tally]:
            piece = simulate_rows(self, start, end)
            return piece, Tally.of(piece)

        return map_blocks(part, first, stop, threads=threads, at_once=blocks_at_once(self.work))

    def partial_result(self, content: bytes) -> Tally:
        return Tally.from_bytes(content)

    def summary(self, total: Tally, kept: Rows | None) -> pd.DataFrame:
        """The statistics of all paths; where there are rows, and not very many, quantiles are order statistics."""
        exact = kept if total.paths <= ROWS_BY_DEFAULT else None
        return summarise(total, self.rules, self.days, self.model.bars_per_year, exact)

    def results(self, total: Tally, rows: Iterable[bytes]) -> dict[str, bytes]:
        kept = None
        if self.rows and total.paths <= ROWS_BY_DEFAULT:
            kept = row_files.join(map(row_files.from_csv, rows))
        found = {}
        if total.uncertainty:
            table = Uncertainty.from_dict(total.uncertainty).table(self.rules, self.days, self.model.bars_per_year)
            found[UNCERTAINTY] = table.to_csv(index=False).encode()
        return {**found, SUMMARY: summary_to_csv(self.summary(total, kept))}

    def require_whole(self, name: str, content: bytes) -> None:
        if name == SUMMARY:
            require_summary(content, WITH_TRADES if self.keeps_orders else STATISTICS, BEFORE_CONTROLS)
        else:
            statistics = WITH_TRADES if self.keeps_orders else STATISTICS
            uncertainty.require_whole(content, len(uncertainty.drifts_of(self.model, self.rules)), len(statistics))


def uncertainty_by_default(model: Model, strategy: Strategy, days: int) -> bool:
    """Whether it is found out where nobody says so: where it can be, and takes seconds."""
    return strategy.work == 1 and not uncertainty_problem(model, days)


def rows_problem(rows: object, iterations: object) -> str:
    """Why rows cannot be kept of so many paths; empty where they can, or shall not."""
    if rows is not True or not isinstance(iterations, int) or iterations <= ROWS_AT_MOST:
        return ""
    return (
        f"can be kept for {ROWS_AT_MOST:,} iterations at most (about 12 GB of CSV), not for {iterations:,}: leave the "
        "rows out, the summary does not need them"
    )


def rows_by_default(iterations: object) -> bool:
    """Whether rows are kept of so many paths, or of so many at most, where nobody says so."""
    iterations = plain(iterations)
    return isinstance(iterations, int) and iterations <= ROWS_BY_DEFAULT
