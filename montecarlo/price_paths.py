"""Simulated prices to look at: the very paths that ``simulate`` trades."""

import pandas as pd

from montecarlo import limits, reference
from montecarlo.errors import ParameterError
from montecarlo.models import Model
from montecarlo.simulate import seed_or_new

MAX_PRICES = 10**7  # 80 MB; more is for ``simulate``, which keeps no prices


def simulate_prices(model: Model, *, days: int = 1260, paths: int = 3, seed: int | None = None) -> pd.DataFrame:
    """The first paths of a simulation with the same model, days and seed.

    Args:
        model: From ``fit``.
        days: Trading days simulated.
        paths: Number of paths, from path 0 on.
        seed: Same seed, same prices; None draws one.

    Returns:
        Closes in dollars (index points for an index), shape (days + 1, paths), the first row the model's start price;
        index ``day``, columns ``path``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    seed = seed_or_new(seed)
    limits.require(days=days, seed=seed)
    at_most = MAX_PRICES // (days + 1)
    allowed = limits.Whole(1, at_most)
    if not allowed.accepts(paths):
        message = f"must be {allowed} for {days:,} days, not {limits.shown(paths)}: simulate() has no such limit"
        raise ParameterError({"paths": message})
    prices = reference.simulate_prices(model, seed, 0, paths, days)
    return pd.DataFrame(prices).rename_axis(index="day", columns="path")
