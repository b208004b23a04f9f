"""Many combinations of a strategy's parameters on the same simulated paths."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, product
from math import prod
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.errors import ParameterError
from montecarlo.experiments import sweep_uncertainty
from montecarlo.experiments.experiment import SUMMARY, Progress, RowsFormat, TellSoFar
from montecarlo.experiments.left_open import DRAWS
from montecarlo.experiments.parallel import map_blocks
from montecarlo.experiments.paths import simulate_together
from montecarlo.experiments.selection_bias import FOLLOWED, VALIDATED, selection_bias_table
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep_tally import COLUMNS, SweepTally, is_column, sweep_table
from montecarlo.experiments.table_forms import SWEEP, SWEEP_RANGES, of_combinations
from montecarlo.experiments.told_combinations import (
    MAX_COMBINATIONS,
    FirstDecisions,
    first_decisions_of,
    told_combinations,
)
from montecarlo.experiments.traded_paths import UNCERTAINTY, TradedPaths, warm_up_problems
from montecarlo.parameters import shown
from montecarlo.statistics.summary import require_summary, summary_to_csv
from montecarlo.statistics.tables import whole_table
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import Strategy
from montecarlo.strategies.own_rule import OwnRule

FloatArray = NDArray[np.float64]

TABLE = "sweep.csv"

RETURNS_KEPT = 10**7  # of all combinations, 80 MB: up to here quantiles are exact, beyond they come from histograms
MOST_TRIED = 100 * MAX_COMBINATIONS  # combinations, most of which cannot be traded

Axes = tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Sweep(TradedPaths):
    """All combinations of one or two parameters of a strategy, traded on the same paths.

    Combinations that cannot be traded are left out: those whose values contradict each other and, without a warm-up,
    those that would decide too late.  The arguments are those of ``TradedPaths`` and:

    Args:
        strategy: Its other parameters are those of all combinations.
        axes: Of each parameter that is varied its name and its values.
        warm_up: As many closes as the combination that waits longest needs, or none.
        first_decisions: Of a person's own rule alone; found out where it is at hand, and carried where it is not.
    """

    kind = "sweep"
    any_result_files = (TABLE, UNCERTAINTY, SUMMARY)

    axes: Axes = field(kw_only=True)
    first_decisions: FirstDecisions = field(default=(), metadata={"since": 2})  # left out of JSON where it is empty

    def _problems(self) -> dict[str, str]:
        if not _are_axes(self.axes):
            return {"axes": f"must be names, each once, with lists of values, not {shown(self.axes)}"}
        axes = axes_of(self.strategy, dict(self.axes))
        object.__setattr__(self, "axes", axes)
        if taken := [name for name, _ in axes if is_column(name) or name in sweep_uncertainty.COLUMNS]:
            return {taken[0]: "cannot be varied, because the table has a column of that name: call it otherwise"}
        if not isinstance(self.strategy, OwnRule):
            if self.first_decisions:
                return {"first_decisions": f"must be left out for {self.strategy.name}"}
        elif self.strategy.code is not None and not self.first_decisions:
            found = combinations(self.strategy, dict(axes), self.days, warm_up=bool(self.warm_up))
            object.__setattr__(self, "first_decisions", first_decisions_of(found, dict(axes)))
        strategies = self.strategies
        object.__setattr__(self, "first_decisions", tuple((number, first) for number, first in self.first_decisions))
        longest = max(strategy.first_decision for strategy in strategies)
        return warm_up_problems(self.warm_up, self.warm_up_bars, longest, self.strategy.uses_bars)

    @property
    def result_files(self) -> tuple[str, ...]:
        return self.any_result_files if self.uncertainty else (TABLE, SUMMARY)

    @cached_property
    def strategies(self) -> tuple[Strategy, ...]:
        """One for each combination, in the order of their values.

        Raises:
            ParameterError: there are fewer than two, or too many.
        """
        axes, warm_up = dict(self.axes), bool(self.warm_up)
        if isinstance(self.strategy, OwnRule):
            return told_combinations(self.strategy, axes, self.first_decisions, self.days, warm_up=warm_up)
        return combinations(self.strategy, axes, self.days, warm_up=warm_up)

    @property
    def traded(self) -> tuple[Strategy, ...]:
        return self.strategies

    @cached_property
    def simulations(self) -> tuple[Simulation, ...]:
        """One for each combination, for which ``simulate`` finds the same numbers."""
        return tuple(
            Simulation(
                model=self.model,
                strategy=strategy,
                days=self.days,
                iterations=self.iterations,
                seed=self.seed,
                rules=self.rules,
                warm_up=self.warm_up[len(self.warm_up) - strategy.first_decision :] if self.warm_up else (),
                warm_up_bars=self.warm_up_bars[len(self.warm_up) - strategy.first_decision :],
            )
            for strategy in self.strategies
        )

    @property
    def varied(self) -> dict[str, list[Any]]:
        """The values that are varied, of each combination, by name."""
        return {name: [strategy.values[name] for strategy in self.strategies] for name, _ in self.axes}

    @property
    def path_days(self) -> int:
        return super().path_days * len(self.strategies)

    @property
    def title(self) -> str:
        names = " and ".join(name for name, _ in self.axes)
        return f"sweep of {names}: {len(self.strategies):,} combinations, {self.strategy.called}"

    @property
    def keeps_returns(self) -> bool:
        """Whether the returns of all paths are kept, so that quantiles are exact."""
        return len(self.strategies) * self.iterations <= RETURNS_KEPT

    @property
    def rows_format(self) -> RowsFormat | None:
        return RowsFormat("returns", ".f64", joined=False) if self.keeps_returns else None

    @property
    def strategy_values(self) -> Mapping[str, Any]:
        return {**super().strategy_values, **dict(self.axes)}

    def run(
        self,
        first: int,
        stop: int,
        rows: BinaryIO | None = None,
        *,
        threads: int | None = None,
        progress: Progress | None = None,
        so_far: TellSoFar | None = None,
    ) -> SweepTally:
        total: SweepTally | None = None
        beside = self._paths_beside if first == 0 else 0

        def tell(paths: int) -> None:
            """In units, of which each stands for as much of all the work."""
            if progress:
                progress(max((stop - first) * paths // (stop - first + beside), 1))

        for tally, returns in self._blocks(first, stop, threads):
            if rows is not None:
                rows.write(np.ascontiguousarray(returns.T).tobytes())
            total = tally if total is None else total + tally
            if so_far:
                so_far(total)
            tell(total.paths)
        if total is None:
            raise ValueError(f"there are no paths from {first} to {stop}")
        if not beside:
            return total
        found = sweep_uncertainty.measure(
            self.simulations, threads=threads, tell=lambda draws: tell(stop - first + draws * sweep_uncertainty.PATHS)
        )
        return replace(total, uncertainty=found)

    def path_days_of(self, first: int, stop: int) -> int:
        return super().path_days_of(first, stop) + (self._paths_beside * self.path_days if first == 0 else 0)

    @property
    def _paths_beside(self) -> int:
        return DRAWS * sweep_uncertainty.PATHS if self.uncertainty else 0

    def _blocks(self, first: int, stop: int, threads: int | None) -> Iterator[tuple[SweepTally, FloatArray]]:
        def block(start: int, end: int) -> tuple[SweepTally, FloatArray]:
            results = simulate_together(self.simulations, start, end)
            tally = SweepTally.of(self.simulations, results, histograms=not self.keeps_returns)
            return tally, results["final_value"] - 1

        return map_blocks(block, first, stop, threads=threads)

    def partial_result(self, content: bytes) -> SweepTally:
        return SweepTally.from_bytes(content)

    def tables(self, total: SweepTally, rows: Iterable[bytes]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """A row for each combination, and how much of the best one is due to its having been chosen."""
        returns = None
        if self.keeps_returns:
            by_path = np.frombuffer(b"".join(rows)).reshape(self.iterations, len(self.strategies))
            returns = np.ascontiguousarray(by_path.T)
        table = sweep_table(self.varied, total, returns)
        return table, selection_bias_table(total.validated, table)

    def results(self, total: SweepTally, rows: Iterable[bytes]) -> dict[str, bytes]:
        table, bias = self.tables(total, rows)
        found = {TABLE: table.to_csv(index=False).encode()}
        if total.uncertainty:
            ranges = sweep_uncertainty.table(self.varied, total.uncertainty)
            found[UNCERTAINTY] = ranges.to_csv(index=False).encode()
        return {**found, SUMMARY: summary_to_csv(bias)}

    def database_tables(self, files: Mapping[str, bytes], known: Mapping[str, str]) -> dict[str, bytes]:
        varied = [axis for axis, _ in self.axes]
        found = super().database_tables({SUMMARY: files[SUMMARY]}, known)
        for table, name in ((SWEEP, TABLE), (SWEEP_RANGES, UNCERTAINTY)):
            if name in files:
                found[table] = of_combinations(table, files[name], varied)
        return found

    def require_whole(self, name: str, content: bytes) -> None:
        if name == SUMMARY:
            require_summary(content, VALIDATED | FOLLOWED)
            return
        varied = [axis for axis, _ in self.axes]
        numbers = COLUMNS if name == TABLE else sweep_uncertainty.COLUMNS
        whole_table(content, [*varied, *numbers], numbers, len(self.strategies))

    def to_dict(self) -> dict[str, Any]:
        values = super().to_dict() | {"axes": [[name, list(values)] for name, values in self.axes]}
        if self.first_decisions:
            values["first_decisions"] = [list(pair) for pair in self.first_decisions]
        return values


def _are_axes(axes: object) -> bool:
    def is_axis(axis: object) -> bool:
        if not isinstance(axis, tuple | list) or len(axis) != 2:
            return False
        name, values = axis
        return isinstance(name, str) and isinstance(values, tuple | list)

    return isinstance(axes, tuple) and all(map(is_axis, axes)) and len(dict(axes)) == len(axes)


def axes_of(strategy: Strategy, over: Mapping[str, Iterable[Any]]) -> Axes:
    """The values of each parameter, each once, in order, and in the one spelling of its kind.

    Raises:
        ParameterError: they are not one or two, there is no such parameter, or it cannot have one of the values.
    """
    if not 1 <= len(over) <= 2:
        raise ParameterError({"axes": f"must be one or two parameters that are varied, not {len(over)}"})
    found = []
    for name, values in over.items():
        if name not in strategy.parameters:
            known = ", ".join(strategy.parameters) or "none"
            raise ParameterError({name: f"is no parameter of {strategy.called}, which has {known}"})
        checked = []
        for each in values:
            if problem := strategy.parameters[name].problem(each):
                raise ParameterError({name: problem})
            checked.append(strategy.parameters[name].unified(each))
        found.append((name, tuple(dict.fromkeys(sorted(checked, key=_with_none_first)))))
    return tuple(found)


def _with_none_first(value: Any) -> tuple[bool, Any]:
    return value is not None, value


def combinations(
    strategy: Strategy, values: Mapping[str, Sequence[Any]], days: int, *, warm_up: bool
) -> tuple[Strategy, ...]:
    """The strategies that can be traded among all combinations of the values.

    Raises:
        ParameterError: there are fewer than two, or too many.
    """
    names = " and ".join(values)
    first = next(iter(values))
    tried = prod(len(each) for each in values.values())
    if tried > MOST_TRIED:
        raise ParameterError({first: f"makes {tried:,} combinations{_with_others(values)}: take larger steps"})
    possible = (dict(zip(values, each, strict=True)) for each in product(*values.values()))
    found = list(islice(_traded(strategy, possible, days, warm_up), MAX_COMBINATIONS + 1))
    if len(found) < 2:
        message = (
            f"must make at least two combinations that can be traded{_with_others(values)}, not {len(found)}: "
            f"vary {names} more widely"
        )
        raise ParameterError({first: message})
    if len(found) > MAX_COMBINATIONS:
        message = f"must make {MAX_COMBINATIONS:,} combinations at most{_with_others(values)}: take larger steps"
        raise ParameterError({first: message})
    return tuple(found)


def _traded(strategy: Strategy, possible: Iterator[dict[str, Any]], days: int, warm_up: bool) -> Iterator[Strategy]:
    for values in possible:
        try:
            made = strategy.with_values(**values)
        except ParameterError:
            continue  # each value can be used by itself, so they contradict each other
        if not made.problems(days, warm_up=warm_up):
            yield made


def _with_others(values: Mapping[str, Sequence[Any]]) -> str:
    others = list(values)[1:]
    return f" with {' and '.join(others)}" if others else ""


assert BLOCK_PATHS % 2 == 0, "a path and the one that validates its choice must be in one block"
