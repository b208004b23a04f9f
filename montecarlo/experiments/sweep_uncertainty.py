"""How the combinations of a sweep fare under the parameters that a history leaves open.

For each draw of parameters all combinations trade the same paths, so it can be told, too, in how many of the draws each
is the best: one that only suits the fit is the best in few.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from montecarlo.experiments.left_open import DRAWS, evenly_drawn
from montecarlo.experiments.parallel import available_cores, in_order, require_threads
from montecarlo.experiments.paths import simulate_together
from montecarlo.experiments.uncertainty import STATISTICS, Values, central, values_of
from montecarlo.models import Drawn
from montecarlo.statistics.ranks import best
from montecarlo.statistics.tally import BLOCK_PATHS

if TYPE_CHECKING:
    from montecarlo.experiments.simulation import Simulation

PATHS = BLOCK_PATHS  # for each draw and combination

BEST_IN = "best_in"
COLUMNS = (BEST_IN, *(f"{name}_{end}" for name in STATISTICS for end in ("low", "high")))
"""Behind the parameters that are varied: the share of the draws in which the combination has the highest median
return, and the ends of each statistic's range."""


def measure(
    simulations: "Sequence[Simulation]", *, threads: int | None = None, tell: Callable[[int], object]
) -> list[dict[str, float]]:
    """COLUMNS of each combination.

    Args:
        simulations: One for each combination.
        threads: Cores to use; None uses all.
        tell: Called with the number of draws that are done.

    Raises:
        ParameterError: ``threads`` is not a number of threads.
    """
    threads = available_cores() if threads is None else threads
    require_threads(threads)
    one = simulations[0]
    by_bars: dict[bool, list[int]] = {}  # some combinations may need bars, and others none
    for place, simulation in enumerate(simulations):
        by_bars.setdefault(simulation.draws_bars, []).append(place)
    drawn = {bars: evenly_drawn(one.model, one.seed, bars=bars) for bars in by_bars}

    def draw(number: int) -> list[Values]:
        found: dict[int, Values] = {}
        for bars, places in by_bars.items():
            each = drawn[bars]
            model = Drawn(each.stage, each.parameters[[number]], each.drifts[[number]])
            results = simulate_together([simulations[place] for place in places], 0, PATHS, model)
            found |= dict(zip(places, map(values_of, results), strict=True))
        return [found[place] for place in range(len(simulations))]

    by_draw = []
    for values in in_order(draw, range(DRAWS), threads):
        by_draw.append(values)
        tell(len(by_draw))
    medians = np.array([[each["return_median"] for each in values] for values in by_draw])
    wins = np.bincount(best(medians), minlength=len(simulations)) / DRAWS
    found = []
    for place, of_one in enumerate(zip(*by_draw, strict=True)):
        line = {BEST_IN: float(wins[place])}
        for name in STATISTICS:
            line[f"{name}_low"], line[f"{name}_high"] = central(values[name] for values in of_one)
        found.append(line)
    return found


def table(varied: Mapping[str, Sequence[Any]], found: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    """A row for each combination: the values that are varied, by name, and COLUMNS."""
    return pd.DataFrame({**varied, **{name: [each[name] for each in found] for name in COLUMNS}})
