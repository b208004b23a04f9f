"""Simulated prices to look at: the very paths that ``simulate`` trades."""

import pandas as pd

from montecarlo.errors import ParameterError
from montecarlo.experiments.paths import draw_closes
from montecarlo.experiments.traded_paths import TradedPaths, seed_or_new
from montecarlo.models import Model
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
    days, iterations, seed = plain(days), plain(iterations), seed_or_new(plain(seed))
    known = declared(TradedPaths)
    found = {name: known[name].problem(value) for name, value in (("days", days), ("seed", seed))}
    if found := {name: problem for name, problem in found.items() if problem}:
        raise ParameterError(found)
    allowed = Whole(1, MAX_PRICES // (days + 1))
    if not allowed.accepts(iterations):
        message = f"must be {allowed} for {days:,} days, not {shown(iterations)}: simulate() has no such limit"
        raise ParameterError({"iterations": message})
    prices = draw_closes(model, seed, 0, iterations, days)
    return pd.DataFrame(prices).rename_axis(index="day", columns="path")
