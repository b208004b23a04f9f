"""Comparing combinations of a strategy's parameters in this process, and what came of it."""

import io
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Unpack

import pandas as pd

from montecarlo.accounting.rules import RuleKeywords, Rules, rules_of
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.experiments import sweep_uncertainty
from montecarlo.experiments.left_open import DRAWS
from montecarlo.experiments.precision import NOT_IN_A_SWEEP
from montecarlo.experiments.sentence import of_sweep
from montecarlo.experiments.sweep import Sweep, axes_of, combinations
from montecarlo.experiments.traded_paths import seed_or_new
from montecarlo.experiments.warm_up import before_start
from montecarlo.models import BootstrapModel, Model
from montecarlo.strategies import Strategy
from montecarlo.wording import from_to, percent


@dataclass(frozen=True, eq=False)
class SweepResult:
    """What a sweep found; ``print`` tells it in words.

    Attributes:
        sweep: What was simulated, its seed and its costs included.
        table: A row for each combination; see ``montecarlo.experiments.sweep_tally.COLUMNS``.
        selection_bias: Columns ``statistic``, ``value``, ``low``, ``high``; see
            ``montecarlo.experiments.selection_bias.VALIDATED`` and ``FOLLOWED``.
        ranges: A row for each combination; see ``montecarlo.experiments.sweep_uncertainty.COLUMNS``.  None where it was
            not asked for.
    """

    sweep: Sweep
    table: pd.DataFrame
    selection_bias: pd.DataFrame
    ranges: pd.DataFrame | None = None

    @property
    def best(self) -> "pd.Series[Any]":
        """The row with the highest mean return."""
        return self.table.iloc[_best_of(self.table)]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about the price history behind the model."""
        return self.sweep.warnings

    def sentence(self, symbol: str = "") -> str:
        """What came of it, as a person repeats it; ``symbol`` is whose past the paths are like."""
        return of_sweep(symbol, self.sweep, self.table, self.selection_bias)

    def __str__(self) -> str:
        return "\n".join(in_words(self.sweep, self.table, self.selection_bias, self.ranges))


def sweep(
    model: Model,
    strategy: Strategy,
    over: Mapping[str, Iterable[Any]],
    *,
    days: int = 1260,
    iterations: int = 2000,
    seed: int | None = None,
    rules: Rules | None = None,
    warm_up: PriceHistory | None = None,
    uncertainty: bool = False,
    threads: int | None = None,
    progress: Callable[[int], object] | None = None,
    **rule_by_rule: Unpack[RuleKeywords],
) -> SweepResult:
    """Trade all combinations of one or two parameters of a strategy on the same simulated paths.

    Args:
        model: From ``fit``.
        strategy: Its other parameters are those of all combinations.
        over: The values of each parameter that is varied, such as ``{"short": range(5, 55, 5), "long": (100, 200)}``.
            Combinations that cannot be traded are left out: those that contradict each other and, without a warm-up,
            those that would decide too late.
        days, iterations, seed, rules, warm_up, rule_by_rule: As for ``simulate``.
        uncertainty: Find out, too, how the combinations fare under parameters that the history leaves open: 200 draws
            of them, on 1,024 paths each.
        threads: Cores to use; None uses all.
        progress: Called with the number of paths done, now and then.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    if "precision" in rule_by_rule:
        raise ParameterError({"precision": NOT_IN_A_SWEEP})
    made = make_sweep(
        model,
        strategy,
        over,
        days=days,
        iterations=iterations,
        seed=seed,
        rules=rules_of(rules, rule_by_rule),
        warm_up=warm_up,
        uncertainty=uncertainty,
    )
    rows = io.BytesIO()
    total = made.run(0, made.iterations, rows if made.keeps_returns else None, threads=threads, progress=progress)
    ranges = sweep_uncertainty.table(made.varied, total.uncertainty) if total.uncertainty else None
    return SweepResult(made, *made.tables(total, [rows.getvalue()]), ranges)


