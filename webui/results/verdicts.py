"""Whether what a trained model made of days that it has not seen could be luck: found out once, by a thread of its own.

It takes seconds, and no page waits for it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fleet import trained_models
from fleet.bucket import Bucket
from fleet.errors import FleetError
from fleet.job import Job
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.training import TrainingGrid
from montecarlo.experiments.verdict import Verdict, verdict
from montecarlo.strategies.ml_forecast import MlForecast
from webui.display import ratio
from webui.results import unseen
from webui.results.real_history import real_history

HISTORIES = 2000
SEED = 0  # the same verdict whenever the page is looked at

_KEPT = 64  # verdicts
_WAITING = 8  # to be found, at most
_PATIENCE = 120.0  # seconds of who asks for a chart


@dataclass(frozen=True)
class Found:
    """A verdict as a page shows it.

    Attributes:
        sentence: What a person repeats; or why there is none.
        lines: Of what is compared: its name, the real one, the median of the simulated ones, the share that does at
            least as well with its interval.
        areas: Of the scores on simulated histories: the side, and the area under the curve with its interval.
        warnings: What is doubtful about it.
        whole: All of it; None where there is none.
    """

    sentence: str
    lines: tuple[tuple[str, str, str, str], ...] = ()
    areas: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    whole: Verdict | None = None


def wanted(job: Job) -> bool:
    """Whether there is a trained model to be judged."""
    experiment = job.experiment
    if isinstance(experiment, Simulation):
        return isinstance(experiment.strategy, MlForecast)
    return isinstance(experiment, TrainingGrid)


def ready(bucket: Bucket, job: Job) -> Found | None:
    """The verdict if it has been found; otherwise it is begun with, unless many are waited for.

    Raises:
        FleetError: what it takes cannot be had of the bucket.
    """
    begun = _BEING_FOUND.begin(job.id, lambda: _find(bucket, job))
    return begun.result() if begun and begun.done() else None


def known(job: Job) -> Found | None:
    """The verdict if it has been found and there is one; nothing is begun with."""
    return _BEING_FOUND.known(job.id)


def waited_for(bucket: Bucket, job: Job) -> Verdict | None:
    """The whole verdict, however long it takes; None where there is none, or none yet.

    Raises:
        FleetError: what it takes cannot be had of the bucket.
    """
    begun = _BEING_FOUND.begin(job.id, lambda: _find(bucket, job))
    try:
        return begun.result(_PATIENCE).whole if begun else None
    except TimeoutError:
        return None


def _find(bucket: Bucket, job: Job) -> Found:
    experiment: Any = job.experiment
    if isinstance(experiment, TrainingGrid):
        from webui.results.training import model_of  # which shows verdicts

        model = model_of(bucket, job)
        strategy, rules = unseen.strategy_of(model), unseen.rules_of(model)
    else:
        model = trained_models.load_by_digest(bucket, experiment.strategy.card.digest)
        strategy, rules = experiment.strategy.with_inputs({"model": model.to_json()}), experiment.rules
    try:
        found = verdict(real_history(bucket, job), strategy, iterations=HISTORIES, seed=SEED, rules=rules, threads=1)
    except (ParameterError, HistoryError) as error:
        return Found(f"It cannot be told for these prices: {error}.")
    return as_shown(found)


def as_shown(found: Verdict) -> Found:
    if not found.trades:
        return Found(found.sentence, warnings=found.warnings)
    lines, areas = [], []
    for row in found.table.to_dict("records"):
        if row["share"] == row["share"]:  # not NaN: it is defined
            write = _WRITTEN.get(str(row["statistic"]), ratio)
            share = f"{_hundredths(row['share'])} % ({_hundredths(row['low'])} to {_hundredths(row['high'])} %)"
            name = _NAMES.get(str(row["statistic"]), str(row["statistic"]))
            lines.append((name, write(row["real"]), write(row["median"]), share))
    for row in found.areas.to_dict("records"):
        areas.append((_DOES[str(row["side"])], f"{row['auc']:.3f} ({row['low']:.3f} to {row['high']:.3f})"))
    return Found(found.sentence, tuple(lines), tuple(areas), found.warnings, found)


def _hundredths(fraction: float) -> str:
    return f"{100 * fraction:.1f}"


_NAMES = {"return": "Return", "sharpe": "Sharpe ratio", "expectancy": "Expectancy of a trade"}
_WRITTEN: Mapping[str, Callable[[float], str]] = {
    "return": lambda value: f"{100 * value:+.1f} %",
    "expectancy": lambda value: f"{100 * value:+.2f} %",
}
_DOES = {"long": "buying", "short": "selling short"}


class _BeingFound:
    """What is being found, and what came of it last; a failure is told once, and forgotten."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="verdicts")
        self._begun: OrderedDict[str, Future[Found]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, key: str, find: Callable[[], Found]) -> "Future[Found] | None":
        """None where too many are waited for already."""
        with self._lock:
            found = self._begun.get(key)
            if found is not None and not (found.done() and isinstance(found.exception(), FleetError)):
                self._begun.move_to_end(key)
                return found
            if sum(not each.done() for each in self._begun.values()) >= _WAITING:
                return None
            found = self._begun[key] = self._thread.submit(find)
            ended = [each for each, future in self._begun.items() if future.done()]
            for each in ended[: len(self._begun) - _KEPT]:
                del self._begun[each]
            return found

    def known(self, key: str) -> Found | None:
        found = self._begun.get(key)
        return found.result() if found and found.done() and not found.exception() else None


_BEING_FOUND = _BeingFound()
