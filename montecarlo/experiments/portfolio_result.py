"""Simulating a portfolio in this process, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Unpack

import pandas as pd

from montecarlo.accounting import rows as row_files
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import RuleKeywords, Rules, rules_of
from montecarlo.data.joint_history import JointHistory
from montecarlo.experiments.given_joint import GivenJoint
from montecarlo.experiments.holdings import Holding
from montecarlo.experiments.pieces import added_up, kept_in
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.portfolio_left_open import joint_uncertainty_problem
from montecarlo.experiments.portfolio_measures import MeasuredTables, measure, measured_tables
from montecarlo.experiments.portfolio_words import of_portfolio
from montecarlo.experiments.simulation import rows_by_default
from montecarlo.experiments.traded_paths import seed_or_new
from montecarlo.experiments.uncertainty import Uncertainty, headline
from montecarlo.experiments.uncertainty import measure as measure_uncertainty
from montecarlo.models.joint import JointModel, fit_joint
from montecarlo.statistics.fan import fan_table
from montecarlo.statistics.portfolio_tally import PortfolioTally


@dataclass(frozen=True, eq=False)
class PortfolioResult:
    """What the simulation of a portfolio found.

    Attributes:
        portfolio: What was simulated, its seed and its costs included.
        summary: Columns ``statistic``, ``value``, ``low``, ``high``; see ``montecarlo.statistics.summary.STATISTICS``.
        tally: Of all paths: what all tables but the rows are made of.
        kept: Columns of ``paths`` by name, which share its memory; None where rows were not kept.
    """

    portfolio: Portfolio
    summary: pd.DataFrame = field(repr=False)
    tally: PortfolioTally = field(repr=False)
    kept: Rows | None = field(repr=False)

    # Made when first asked for, because they take longer than a few paths.

    @cached_property
    def paths(self) -> pd.DataFrame | None:
        """One row for each path, columns ``montecarlo.accounting.rows.COLUMNS``; None where rows were not kept."""
        return None if self.kept is None else pd.DataFrame(self.kept, copy=False)

    @cached_property
    def fan(self) -> pd.DataFrame:
        """Quantiles of equity over capital through the horizon; as of ``Result``."""
        return fan_table(self.tally.tally.fan, self.portfolio.first_fill, self.portfolio.days)

    @cached_property
    def contributions(self) -> pd.DataFrame:
        """What each symbol, and cash, adds to the mean gain, the value at risk and the expected shortfall."""
        return self.portfolio.contributions(self.tally, self.summary)

    @cached_property
    def beating(self) -> pd.DataFrame:
        """How often the portfolio ends above each symbol, above equal weights, and above itself left alone."""
        return self.portfolio.beating(self.tally)

    @property
    def correlations(self) -> pd.DataFrame:
        """Of the daily returns of each pair, in the history and on simulated paths."""
        return self._measured.correlations

    @property
    def stylized_facts(self) -> pd.DataFrame:
        """Of the history and of simulated paths: crashes in common, stormy days, tails."""
        return self._measured.stylized_facts

    @property
    def equity(self) -> pd.DataFrame:
        """What it has made on the real history: columns ``date``, ``equity``, ``buy_and_hold``."""
        return self._measured.equity

    @cached_property
    def uncertainty(self) -> Uncertainty:
        """What the answer is worth, found out when it is first asked for, which takes as long as 490,000 paths.

        Raises:
            ParameterError: it cannot be told.
        """
        return measure_uncertainty(replace(self.portfolio, uncertainty=True))

    @cached_property
    def uncertainty_table(self) -> pd.DataFrame:
        """It as a table; see ``montecarlo.experiments.uncertainty.Uncertainty.table``."""
        portfolio = self.portfolio
        return self.uncertainty.table(portfolio.rules, portfolio.days, portfolio.model.bars_per_year)

    @property
    def headline(self) -> dict[str, str]:
        """What is read first, each in a phrase such as "26 %, range 6 to 61 %"; without a range where none is known."""
        return headline(self.summary, self._uncertainty_table)

    def sentence(self) -> str:
        """What came of it, as a person repeats it; with the range of the drift where ``uncertainty`` can be told."""
        return of_portfolio(self.portfolio, self.summary, self.beating, self.contributions, self._uncertainty_table)

    @property
    def path_count(self) -> int:
        """How many paths were simulated."""
        return self.tally.paths

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about the prices, the model and the rules."""
        return self.portfolio.warnings

    @property
    def _uncertainty_table(self) -> pd.DataFrame | None:
        known = not joint_uncertainty_problem(self.portfolio.model, self.portfolio.days)
        return self.uncertainty_table if known else None

    @cached_property
    def _measured(self) -> MeasuredTables:
        return measured_tables(measure(self.portfolio), self.portfolio.symbols)