def make_sweep(
    model: Model,
    strategy: Strategy,
    over: Mapping[str, Iterable[Any]],
    *,
    days: int,
    iterations: int,
    seed: int | None,
    rules: Rules,
    warm_up: PriceHistory | None,
    uncertainty: bool = False,
) -> Sweep:
    """The experiment; the arguments are those of ``sweep``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    axes = axes_of(strategy, over)
    longest = 0
    if warm_up is not None:
        strategies = combinations(strategy, dict(axes), days, warm_up=True)
        longest = max(each.first_decision for each in strategies)
    return Sweep(
        model=model,
        strategy=strategy,
        axes=axes,
        days=days,
        iterations=iterations,
        seed=seed_or_new(seed),
        rules=rules,
        **before_start(warm_up, model, longest, strategy.uses_bars),
        uncertainty=uncertainty,
    )


def in_words(sweep: Sweep, table: pd.DataFrame, selection_bias: pd.DataFrame, ranges: pd.DataFrame | None) -> list[str]:
    """What a sweep found, in sentences."""
    best, strategy, over = table.iloc[_best_of(table)], sweep.strategies[_best_of(table)], dict(sweep.axes)
    bias = selection_bias.set_index("statistic")
    value, low, high = bias["value"], bias["low"], bias["high"]
    chosen = ", ".join(f"{name} {strategy.parameters[name].written(strategy.values[name]) or 'none'}" for name in over)
    lines = [
        f"Best of {len(table)} combinations by mean return: {chosen}, "
        f"{best['return_mean']:+.1%} ({best['return_mean_low']:+.1%} to {best['return_mean_high']:+.1%}), "
        f"invested on {best['exposure_mean']:.1%} of the days.",
        no_skill(sweep.model),
    ]
    if not math.isnan(value["exposure_and_trades"]):
        correlations = (("exposure", value["exposure_correlation"]), ("trades", value["trades_correlation"]))
        known = [f"{each:.2f} with {what}" for what, each in correlations if not math.isnan(each)]
        lines.append(
            f"Over the combinations, exposure and the number of trades explain {value['exposure_and_trades']:.0%} of "
            f"the differences in mean yearly return (correlation {', '.join(known)})."
        )
    if not math.isnan(low["validated_rank"]):
        lines.append(
            f"The combination that is the best on a path returns {value['chosen_return']:+.1%} there, and "
            f"{value['validated_return']:+.1%} ({low['validated_return']:+.1%} to {high['validated_return']:+.1%}) on "
            f"another path, where the average combination returns {value['average_return']:+.1%}; its relative rank "
            f"there is {value['validated_rank']:.2f} ({low['validated_rank']:.2f} to {high['validated_rank']:.2f}; by "
            "chance 0.5)."
        )
    if ranges is not None:
        worth = ranges.iloc[_best_of(table)]
        lines.append(
            f"Under the parameters that the history leaves open, this combination loses on "
            f"{from_to(worth['probability_of_loss_low'], worth['probability_of_loss_high'])} of the paths, and has the "
            f"highest median return of all in {percent(worth[sweep_uncertainty.BEST_IN])} of {DRAWS} draws."
        )
    return lines


def no_skill(model: Model) -> str:
    """What no rule can do on paths of the model."""
    if isinstance(model, BootstrapModel) and model.block > 1:
        return (
            f"Days of the bootstrap model depend on each other only within blocks, of {model.block:.0f} days on "
            "average, so a rule has little to time here: the best one mostly reflects how long it is invested, "
            "what it pays in costs, and luck."
        )
    return (
        f"Days of the {model.name} model are independent, so no rule has any skill in timing here: "
        "the best one mostly reflects how long it is invested, what it pays in costs, and luck."
    )


def _best_of(table: pd.DataFrame) -> int:
    """The row with the highest mean return, the first of those that share it."""
    return int(table["return_mean"].argmax())
