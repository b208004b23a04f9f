"""Simulations beside each other: which settings differ, and by how much the first ends above or below the others.

Where two have the same random numbers and draw prices from the same model, path i of one is path i of the other, and
the difference on each path is far less a matter of luck than either result.  So it is paired where it can be, from the
rows of both, over the first paths that both have.  Otherwise it is that of two means, and it is said why.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from montecarlo.errors import DamageError, ParameterError
from montecarlo.experiments.comparison_settings import Setting, settings_of
from montecarlo.experiments.comparison_words import in_words
from montecarlo.experiments.simulate import Result
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.traded_paths import ENGINE_VERSION
from montecarlo.parameters import Parameter, declared
from montecarlo.statistics.estimators import NAN, Estimate
from montecarlo.statistics.fan import fan_table
from montecarlo.statistics.histogram import Distribution, Histogram
from montecarlo.statistics.paired import QUANTITIES, PairedTally, Rows, paired_tallies
from montecarlo.statistics.tally import Tally
from montecarlo.statistics.unpaired import Mean, difference, mean_of

FEWEST, MOST = 2, 5  # simulations beside each other: as many as a person can tell apart in a figure
NAMES = ("A", "B", "C", "D", "E")


class RowsError(Exception):
    """The rows of one of the simulations cannot be read; the message says why, as the end of a sentence.

    Attributes:
        name: Which.
    """

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        super().__init__(why)


@dataclass(frozen=True, eq=False)
class Compared:
    """One of the simulations that are compared.

    Attributes:
        name: What it is called beside the others.
        simulation: What was simulated.
        tally: Of all its paths.
        summary: Columns ``statistic``, ``value``, ``low``, ``high``.
        rows: Gives its rows in order, in pieces of any length, and may raise RowsError; None where there are none.
        engine: Version of the engine that has computed it.
        no_rows: Why there are none, as the end of a sentence, where it is not because none were to be kept.
        also: Settings that are not the simulation's own, such as where its prices come from, read before the others.
    """

    name: str
    simulation: Simulation
    tally: Tally = field(repr=False)
    summary: pd.DataFrame = field(repr=False)
    rows: Callable[[], Iterable[Rows]] | None = field(repr=False)
    engine: str = ENGINE_VERSION
    no_rows: str = ""
    also: tuple[tuple[Parameter, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class Difference:
    """By how much one simulation ends above another: the first's result less the second's.

    Attributes:
        first, second: Their names.
        paths: How many paths are compared one by one; 0 where the difference is that of two means.
        unpaired: Why they are not compared path by path, as the end of a sentence; empty where they are.
        advice: What would let them be, in a sentence; empty where nothing would, or nothing need.
        independent: Whether their random numbers have nothing to do with each other.
        means: Of each of ``montecarlo.statistics.paired.QUANTITIES`` the mean difference: returns and drawdowns are
            fractions, final values dollars.
        median_return: Half of the paths differ by less; NaN where unpaired.
        probability_above, probability_below: That the first ends above, or below, on the same path, by final value over
            capital; NaN where unpaired.
        narrowing: How many times as wide the interval of the mean return would be with paths of their own; infinite
            where the two differ by the same everywhere, NaN where unpaired.
        histogram: Of the differences of return; None where unpaired.
    """

    first: str
    second: str
    paths: int
    unpaired: str
    advice: str
    independent: bool
    means: Mapping[str, Estimate]
    median_return: Estimate = (NAN, NAN, NAN)
    probability_above: Estimate = (NAN, NAN, NAN)
    probability_below: Estimate = (NAN, NAN, NAN)
    narrowing: float = NAN
    histogram: Histogram | None = field(default=None, repr=False)

    @property
    def is_paired(self) -> bool:
        return self.paths > 0

    def __str__(self) -> str:
        return in_words(self)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two to five simulations beside each other; ``print`` tells in words how the first differs from the others.

    Attributes:
        compared: The simulations, in their order.
        differences: Of the first from each other one.
    """

    compared: tuple[Compared, ...]
    differences: tuple[Difference, ...]

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """All of them; ``differs`` tells those that are not the same everywhere."""
        return settings_of(self.compared)

    @property
    def settings_table(self) -> pd.DataFrame:
        """A row for each setting: ``differs``, and a column of texts for each simulation."""
        names = [each.name for each in self.compared]
        table = pd.DataFrame([each.texts for each in self.settings], columns=names)
        table.insert(0, "differs", [each.differs for each in self.settings])
        return table.set_index(pd.Index([each.parameter.label for each in self.settings], name="setting"))

    @property
    def summary(self) -> pd.DataFrame:
        """A row for each statistic, with a column of values for each simulation."""
        values = {each.name: each.summary.set_index("statistic")["value"] for each in self.compared}
        return pd.DataFrame(values).reindex(values[self.compared[0].name].index)

    @property
    def table(self) -> pd.DataFrame:
        """The differences: ``first``, ``second``, ``paths`` (0 where unpaired), ``statistic``, ``value``, ``low``,
        ``high``."""
        rows = [
            (each.first, each.second, each.paths, statistic, *estimate)
            for each in self.differences
            for statistic, estimate in estimates(each).items()
        ]
        return pd.DataFrame(rows, columns=["first", "second", "paths", "statistic", "value", "low", "high"])

    def __str__(self) -> str:
        return "\n".join(map(str, self.differences))