def simulate_portfolio(
    history: JointHistory,
    holdings: tuple[Holding, ...],
    *,
    model: JointModel | str | None = None,
    rebalancing: Rebalancing | None = None,
    days: int = 1260,
    iterations: int = 2000,
    seed: int | None = None,
    rules: Rules | None = None,
    warm_up: bool = False,
    rows: bool | None = None,
    threads: int | None = None,
    progress: Callable[[int], object] | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> PortfolioResult:
    """Several symbols in one account on simulated paths.

    Args:
        history: From ``align``.
        holdings: From ``holdings_of``: one for each symbol, in the order of the history.
        model: From ``fit_joint``, or its name; None is the bootstrap.
        rebalancing: When weights are put back; None is each month.
        days: Trading days simulated.
        iterations: Number of paths.
        seed: Same seed, same bits; None draws one, which the result tells.
        rules: Money, fills and costs; they can also be given one by one, such as ``commission=0.001``.
        warm_up: Whether the last common closes stand before every path, so that all rules decide from the first day on.
        rows: Keep a row for each path; None keeps them up to ``simulation.ROWS_BY_DEFAULT`` iterations.
        threads: Cores to use; None uses all.
        progress: Called with the number of paths done, now and then.
        rule_by_rule: See ``Rules``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    portfolio = make_portfolio(
        history,
        holdings,
        model=model,
        rebalancing=rebalancing,
        days=days,
        iterations=iterations,
        seed=seed,
        rules=rules_of(rules, rule_by_rule),
        warm_up=warm_up,
        rows=rows,
    )
    kept: list[Rows] = []
    take = kept_in(kept if portfolio.rows else None)
    parts = portfolio.parts(0, portfolio.iterations, threads=threads)
    total = added_up(parts, take, progress or (lambda paths: None))
    all_rows = row_files.join(kept) if portfolio.rows else None
    return PortfolioResult(portfolio, portfolio.summary(total, all_rows), total, all_rows)


def make_portfolio(
    history: JointHistory,
    holdings: tuple[Holding, ...],
    *,
    model: JointModel | str | None,
    rebalancing: Rebalancing | None,
    days: int,
    iterations: int,
    seed: int | None,
    rules: Rules,
    warm_up: bool,
    rows: bool | None,
    uncertainty: bool | None = False,
    model_values: Mapping[str, Any] | None = None,
) -> Portfolio:
    """The experiment; the arguments are those of ``simulate_portfolio``.

    Args:
        uncertainty: Whether it is found out what the answer is worth; None does so where it can be.
        model_values: Parameters of the model in place of those that are fitted, by name, where it is named.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    if not isinstance(model, JointModel):
        model = fit_joint(history, *(() if model is None else (model,)), **(model_values or {}))
    problem = joint_uncertainty_problem(model, days)
    if uncertainty is None and problem:
        model = replace(model, warnings=(*model.warnings, f"no range is given: what the answer is worth {problem}"))
    return Portfolio(
        history=GivenJoint.of(history),
        holdings=holdings,
        model=model,
        rebalancing=rebalancing or Rebalancing(),
        days=days,
        iterations=iterations,
        seed=seed_or_new(seed),
        rows=rows_by_default(iterations) if rows is None else rows,
        uncertainty=not problem if uncertainty is None else uncertainty,
        warm_up=max((each.strategy.first_decision for each in holdings), default=0) if warm_up else 0,
        rules=rules,
    )
