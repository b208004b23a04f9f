"""The verdict on a rule: where its result on days it has not seen stands among histories in which nothing can be known.

A backtest out of sample is one number, and luck makes such numbers, too.  So the same rule, trained once and not again,
trades thousands of simulated histories of the same length, and it is counted how many of them do at least as well.
Where a day says nothing of the next, whatever the rule makes is luck, and what the market gives.

What makes the two comparable:

    the market     The model is fitted to the unseen days themselves, so that simulated histories drift and vary as
                   these did.  A rule that was merely in a rising market has no advantage over them: they rise as much,
                   on average.  Nobody could have known this drift before; it is a yardstick, not a forecast.
    the start      All begin at the last close that was seen, behind the same real closes, so that the first decision is
                   the same one everywhere, and no day is lost to waiting.
    the rules      Capital, costs, fills and the number of days are the same.
    the statistic  Whatever does at least as well counts, ties included: a rule that never trades proves nothing.

Which model: unasked, the unseen days are dealt out anew, one by one (``bootstrap``, ``block=1``).  Their gaps, ranges
and wild days stay, and memory goes.  ``gbm`` has no memory either, but other days: all of them vary alike,
so that near stops and targets are reached sooner than on days of which most are calm.  There are more trades then, and
more costs, by which alone results differ; ``warnings`` tells.  It opens at the close before, so that no stop is jumped
over.  With the blocks that ``bootstrap`` is fitted with, memory of that length stays, and skill may.

One verdict is on one rule and one stretch of days.  Of twenty rules that are tried on the same days, one is among the
best twentieth by luck alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Unpack

import numpy as np
import pandas as pd

from montecarlo.accounting.rules import RuleKeywords, Rules, rules_of
from montecarlo.data.history import MIN_RETURNS, PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.experiments.backtest import Backtest, backtest
from montecarlo.experiments.scores_on_paths import areas_on_paths
from montecarlo.experiments.simulate import simulate
from montecarlo.experiments.simulation import ROWS_BY_DEFAULT, Simulation
from montecarlo.experiments.within_days import fit_for
from montecarlo.models import BootstrapModel, Model
from montecarlo.models.model import drift_doubts
from montecarlo.parameters import shown
from montecarlo.statistics.estimators import proportion_estimate
from montecarlo.strategies import Strategy
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.wording import count, from_to, percent

STATISTICS = ("return", "sharpe", "expectancy")
"""What is compared, as columns of a path; the last one only where orders are kept within the day."""

LUCK = 0.05
"""A share of histories from which on luck is a likely reason."""

SCORED = 200
MIN_TRADES = 20
_MORE_TRADES = 0.15  # of the real ones, or of MIN_TRADES: a larger difference is told


@dataclass(frozen=True, eq=False)
class Verdict:
    """
    Attributes:
        strategy: The rule.
        simulation: Of the simulated histories: model, seed, days and rules.
        unseen_from: The first day that the rule has not seen.
        backtest: On the unseen days, and the few closes before them that the first decision needs; the account has its
            capital at the last close that was seen.
        table: A row for each of STATISTICS: ``statistic``, ``real``, the ``median`` of the simulated histories, the
            ``share`` of them that does at least as well with its 95 % interval (Wilson), ``low`` and ``high``, and the
            number of ``histories`` in which it is defined; NaN where the real one is undefined.
        paths: A row for each simulated history; see ``Result.paths``.
        areas: Of a forecast, for each side that it trades: ``side``, and the area under the curve of its scores on
            some of the simulated histories, ``auc``, ``low``, ``high``, ``signals``; 0.5 is no skill.
    """

    strategy: Strategy
    simulation: Simulation
    unseen_from: date
    backtest: Backtest
    table: pd.DataFrame
    paths: pd.DataFrame = field(repr=False)
    areas: pd.DataFrame

    @property
    def days(self) -> int:
        """How many days the rule had not seen."""
        return self.simulation.days

    @property
    def real(self) -> float:
        """The return on them, as a fraction."""
        return float(self.table["real"].iloc[0])

    @property
    def share(self) -> tuple[float, float, float]:
        """Of the simulated histories, those that return at least as much; with its interval."""
        value, low, high = self.table[["share", "low", "high"]].iloc[0]
        return float(value), float(low), float(high)

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """What a person repeats."""
        unseen = f"On the {count(self.days, 'day')} it had not seen, the rule"
        if not self.trades:
            return f"{unseen} never traded: there is nothing to judge."
        value, low, high = self.share
        made = f"made {percent(self.real)}" if self.real >= 0 else f"lost {percent(-self.real)}"
        return (
            f"{unseen} {made}; of {len(self.paths):,} {_histories(self.simulation.model)} {percent(value)} "
            f"({from_to(low, high)}) did at least as well: {_meaning(low, high)}."
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about the prices, the rule and the comparison."""
        doubts = (*self.backtest.warnings, *self.simulation.warnings)
        told = dict.fromkeys(each for each in doubts if each not in self._of_drift())
        return (*told, *self._of_trades(), *self._of_rules())

    def _of_drift(self) -> tuple[str, ...]:
        """That it is known roughly, which is no doubt here: the real days and the simulated ones have the same."""
        model, real, year = self.simulation.model, self._real_values, self.simulation.model.bars_per_year
        errors = [(real["price_drift"], real["price_drift_error"], len(self.backtest.equity) - 1)]
        if model.drift_error is not None:
            errors.append((model.drift, model.drift_error, self.days))
        return tuple(told for drift, error, days in errors for told in drift_doubts(drift, error, days / year))

    @property
    def _real_values(self) -> dict[str, float]:
        summary = self.backtest.summary
        return dict(zip(summary["statistic"], summary["value"], strict=True))

    @property
    def trades(self) -> float:
        """Of the real history: with none, there is nothing to judge."""
        return float(self._real_values["trades"])

    def _of_trades(self) -> tuple[str, ...]:
        real = self.trades
        simulated = float(self.paths["trades"].mean())
        if abs(simulated - real) <= _MORE_TRADES * max(real, MIN_TRADES):
            return ()
        return (
            f"the rule has {count(int(real), 'trade')} in the real history and {simulated:,.0f} on average in those of "
            f"the model {self.simulation.model.name}, so costs differ by that alone; without a model, the unseen days "
            "are dealt out, and differ less",
        )

    def _of_rules(self) -> tuple[str, ...]:
        if not isinstance(self.strategy, MlForecast):
            return ()
        trained, rules = self.strategy.card.barrier, self.simulation.rules
        return tuple(
            f"the model {self.strategy.card.name} was trained for {name} {getattr(trained, name)}, and is judged with "
            f"{getattr(rules, name)}"
            for name in ("fill", "intrabar")
            if getattr(trained, name) != getattr(rules, name)
        )


