"""Simulating many paths in this process, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Unpack

import pandas as pd

from montecarlo.accounting import rows as row_files
from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import RuleKeywords, Rules, rules_of
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.simulation import Simulation, rows_by_default
from montecarlo.experiments.traded_paths import seed_or_new
from montecarlo.experiments.warm_up import closes_before_start
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
    summary: pd.DataFrame
    tally: Tally
    kept: Rows | None

    # Made when first asked for: these two frames would take a tenth of the time of 2,000 paths.

    @cached_property
    def paths(self) -> pd.DataFrame | None:
        """One row for each path, columns ``montecarlo.accounting.rows.COLUMNS``; None where rows were not kept."""
        return None if self.kept is None else pd.DataFrame(self.kept, copy=False)

    @cached_property
    def fan(self) -> pd.DataFrame:
        """Quantiles of equity over capital through the horizon: columns ``day``, ``q05``, ``q25``, ``q50``, ``q75``,
        ``q95``; see ``montecarlo.statistics.fan``."""
        return fan_table(self.tally.fan, self.simulation.first_fill, self.simulation.days)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about the price history behind the model."""
        return self.simulation.warnings


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
        rows: Keep a row for each path; None keeps them up to ``simulation.ROWS_BY_DEFAULT`` paths.
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
    )
    kept = []
    total: Tally | None = None
    for piece, tally in simulation.parts(0, simulation.iterations, threads=threads):
        total = tally if total is None else total + tally
        if simulation.rows:
            kept.append({name: piece[name] for name in row_files.COLUMNS})
        if progress:
            progress(total.paths)
    assert total is not None  # there is at least one path
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
) -> Simulation:
    """The experiment; the arguments are those of ``simulate``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    return Simulation(
        model=model,
        strategy=strategy,
        rules=rules,
        days=days,
        iterations=iterations,
        seed=seed_or_new(seed),
        warm_up=() if warm_up is None else closes_before_start(warm_up, model, strategy.first_decision),
        rows=rows_by_default(iterations) if rows is None else rows,
    )
