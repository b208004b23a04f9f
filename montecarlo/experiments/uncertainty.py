"""What a simulation's answer is worth: how it changes with the parameters that a history leaves open.

A fit says which parameters suit a history best; others suit it nearly as well, and above all the drift is a guess.  So
the same is simulated under models that the history might as well have come from: ``Model.redrawn``.

    predictive  each group of LANES paths has parameters of its own, so a statistic averages over what is not known
    range       a statistic under each of DRAWS parameters, on the same random numbers: where 95 % of its values are
    drift       a statistic at drifts that a person asks for next, likewise

A range is as wide as that of a statistic of PATHS paths can be, whatever the job's size.  None of the three knows
whether the model is right, or that people try rules on stocks which they chose because they rose.

Sources:
    Barberis (2000), "Investing for the long run when returns are predictable", J. Finance 55: predictive distributions.
    Glasserman (2003), "Monte Carlo Methods in Financial Engineering", 4.3: stratified sampling; 7.1: common random
    numbers.
"""

import io
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.accounting.rules import Rules
from montecarlo.engine.lanes import LANES
from montecarlo.engine.tolerances import EVEN
from montecarlo.experiments.experiment import Progress
from montecarlo.experiments.left_open import DRAWS, MANY, Fit, LeftOpen, Redrawn, WithOpenParameters
from montecarlo.experiments.parallel import available_cores, in_order, require_threads
from montecarlo.statistics.estimators import NAN
from montecarlo.statistics.fan import Fan
from montecarlo.statistics.histogram import rank_of
from montecarlo.statistics.summary import summarise
from montecarlo.statistics.tables import whole_table
from montecarlo.statistics.tally import BLOCK_PATHS, Tally
from montecarlo.wording import count, from_to, percent

PATHS = 2 * BLOCK_PATHS  # under each of them, and at each drift: the same ones
PREDICTIVE_PATHS = 64 * BLOCK_PATHS

STATISTICS = (
    "return_median",
    "probability_of_loss",
    "probability_of_beating_buy_and_hold",
    "max_drawdown_q95",
    "expected_shortfall_95",
)
"""Those that have a range."""

COLUMNS = ("statement", "setting", "drift", "statistic", "value", "low", "high")
NUMBERS = ("drift", "value", "low", "high")
PREDICTIVE, RANGE, AT_DRIFT = ("predictive", "range", "drift")
AT_THE_FIT, ZERO = "at the fit", "zero"

_LOW = rank_of(0.025, DRAWS)
_STEPS = (-2, -1, 0, 1, 2)  # standard errors from the fitted drift
_TAIL = 0.05  # of the paths, whose mean loss is the expected shortfall

Values = dict[str, float]
Part = TypeVar("Part")


