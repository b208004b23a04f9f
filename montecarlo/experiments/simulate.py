"""Simulating many paths in this process, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Unpack

import pandas as pd

from montecarlo.accounting import rows as row_files
from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import RuleKeywords, Rules, rules_of
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.experiment import Standing
from montecarlo.experiments.pieces import added_up, kept_in
from montecarlo.experiments.precision import Precision
from montecarlo.experiments.rounds import in_rounds
from montecarlo.experiments.sentence import of_simulation
from montecarlo.experiments.simulation import Simulation, rows_by_default, uncertainty_by_default
from montecarlo.experiments.traded_paths import seed_or_new, uncertainty_problem
from montecarlo.experiments.uncertainty import Uncertainty, headline, measure
from montecarlo.experiments.warm_up import before_start
from montecarlo.models import Model
from montecarlo.statistics.fan import fan_table
from montecarlo.statistics.tally import Tally
from montecarlo.strategies import Strategy


@dataclass(frozen=True, eq=False)
class Result:
    """What a simulation found.

    Attributes:
        simulation: What was simulated, its seed and its costs included.
        summary: Columns ``statistic``, ``value``, ``low``, ``high``; see ``montecarlo.statistics.summary.STATISTICS``.
        tally: Of all paths: what the summary and the fan are made of.
        kept: Columns of ``paths`` by name, which share its memory; None where rows were not kept.
    """

    simulation: Simulation
    summary: pd.DataFrame = field(repr=False)
    tally: Tally = field(repr=False)
    kept: Rows | None = field(repr=False)

    # Made when first asked for: these two frames would take a tenth of the time of 2,000 paths.

    @cached_property
    def paths(self) -> pd.DataFrame | None:
        """One row for each path, columns ``montecarlo.accounting.rows.columns_of``; None where rows were not kept."""
        return None if self.kept is None else pd.DataFrame(self.kept, copy=False)

    @cached_property
    def fan(self) -> pd.DataFrame:
        """Quantiles of equity over capital through the horizon: columns ``day``, ``q05``, ``q25``, ``q50``, ``q75``,
        ``q95``; see ``montecarlo.statistics.fan``."""
        return fan_table(self.tally.fan, self.simulation.first_fill, self.simulation.days)

    @cached_property
    def uncertainty(self) -> Uncertainty:
        """What the answer is worth, found out when it is first asked for, which takes seconds.

        Raises:
            ParameterError: it cannot be told; see ``montecarlo.experiments.traded_paths.uncertainty_problem``.
        """
        return measure(replace(self.simulation, uncertainty=True))

    @cached_property
    def uncertainty_table(self) -> pd.DataFrame:
        """It as a table; see ``montecarlo.experiments.uncertainty.Uncertainty.table``."""
        simulation = self.simulation
        return self.uncertainty.table(simulation.rules, simulation.days, simulation.model.bars_per_year)

    @property
    def headline(self) -> dict[str, str]:
        """What is read first, each in a phrase such as "26 %, range 6 to 61 %"; without a range where none is known."""
        return headline(self.summary, self._uncertainty_table)

    def sentence(self, symbol: str = "") -> str:
        """What came of it, as a person repeats it; with the range of the drift where ``uncertainty`` can be told.

        Args:
            symbol: Whose past the paths are like, such as ``history.symbol``.
        """
        return of_simulation(symbol, self.simulation, self.summary, self._uncertainty_table)

    @property
    def _uncertainty_table(self) -> pd.DataFrame | None:
        known = not uncertainty_problem(self.simulation.model, self.simulation.days)
        return self.uncertainty_table if known else None

    @property
    def path_count(self) -> int:
        """How many paths were simulated: with a precision, as many as it took."""
        return self.tally.paths

    @cached_property
    def standing(self) -> Standing | None:
        """Whether the precision that was asked for is reached, and in words how far; None where none was."""
        return self.simulation.standing(self.tally)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about the price history behind the model, and that a precision was not reached."""
        missed = (self.standing.warning,) if self.standing and not self.standing.enough else ()
        return (*self.simulation.warnings, *missed)


def simulate(
    model: Model,
    strategy: Strategy,
    *,
    days: int = 1260,
    iterations: int = 2000,
    seed: int | None = None,
    rules: Rules | None = None,
    warm_up: PriceHistory | None = None,
    rows: bool | None = None,
    precision: str | Mapping[str, Any] | None = None,
    threads: int | None = None,
    progress: Callable[[int], object] | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> Result:
    """Trade a strategy on simulated paths.

    Args:
        model: From ``fit``.
        strategy: What is traded when.
        days: Trading days simulated.
        iterations: Number of paths.
        seed: Same seed, same bits; None draws one, which the result tells.
        rules: Money, fills and costs; they can also be given one by one, such as ``commission=0.001``.
        warm_up: The history that the model was fitted to: its last closes stand before every path, so that the
            strategy decides from the first day on.  None lets it wait until it knows enough of the path.
        rows: Keep a row for each path; None keeps them up to ``simulation.ROWS_BY_DEFAULT`` iterations.
        precision: Half-widths of 95 % intervals, such as ``{"probability_of_loss": 0.005}`` in the statistic's own unit
            or ``{"return_mean": "1%"}`` of its value: it stops when they are reached, at most after ``iterations``.
        threads: Cores to use; None uses all.
        progress: Called with the number of paths done, now and then.
        rule_by_rule: See ``Rules``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    simulation = make_simulation(
        model,
        strategy,
        days=days,
        iterations=iterations,
        seed=seed,
        rules=rules_of(rules, rule_by_rule),
        warm_up=warm_up,
        rows=rows,
        precision=precision,
    )
    kept: list[Rows] = []

    def run(first: int, stop: int) -> Tally:
        def tell(paths: int) -> None:
            if progress:
                progress(first + paths)

        take = kept_in(kept if simulation.rows else None)
        return added_up(simulation.parts(first, stop, threads=threads), take, tell)

    total = in_rounds(simulation, run)
    all_rows = row_files.join(kept) if simulation.rows else None
    return Result(simulation, simulation.summary(total, all_rows), total, all_rows)


def make_simulation(
    model: Model,
    strategy: Strategy,
    *,
    days: int,
    iterations: int,
    seed: int | None,
    rules: Rules,
    warm_up: PriceHistory | None,
    rows: bool | None,
    uncertainty: bool | None = False,
    precision: str | Mapping[str, Any] | None = None,
) -> Simulation:
    """The experiment; the arguments are those of ``simulate``.

    Args:
        uncertainty: Whether it is found out what the answer is worth; None decides by ``uncertainty_by_default``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    if uncertainty is None and (problem := uncertainty_problem(model, days)):
        model = replace(model, warnings=(*model.warnings, f"no range is given: what the answer is worth {problem}"))
    return Simulation(
        model=model,
        strategy=strategy,
        rules=rules,
        days=days,
        iterations=iterations,
        seed=seed_or_new(seed),
        **before_start(warm_up, model, strategy.first_decision, strategy.uses_bars),
        rows=rows_by_default(iterations) if rows is None else rows,
        uncertainty=uncertainty_by_default(model, strategy, days) if uncertainty is None else uncertainty,
        precision=None if precision is None else str(Precision.read(precision)),
    )
