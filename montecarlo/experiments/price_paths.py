"""Simulated prices to look at: the very paths that ``simulate`` trades."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.engine.joint_prices import draw_joint_closes
from montecarlo.engine.lanes import LANES
from montecarlo.errors import ParameterError
from montecarlo.experiments.paths import draw_bars, draw_closes
from montecarlo.experiments.traded_paths import TradedPaths, seed_or_new
from montecarlo.models import Model, require_bars
from montecarlo.models.joint import JointDrawn, JointModel
from montecarlo.parameters import Whole, declared, plain, shown

MAX_PRICES = 10**7  # 80 MB; more is for ``simulate``, which keeps no prices


def simulate_prices(model: Model, *, days: int = 1260, iterations: int = 3, seed: int | None = None) -> pd.DataFrame:
    """The first paths of a simulation with the same model, days and seed.

    Args:
        model: From ``fit``.
        days: Trading days simulated.
        iterations: Number of paths, from path 0 on.
        seed: Same seed, same prices; None draws one.

    Returns:
        Closes in dollars (index points for an index), shape (days + 1, paths), the first row the model's start price;
        index ``day``, columns ``path``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    days, iterations, seed = _checked(days, iterations, seed, MAX_PRICES)
    prices = draw_closes(model, seed, 0, iterations, days)
    return pd.DataFrame(prices).rename_axis(index="day", columns="path")


def simulate_bars(model: Model, *, days: int = 1260, iterations: int = 3, seed: int | None = None) -> pd.DataFrame:
    """The same paths with what happened within their days; the closes are those of ``simulate_prices``.

    Args:
        model, days, iterations, seed: As of ``simulate_prices``; a bootstrap is from ``fit(…, bars=True)``.

    Returns:
        Open, high, low and close in dollars (index points for an index), shape (days + 1, 4 paths), the first row the
        model's start price; index ``day``, columns ``path`` and ``price``, so that ``bars[0]`` are those of path 0.

    Raises:
        ParameterError: naming each parameter that cannot be used; the model has no bars.
    """
    require_bars(model)
    days, iterations, seed = _checked(days, iterations, seed, MAX_PRICES // 4)
    bars = draw_bars(model, seed, 0, iterations, days)
    prices = np.stack(bars, axis=2).reshape(days + 1, -1)
    columns = pd.MultiIndex.from_product([range(iterations), bars._fields], names=["path", "price"])
    return pd.DataFrame(prices, columns=columns).rename_axis(index="day")


def simulate_joint_prices(
    model: JointModel, *, days: int = 1260, iterations: int = 3, seed: int | None = None
) -> pd.DataFrame:
    """The first paths of a portfolio's simulation with the same model, days and seed.

    Args:
        model: From ``fit_joint``.
        days, iterations, seed: As of ``simulate_prices``.

    Returns:
        Closes of all symbols in their own currencies, shape (days + 1, paths · symbols), the first row the start
        prices; index ``day``, columns ``path`` and ``symbol``, so that ``prices[0]`` are those of path 0.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    days, iterations, seed = _checked(days, iterations, seed, MAX_PRICES // len(model.symbols))
    prices = joint_closes(model, seed, 0, iterations, days).transpose(0, 2, 1).reshape(days + 1, -1)
    columns = pd.MultiIndex.from_product([range(iterations), model.symbols], names=["path", "symbol"])
    return pd.DataFrame(prices, columns=columns).rename_axis(index="day")


def joint_closes(
    model: JointModel, seed: int, first: int, paths: int, days: int, *, drawn: JointDrawn | None = None
) -> NDArray[np.float64]:
    """Closes of all symbols on the paths from ``first`` on, shape (days + 1, symbols, paths).

    Args:
        first: A multiple of LANES where there are several models in ``drawn``.
        drawn: Models in place of this one, from ``JointModel.redrawn``: each group of LANES paths has the next of them.
    """
    drawn = drawn or model.drawn()
    closes = np.empty((days + 1, len(model.symbols), -(-paths // LANES) * LANES))
    closes[0] = np.reshape(model.start_prices, (-1, 1))
    draw_joint_closes(drawn.stage, seed, first, drawn.parameters, drawn.table, closes)
    return closes[:, :, :paths]


def _checked(days: int, iterations: int, seed: int | None, most: int) -> tuple[int, int, int]:
    """The same as whole numbers, if they ask for so many numbers at most."""
    days, iterations, seed = plain(days), plain(iterations), seed_or_new(plain(seed))
    known = declared(TradedPaths)
    found = {name: known[name].problem(value) for name, value in (("days", days), ("seed", seed))}
    if found := {name: problem for name, problem in found.items() if problem}:
        raise ParameterError(found)
    allowed = Whole(1, most // (days + 1))
    if not allowed.accepts(iterations):
        message = f"must be {allowed} for {days:,} days, not {shown(iterations)}: simulate() has no such limit"
        raise ParameterError({"iterations": message})
    return days, iterations, seed