def compare(*results: Result, names: Sequence[str] | None = None) -> Comparison:
    """Lay simulations beside each other: settings, results, and how the first differs from each of the others.

    Give them the same seed and the same model: then they are compared on the same paths, which tells small differences
    between rules, or between costs, that two simulations with paths of their own cannot tell.

    Args:
        results: Two to five, from ``simulate``.
        names: What they are called; None calls them A, B, C …

    Raises:
        ParameterError: there are too few or too many, or their names are not of as many different things.
    """
    if not FEWEST <= len(results) <= MOST:
        raise ParameterError({"results": f"must be two to {MOST} of them, not {len(results)}"})
    names = NAMES[: len(results)] if names is None else tuple(names)
    if len(names) != len(results) or len(set(names)) != len(names):
        raise ParameterError({"names": f"must be {len(results)} different names, not {', '.join(names)}"})
    return comparison_of([compared(name, result) for name, result in zip(names, results, strict=True)])


def compared(name: str, result: Result) -> Compared:
    """A result under the name that it has beside others."""
    rows: Rows | None = result.kept
    return Compared(name, result.simulation, result.tally, result.summary, None if rows is None else lambda: [rows])


def comparison_of(those: Sequence[Compared], at_most: int | None = None) -> Comparison:
    """
    Args:
        those: Two or more.  One whose rows cannot be read is compared without them, and it is said why.
        at_most: How many paths are compared one by one at most; None compares all that both have.

    Raises:
        DamageError: rows are not those of the same paths, or some are missing.
    """
    try:
        return _comparison_of(those, at_most)
    except RowsError as error:
        without = [replace(each, rows=None, no_rows=str(error)) if each.name == error.name else each for each in those]
        return comparison_of(without, at_most)


def _comparison_of(those: Sequence[Compared], at_most: int | None) -> Comparison:
    first, *others = those
    reasons = [why_unpaired(first, other) for other in others]
    can_be = [other for other, (reason, _) in zip(others, reasons, strict=True) if not reason]
    wanted = [(_rows(other), _common(first, other, at_most)) for other in can_be]
    found = paired_tallies(_rows(first), wanted) if wanted else []
    tallies = {other.name: tally for other, tally in zip(can_be, found, strict=True)}
    differences = [
        paired(first, other, tallies[other.name]) if other.name in tallies else unpaired(first, other, *reason)
        for other, reason in zip(others, reasons, strict=True)
    ]
    return Comparison(tuple(those), tuple(differences))


def _rows(each: Compared) -> Iterable[Rows]:
    assert each.rows is not None  # or there would be a reason not to ask for them
    return each.rows()


def _common(first: Compared, second: Compared, at_most: int | None) -> int:
    paths = min(first.tally.paths, second.tally.paths)
    return paths if at_most is None else min(paths, at_most)


# ---- are the paths the same? -----------------------------------------------------------------------------------------


def why_unpaired(first: Compared, second: Compared) -> tuple[str, str]:
    """Why two simulations cannot be compared path by path, and what would let them be; both empty where they can."""
    if reasons := why_other_paths(first, second):
        only_seed = first.simulation.seed != second.simulation.seed and len(reasons) == 1
        advice = (
            f"Simulate {second.name} again with the seed of {first.name} to compare them path by path."
            if only_seed
            else ""
        )
        return " and ".join(reasons), advice
    if unreadable := [each.no_rows for each in (first, second) if each.no_rows]:
        return " and ".join(unreadable), ""
    if without := " and ".join(each.name for each in (first, second) if each.rows is None):
        advice = f"Simulate {without} again with rows to compare them path by path."
        return f"no rows of single paths are kept of {without}", advice
    return "", ""