def verdict(
    history: PriceHistory,
    strategy: Strategy,
    *,
    model: str | Model | None = None,
    unseen_from: date | None = None,
    iterations: int = 2000,
    seed: int | None = None,
    rules: Rules | None = None,
    scored: int = SCORED,
    threads: int | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> Verdict:
    """Find out where a rule's result on days that it has not seen stands among simulated histories as long.

    Args:
        history: From ``load_history``: the days that the rule has seen, and those after them.
        strategy: The rule, as it was before the unseen days.
        model: The name of a model, which is fitted to the unseen days; or one that is fitted already, of which only the
            start price is changed.  None deals out the unseen days, one by one.
        unseen_from: The first day that it has not seen; None takes what the trained model of a forecast says.
        iterations: Number of simulated histories.
        seed: Same seed, same bits; None draws one, which the result's simulation tells.
        rules, rule_by_rule: As for ``backtest``.
        scored: Number of simulated histories whose scores a forecast is judged by, at least 2.
        threads: Cores to use; None uses all.

    Raises:
        ParameterError: naming each parameter that cannot be used.
        HistoryError: what is traded within the day needs open, high and low, and the history has closes only.
    """
    rules = rules_of(rules, rule_by_rule)
    first = _first_unseen(history, strategy, unseen_from)
    seen, unseen = _rows(history, 0, first), _rows(history, first - 1, len(history.bars))
    found = _real(history, first - 1, strategy, rules)
    if model is None or isinstance(model, str):
        fitted = fit_for(unseen, model or BootstrapModel.name, strategy, rules)
        model = replace(fitted, block=1.0) if model is None and isinstance(fitted, BootstrapModel) else fitted
    if isinstance(iterations, int) and iterations > ROWS_BY_DEFAULT:
        raise ParameterError({"iterations": f"must be {ROWS_BY_DEFAULT:,} at most, because each history has a row"})
    result = simulate(
        replace(model, start_price=float(seen.closes[-1])),
        strategy,
        days=len(unseen.closes) - 1,
        iterations=iterations,
        seed=seed,
        rules=rules,
        warm_up=seen,
        rows=True,
        threads=threads,
    )
    assert result.paths is not None  # rows are kept
    real = dict(zip(found.summary["statistic"], found.summary["value"], strict=True))
    real["return"] = real["final_value"] / rules.capital - 1
    return Verdict(
        strategy=strategy,
        simulation=result.simulation,
        unseen_from=history.dates[first].astype(date),
        backtest=found,
        table=compared(real, result.paths),
        paths=result.paths,
        areas=areas_on_paths(result.simulation, scored),
    )


def compared(real: Mapping[str, float], paths: pd.DataFrame) -> pd.DataFrame:
    """The ``table`` of a verdict.

    Args:
        real: Each of STATISTICS in the real history, by name.
        paths: The same of simulated histories, in columns; one that is missing is left out.
    """
    rows = []
    for name in STATISTICS:
        if name not in paths:
            continue
        values = paths[name].to_numpy()
        values = values[~np.isnan(values)]
        known = len(values) > 0 and not np.isnan(real[name])
        as_well = int(np.count_nonzero(values >= real[name]))
        share, low, high = proportion_estimate(as_well, len(values)) if known else (np.nan,) * 3
        median = float(np.median(values)) if len(values) else np.nan
        rows.append((name, real[name], median, share, low, high, len(values)))
    return pd.DataFrame(rows, columns=["statistic", "real", "median", "share", "low", "high", "histories"])


def _first_unseen(history: PriceHistory, strategy: Strategy, unseen_from: date | None) -> int:
    """The row of the first unseen day.

    Raises:
        ParameterError: it is not known, or leaves too few days on either side.
    """
    if unseen_from is None:
        if not isinstance(strategy, MlForecast):
            raise ParameterError({"unseen_from": "must be given, because only a trained model says what it has seen"})
        unseen_from = strategy.at_hand.trained_on.unseen_from
    elif not isinstance(unseen_from, date):
        raise ParameterError({"unseen_from": f"must be a date, not {shown(unseen_from)}"})
    first = int(np.searchsorted(history.dates, np.datetime64(unseen_from)))
    unseen = len(history.dates) - first
    if unseen < MIN_RETURNS:
        message = (
            f"leaves {count(max(unseen, 0), 'day')} to judge by, and it takes {MIN_RETURNS}: take a longer history"
        )
        raise ParameterError({"unseen_from": f"{unseen_from} {message}"})
    if first <= strategy.first_decision:
        message = (
            f"has {count(first, 'close')} before it, and {strategy.called} needs {strategy.first_decision + 1:,} to "
            "decide at the last of them: take a history that begins earlier"
        )
        raise ParameterError({"unseen_from": f"{unseen_from} {message}"})
    return first


def _real(history: PriceHistory, last_seen: int, strategy: Strategy, rules: Rules) -> Backtest:
    """On the days after row ``last_seen``, and those before it that the first decision needs.

    Idle cash may earn interest on these, and then there is less of it to begin with, so that all of the capital is
    there at the last close that was seen, as it is in simulated histories.
    """
    before = strategy.first_decision
    capital = rules.capital / rules.idle_growth(history.bars_per_year) ** before
    return backtest(
        _rows(history, last_seen - before, len(history.bars)), strategy, rules=replace(rules, capital=capital)
    )


def _rows(history: PriceHistory, first: int, stop: int) -> PriceHistory:
    return replace(history, bars=history.bars.iloc[first:stop])


def _histories(model: Model) -> str:
    independent = model.expected_growth() is not None or (isinstance(model, BootstrapModel) and model.block == 1)
    return "histories without any memory" if independent else f"histories of the model {model.name}"


def _meaning(low: float, high: float) -> str:
    if np.isnan(low):
        return "that says nothing"
    if high < LUCK:
        return "luck alone seldom gives that"
    return "that is what luck gives" if low >= LUCK else "that is at the edge of what luck gives"
