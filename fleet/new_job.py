"""Making jobs of a price history and what a person chose."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Unpack

from fleet.job import Job
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.accounting.rules import RuleKeywords, Rules, rules_of
from montecarlo.data.history import PriceHistory
from montecarlo.data.joint_history import JointHistory
from montecarlo.experiments.given_history import GivenHistory
from montecarlo.experiments.historical import make_historical
from montecarlo.experiments.holdings import Holding
from montecarlo.experiments.portfolio_result import make_portfolio
from montecarlo.experiments.simulate import make_simulation
from montecarlo.experiments.sweeping import make_sweep
from montecarlo.experiments.traded_paths import ENGINE_VERSION
from montecarlo.experiments.training import TrainingGrid
from montecarlo.experiments.within_days import fit_for
from montecarlo.learning import Training
from montecarlo.learning.split import split
from montecarlo.strategies import SmaCrossover, Strategy

RECOMMENDED: Mapping[str, str | int] = {
    "symbol": "AAPL",
    "source": "sample",
    "model": "normal",
    "strategy": "sma-crossover",
    "short": 40,
    "long": 100,
    "days": 1260,
    "iterations": 2000,
}
"""What a person tries first: the workshop's values, with prices that need no network."""


def make_job(
    history: PriceHistory,
    *,
    model: str = "normal",
    strategy: Strategy | None = None,
    days: int = 1260,
    iterations: int = 2000,
    seed: int | None = None,
    rules: Rules | None = None,
    warm_up: bool = False,
    rows: bool | None = None,
    uncertainty: bool | None = False,
    model_values: Mapping[str, Any] | None = None,
    precision: str | Mapping[str, Any] | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> Job:
    """The job that simulates a model fitted to ``history``; the parameters are those of ``montecarlo.simulate``.

    With ``warm_up`` the last closes of ``history`` stand before every path.  ``model_values`` are parameters of the
    model in place of those that are fitted.  ``uncertainty`` is as in ``make_simulation``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    strategy, rules = strategy or SmaCrossover(), rules_of(rules, rule_by_rule)
    simulation = make_simulation(
        fit_for(history, model, strategy, rules, by_hand=model_values),
        strategy,
        days=days,
        iterations=iterations,
        seed=seed,
        rules=rules,
        warm_up=history if warm_up else None,
        rows=rows,
        uncertainty=uncertainty,
        precision=precision,
    )
    return Job.of(simulation, history)


def make_sweep_job(
    history: PriceHistory,
    *,
    strategy: Strategy,
    over: Mapping[str, Iterable[Any]],
    model: str = "normal",
    days: int = 1260,
    iterations: int = 2000,
    seed: int | None = None,
    rules: Rules | None = None,
    warm_up: bool = False,
    uncertainty: bool = False,
    model_values: Mapping[str, Any] | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> Job:
    """The job that compares combinations of parameters; these are those of ``montecarlo.sweep``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    rules, over = rules_of(rules, rule_by_rule), {name: tuple(values) for name, values in over.items()}
    sweep = make_sweep(
        fit_for(history, model, strategy, rules, varied=over, by_hand=model_values),
        strategy,
        over,
        days=days,
        iterations=iterations,
        seed=seed,
        rules=rules,
        warm_up=history if warm_up else None,
        uncertainty=uncertainty,
    )
    return Job.of(sweep, history)


def make_backtest_job(
    history: PriceHistory,
    *,
    strategy: Strategy,
    rules: Rules | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> Job:
    """The job that trades a strategy on the real history; the parameters are those of ``montecarlo.backtest``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    return Job.of(make_historical(history, strategy, rules_of(rules, rule_by_rule)), history)


def make_training_job(
    history: PriceHistory,
    settings: Training,
    over: Mapping[str, Iterable[Any]] | None = None,
    *,
    choose_by: str = "auc",
) -> Job:
    """The job that trains a model with these settings, or one for each combination of those that are varied.

    Raises:
        ParameterError: naming each parameter that cannot be used.
        HistoryError: the history has no open, high and low.
    """
    axes = tuple((name, tuple(values)) for name, values in (over or {}).items())
    given = GivenHistory.of(history, within_days=True)
    training = TrainingGrid(history=given, settings=settings, axes=axes, choose_by=choose_by)
    if training.units == 1:  # of several, one that leaves too few days is told beside the others
        split(settings.n, len(history.closes), share=settings.share, span=settings.barrier.span, gap=settings.gap)
    return Job.of(training, history)


def make_portfolio_job(
    history: JointHistory,
    holdings: tuple[Holding, ...],
    *,
    model: str | None = None,
    rebalancing: Rebalancing | None = None,
    days: int = 1260,
    iterations: int = 2000,
    seed: int | None = None,
    rules: Rules | None = None,
    warm_up: bool = False,
    rows: bool | None = None,
    uncertainty: bool | None = False,
    model_values: Mapping[str, Any] | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> Job:
    """The job that simulates several symbols in one account; the parameters are those of
    ``montecarlo.simulate_portfolio`` and of ``make_portfolio``.

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
        uncertainty=uncertainty,
        model_values=model_values,
    )
    return Job.of(portfolio, history)


def with_seed(job: Job, seed: int) -> Job:
    """The job that asks for the same of the same prices with another seed, and of the engine of today.

    Raises:
        ParameterError: today the same cannot be asked for.
    """
    experiment: Any = job.experiment
    again = replace(experiment, seed=seed)
    return Job(
        symbol=job.symbol,
        source=job.source,
        inputs=dict(job.inputs),
        experiment=again,
        engine=ENGINE_VERSION,
        chunk=again.chunk,
    )