def why_other_paths(first: Compared, second: Compared) -> list[str]:
    """Why path i of one simulation is not path i of the other; nothing where it is.

    It depends on the seed, on what the model draws from, on the horizon and on the engine.  Closes of a warm-up stand
    before the paths, and are no part of them.
    """
    one, other = first.simulation, second.simulation
    reasons = []
    if one.seed != other.seed:
        reasons.append(f"their seeds differ ({one.seed} and {other.seed})")
    if one.model.name != other.model.name:
        reasons.append(f"their models differ ({one.model.name} and {other.model.name})")
    elif different := _different(one, other):
        reasons.append(f"their models differ in {', '.join(different)}")
    if one.days != other.days:
        reasons.append(f"their horizons differ ({one.days:,} and {other.days:,} days)")
    if first.engine != second.engine:
        reasons.append(f"versions {first.engine} and {second.engine} of the engine have computed them")
    return reasons


def _different(one: Simulation, other: Simulation) -> list[str]:
    """What of two models of a kind is not the same, of all that closes are drawn from."""
    beside = {"warnings", "by_hand", *one.model.errors.values(), *one.model.within_days}
    mine, theirs = one.model.to_dict(), other.model.to_dict()
    labels = {name: each.label.lower() for name, each in declared(one.model).items()}
    return [
        labels.get(name, name.replace("_", " "))
        for name in dict.fromkeys((*mine, *theirs))  # what has its default may be left out
        if name not in beside and mine.get(name) != theirs.get(name)
    ]


# ---- differences -----------------------------------------------------------------------------------------------------


def paired(first: Compared, second: Compared, tally: PairedTally) -> Difference:
    """On the same paths."""
    return Difference(
        first=first.name,
        second=second.name,
        paths=tally.paths,
        unpaired="",
        advice="",
        independent=False,
        means=tally.means,
        median_return=tally.median_return,
        probability_above=tally.probability_above,
        probability_below=tally.probability_below,
        narrowing=tally.narrowing,
        histogram=tally.histograms["return"],
    )


def unpaired(first: Compared, second: Compared, reason: str, advice: str) -> Difference:
    """Between two means."""
    independent = first.simulation.seed != second.simulation.seed
    pairs = zip(_means(first).items(), _means(second).values(), strict=True)
    means = {name: difference(mine, theirs, independent=independent) for (name, mine), theirs in pairs}
    return Difference(first.name, second.name, 0, reason, advice, independent, means)


def require_usable(simulation: Simulation, tally: Tally) -> None:
    """
    Raises:
        ValueError, ArithmeticError, LookupError: what was read as a tally is none that can be compared.
    """
    _means_of(simulation, tally)
    fan_table(tally.fan, simulation.first_fill, simulation.days)
    for histogram in (tally.wealth, tally.drawdown):
        if histogram.counts.min() < 1 or int(histogram.counts.sum()) != tally.paths:
            raise DamageError("it has other paths in its histograms than it says")


def _means(each: Compared) -> dict[str, Mean]:
    return _means_of(each.simulation, each.tally)


def _means_of(simulation: Simulation, tally: Tally) -> dict[str, Mean]:
    capital = simulation.rules.capital
    skewness = Distribution.of_histogram(tally.wealth).skewness()
    returned, drawdown = (mean_of(tally, "return", skewness), mean_of(tally, "max_drawdown"))
    value = Mean(capital * (1 + returned.value), capital * returned.error, returned.skewness)
    found = {"return": returned, "final_value": value, "max_drawdown": drawdown}
    return {name: found[name] for name in QUANTITIES}


def estimates(each: Difference) -> dict[str, Estimate]:
    """All numbers of a difference with their intervals, by name."""
    return {
        **{f"{name}_mean": estimate for name, estimate in each.means.items()},
        "return_median": each.median_return,
        "probability_above": each.probability_above,
        "probability_below": each.probability_below,
    }


def plain(comparison: Comparison) -> dict[str, Any]:
    """Everything that it tells, for JSON: None where a number is undefined."""
    return {
        "settings": [
            {"name": each.parameter.label, "values": list(each.texts), "differs": each.differs}
            for each in comparison.settings
        ],
        "summaries": {
            each.name: {
                statistic: _plain(estimate)
                for statistic, *estimate in each.summary[["statistic", "value", "low", "high"]].itertuples(index=False)
            }
            for each in comparison.compared
        },
        "differences": [
            {
                "first": each.first,
                "second": each.second,
                "paired": each.is_paired,
                "paths": each.paths,
                "unpaired_because": each.unpaired,
                "advice": each.advice,
                "sentence": in_words(each),
                "narrowing": each.narrowing if math.isfinite(each.narrowing) else None,
                "estimates": {name: _plain(estimate) for name, estimate in estimates(each).items()},
            }
            for each in comparison.differences
        ],
    }


def _plain(estimate: Iterable[float]) -> dict[str, float | None]:
    numbers = zip(("value", "low", "high"), estimate, strict=True)
    return {name: None if math.isnan(number) else float(number) for name, number in numbers}