@dataclass(frozen=True)
class Drawing:
    """What came of one draw of parameters, or of a drift.

    Attributes:
        setting: Which drift that is; empty for a draw.
        drift: Per year.
        values: Of STATISTICS.
    """

    setting: str
    drift: float
    values: Values


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """What was found.

    Attributes:
        predictive: Of PREDICTIVE_PATHS paths, whose parameters are drawn.
        draws: One for each draw of parameters.
        drifts: One for each drift that a person asks for.
    """

    predictive: Tally
    draws: tuple[Drawing, ...]
    drifts: tuple[Drawing, ...]

    def range_of(self, statistic: str) -> tuple[float, float]:
        """The ends of the central 95 % of a statistic's values over the draws."""
        return central(each.values[statistic] for each in self.draws)

    def table(self, rules: Rules, days: int, bars_per_year: int) -> pd.DataFrame:
        """All of it, with COLUMNS: predictive statistics have a value, ranges have ends, and drifts have values."""
        predictive = summarise(self.predictive, rules, days, bars_per_year)
        records: list[tuple[Any, ...]] = [
            (PREDICTIVE, "", NAN, statistic, value, NAN, NAN)
            for statistic, value in predictive[["statistic", "value"]].itertuples(index=False)
        ]
        records += [(RANGE, "", NAN, statistic, NAN, *self.range_of(statistic)) for statistic in STATISTICS]
        records += [
            (AT_DRIFT, each.setting, each.drift, statistic, each.values[statistic], NAN, NAN)
            for each in self.drifts
            for statistic in STATISTICS
        ]
        return pd.DataFrame.from_records(records, columns=list(COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        draws, drifts = ([asdict(each) for each in several] for several in (self.draws, self.drifts))
        return {"predictive": self.predictive.to_dict(), "draws": draws, "drifts": drifts}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        draws, drifts = (tuple(Drawing(**each) for each in values[name]) for name in ("draws", "drifts"))
        return cls(Tally.from_dict(values["predictive"]), draws, drifts)


def central(values: Iterable[float]) -> tuple[float, float]:
    """Between which 95 % of DRAWS values are."""
    in_order_of_size = sorted(values)
    return in_order_of_size[_LOW - 1], in_order_of_size[-_LOW]


def headline(summary: pd.DataFrame, table: pd.DataFrame | None) -> dict[str, str]:
    """Each of STATISTICS at the fit, with its range, in a phrase such as "26 %, range 6 to 61 %".

    Args:
        summary: Columns ``statistic`` and ``value``; at the fit.
        table: From ``Uncertainty.table``; None where nothing is known of it.
    """
    at_the_fit = summary.set_index("statistic")["value"]
    found = {statistic: percent(at_the_fit[statistic]) for statistic in STATISTICS}
    if table is not None:
        for _, line in table[table["statement"] == RANGE].iterrows():
            found[line["statistic"]] += f", range {from_to(line['low'], line['high'])}"
    return found


def from_csv(content: bytes) -> pd.DataFrame:
    """The table that was written as ``uncertainty.csv``."""
    return pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=dict.fromkeys(NUMBERS, ""))


def paths_of(fit: Fit, rules: Rules) -> int:
    """How many paths it takes to find out."""
    return _paths(len(drifts_of(fit, rules)))


def most_paths() -> int:
    """How many it takes where every drift is asked for."""
    return _paths(len(_STEPS) + 2)


def _paths(drifts: int) -> int:
    return (DRAWS + drifts) * PATHS + PREDICTIVE_PATHS


def measure(
    experiment: WithOpenParameters, *, threads: int | None = None, progress: Progress | None = None
) -> Uncertainty:
    """Find out what the experiment's answer is worth.

    Args:
        experiment: Whose parameters a history leaves open.
        threads: Cores to use; None uses all.
        progress: Called with the number of paths that are done, of ``paths_of`` them, now and then.

    Raises:
        ParameterError: ``threads`` is not a number of threads.
    """
    threads = available_cores() if threads is None else threads
    require_threads(threads)
    done = 0

    def tell(paths: int) -> None:
        nonlocal done
        done += paths
        if progress:
            progress(done)

    draws = measure_draws(experiment, threads, tell)
    drifts = measure_drifts(experiment, threads, tell)
    return Uncertainty(measure_predictive(experiment, threads, tell), draws, drifts)


def measure_draws(experiment: WithOpenParameters, threads: int, tell: Progress) -> tuple[Drawing, ...]:
    """STATISTICS under each of DRAWS parameters; ``tell`` is called with the number of paths that each took."""
    left_open = experiment.left_open
    drawn = (("", each) for each in left_open.evenly_drawn())
    return tuple(_drawings(left_open, drawn, threads, tell))


def measure_drifts(experiment: WithOpenParameters, threads: int, tell: Progress) -> tuple[Drawing, ...]:
    """The same at each drift that a person asks for."""
    left_open = experiment.left_open
    asked = drifts_of(left_open.fit, left_open.rules).items()
    at_drifts = ((setting, left_open.at_drift(drift)) for setting, drift in asked)
    return tuple(_drawings(left_open, at_drifts, threads, tell))


def measure_predictive(experiment: WithOpenParameters, threads: int, tell: Progress) -> Tally:
    """Of paths whose parameters are drawn, those of each group of LANES neighbours together."""
    left_open = experiment.left_open

    def block(first: int) -> Tally:
        drawn = left_open.redrawn(MANY + first // LANES, BLOCK_PATHS // LANES)
        return Tally.of(left_open.rows(drawn, first, first + BLOCK_PATHS))

    total, *others = _told(in_order(block, range(0, PREDICTIVE_PATHS, BLOCK_PATHS), threads), BLOCK_PATHS, tell)
    for tally in others:
        total += tally
    return replace(total, fan=Fan(total.fan.first, total.fan.counts[-1:]))  # nobody looks at the others


def _drawings(
    left_open: LeftOpen[Any], drawn: Iterable[tuple[str, Redrawn[Any]]], threads: int, tell: Progress
) -> Iterator[Drawing]:
    def one(named: tuple[str, Redrawn[Any]]) -> Drawing:
        setting, (drift, models) = named
        return Drawing(setting, drift, values_of(left_open.results(models, 0, PATHS)))

    return _told(in_order(one, drawn, threads), PATHS, tell)


def _told(parts: Iterable[Part], paths: int, tell: Progress) -> Iterator[Part]:
    for part in parts:
        tell(paths)
        yield part


def drifts_of(fit: Fit, rules: Rules) -> dict[str, float]:
    """The drifts that a person asks for, per year."""
    error = fit.drift_error or 0.0
    found = {
        f"{count(steps, 'standard error')}" if steps else AT_THE_FIT: fit.drift + steps * error
        for steps in (_STEPS if error else (0,))
    }
    found[ZERO] = 0.0
    if rules.risk_free:
        found["the risk-free rate"] = rules.risk_free
    return found


def require_whole(content: bytes, drifts: int, statistics: int) -> None:
    """
    Args:
        content: Of a file.
        drifts: How many of them a person asks for.
        statistics: How many a summary has.

    Raises:
        ValueError: it is no longer the table that was written.
    """
    lines = statistics + (1 + drifts) * len(STATISTICS)
    whole_table(content, COLUMNS, NUMBERS, lines)


def values_of(results: NDArray[np.void]) -> Values:
    """Of STATISTICS, from records RESULT, shape (paths,)."""
    paths, wealth = len(results), np.sort(results["final_value"])
    drawdowns = np.sort(results["max_drawdown"])
    quantile = float(wealth[rank_of(_TAIL, paths) - 1])
    missing = math.fsum(quantile - value for value in wealth[wealth < quantile].tolist())
    return {
        "return_median": float(wealth[rank_of(0.5, paths) - 1]) - 1,
        "probability_of_loss": int(np.count_nonzero(wealth < 1)) / paths,
        "probability_of_beating_buy_and_hold": int(
            np.count_nonzero(results["final_value"] > (1 + EVEN) * results["hold_value"])
        )
        / paths,
        "max_drawdown_q95": float(drawdowns[rank_of(0.95, paths) - 1]),
        "expected_shortfall_95": 1 - quantile + missing / (_TAIL * paths),
    }
