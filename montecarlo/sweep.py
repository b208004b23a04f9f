"""Many pairs of windows on the same simulated paths, and how much of the best one is luck."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo import limits
from montecarlo.engine.run import simulate_together
from montecarlo.errors import ParameterError
from montecarlo.history import PriceHistory
from montecarlo.in_order import blocks_in_order
from montecarlo.luck import judge, luck_table
from montecarlo.models import BootstrapModel, Model
from montecarlo.moments import Moments
from montecarlo.rules import Rules
from montecarlo.simulate import seed_or_new
from montecarlo.simulation import Simulation
from montecarlo.strategies import SmaCrossover
from montecarlo.sweep_totals import Returns, Totals, table_of
from montecarlo.warm_up import closes_before_start

Part = tuple[Totals, Moments, NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a sweep found; ``print`` tells it in words.

    Attributes:
        simulations: One for each pair of windows, for which ``simulate`` finds the same numbers.
        table: A row for each pair; see ``montecarlo.sweep_totals.COLUMNS``.
        luck: Columns ``statistic``, ``value``, ``low``, ``high``; see ``montecarlo.luck.JUDGED`` and ``FOLLOWED``.
    """

    simulations: tuple[Simulation, ...]
    table: pd.DataFrame
    luck: pd.DataFrame

    @property
    def best(self) -> "pd.Series[float]":
        """The row with the highest mean return."""
        return self.table.iloc[int(self.table["return_mean"].argmax())]

    @property
    def seed(self) -> int:
        return self.simulations[0].seed

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.simulations[0].model.warnings

    def __str__(self) -> str:
        best, luck = self.best, self.luck.set_index("statistic")
        value, low, high = luck["value"], luck["low"], luck["high"]
        lines = [
            f"Best of {len(self.table)} pairs by mean return: windows {best['short']:.0f} and {best['long']:.0f}, "
            f"{best['return_mean']:+.1%} ({best['return_mean_low']:+.1%} to {best['return_mean_high']:+.1%}), "
            f"invested on {best['exposure_mean']:.1%} of the days.",
            no_skill(self.simulations[0].model),
        ]
        if not math.isnan(value["exposure_and_trades"]):
            lines.append(
                f"Over the pairs, exposure and the number of trades explain {value['exposure_and_trades']:.0%} of the "
                f"differences in mean yearly return (correlation {value['exposure_correlation']:.2f} with exposure, "
                f"{value['trades_correlation']:.2f} with trades)."
            )
        if not math.isnan(low["judged_rank"]):
            lines.append(
                f"The pair that is the best on a path returns {value['chosen_return']:+.1%} there, and "
                f"{value['judged_return']:+.1%} ({low['judged_return']:+.1%} to {high['judged_return']:+.1%}) on "
                f"another path, where the average pair returns {value['average_return']:+.1%}; its relative rank there "
                f"is {value['judged_rank']:.2f} ({low['judged_rank']:.2f} to {high['judged_rank']:.2f}; by chance 0.5)."
            )
        return "\n".join(lines)


def sweep(
    model: Model,
    shorts: Iterable[int],
    longs: Iterable[int],
    *,
    shorting: bool = False,
    days: int = 1260,
    iterations: int = 2000,
    seed: int | None = None,
    fill: str = "next-close",
    capital: float = 100_000.0,
    shares: float | None = None,
    commission: float = 0.0005,
    slippage: float = 0.0005,
    risk_free: float = 0.0,
    warm_up: PriceHistory | None = None,
    threads: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Sweep:
    """Trade the crossovers of all pairs of windows on the same simulated paths.

    Args:
        model: From ``fit``.
        shorts: Short windows, trading days.
        longs: Long windows, trading days.  Pairs that cannot be traded are left out: those whose short window is not
            shorter than the long one, and, without a warm-up, those whose long window is longer than ``days``.
        shorting: See ``SmaCrossover``.
        days, iterations, seed, warm_up: As for ``simulate``.
        fill, capital, shares, commission, slippage, risk_free: See ``Rules``.
        threads: Cores to use; None uses all.
        progress: Called with the number of paths done, now and then.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    rules = Rules(
        capital=capital, shares=shares, commission=commission, slippage=slippage, fill=fill, risk_free=risk_free
    )
    seed = seed_or_new(seed)
    limits.require(days=days, iterations=iterations, seed=seed, shorting=shorting)
    windows = window_pairs(shorts, longs, None if warm_up else days)
    simulations = tuple(
        Simulation(
            model=model,
            strategy=strategy,
            rules=rules,
            days=days,
            iterations=iterations,
            seed=seed,
            warm_up=() if warm_up is None else closes_before_start(warm_up, model, strategy),
        )
        for strategy in (SmaCrossover(short, long, shorting) for short, long in windows)
    )

    def part(first: int, stop: int) -> Part:
        results = simulate_together(simulations, first, stop)
        returns = results["final_value"] - 1
        return Totals.of(simulations, results), judge(returns), returns

    totals: Totals | None = None
    judged: Moments | None = None
    all_returns = Returns()
    for more, more_judged, returns in blocks_in_order(part, 0, iterations, threads=threads):
        totals = more if totals is None else totals + more
        judged = more_judged if judged is None else judged + more_judged
        all_returns.add(returns)
        if progress:
            progress(totals.paths)
    assert totals is not None  # there is at least one path
    assert judged is not None
    table = table_of(windows, totals, all_returns)
    return Sweep(simulations, table, luck_table(judged, table))


def window_pairs(shorts: Iterable[int], longs: Iterable[int], days: int | None) -> list[tuple[int, int]]:
    """All pairs of a short window and a longer one that is no longer than ``days``, ascending.

    Raises:
        ParameterError: a window cannot be used, or there are fewer than two pairs or more than ``limits.MAX_PAIRS``.
    """
    shorts, longs = _windows("short", shorts), _windows("long", longs)
    longs = [long for long in longs if days is None or long <= days]
    count = sum(bisect_left(shorts, long) for long in longs)
    if count < 2:
        legal = "short < long" if days is None else f"short < long <= {days:,} days"
        raise ParameterError({"short": f"and long must make at least two pairs with {legal}, not {count}"})
    if count > limits.MAX_PAIRS:
        message = f"and long must make {limits.MAX_PAIRS:,} pairs at most, not {count:,}: take larger steps"
        raise ParameterError({"short": message})
    return [(short, long) for short in shorts for long in longs if short < long]


def no_skill(model: Model) -> str:
    """What no crossover can do on paths of the model."""
    if isinstance(model, BootstrapModel):
        return (
            f"Days of the bootstrap model depend on each other only within blocks, of {model.block:.0f} days on "
            "average, so a crossover has little to time here: the best pair mostly reflects how long it is invested, "
            "what it pays in costs, and luck."
        )
    return (
        f"Days of the {model.name} model are independent, so no crossover has any skill in timing here: "
        "the best pair mostly reflects how long it is invested, what it pays in costs, and luck."
    )


def _windows(name: str, windows: Iterable[int]) -> list[int]:
    found = set()
    for window in windows:
        limits.require(**{name: window})
        found.add(window)
    return sorted(found)
