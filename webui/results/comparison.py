"""Jobs beside each other, as their page and a script find them."""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fleet.bucket import Bucket
from fleet.comparing import JobsCompared, compare_jobs
from fleet.errors import MissingObjectError, NotCompleteError, UnreadableObjectError
from fleet.job import Job
from fleet.keys import JOB_ID
from montecarlo.experiments.comparison import (
    FEWEST,
    MOST,
    Comparison,
    Difference,
)
from montecarlo.experiments.comparison_words import difference_in_words, narrowing_in_words
from montecarlo.parameters import shown
from montecarlo.statistics.estimators import Estimate
from montecarlo.statistics.summary import WITH_TRADES
from webui.display import job_title
from webui.once import Once
from webui.results import summary
from webui.results.kind import Chart
from webui.results.kinds import KINDS
from webui.results.simulation import NAMES, WRITTEN_BY
from webui.results.summary import Line

if TYPE_CHECKING:
    import plotly.graph_objects as go

PAIRED_AT_MOST = 2**18  # paths that are compared one by one: about 30 MB of rows to be read of each job

KEPT = 4  # comparisons, so that the charts of a page need not read everything again

OWN_AT_MOST = 3  # settings that are told beside a title

SHOWN = (
    "return_median",
    "return_mean",
    "probability_of_loss",
    "probability_of_beating_buy_and_hold",
    "return_q05",
    "return_q95",
    "expected_shortfall_95",
    "max_drawdown_mean",
    "sharpe_mean",
    "paths",
)
"""Statistics in the table of all jobs."""


@dataclass(frozen=True)
class Column:
    """One of the jobs.

    Attributes:
        name: The letter that it has on the page.
        job: It.
        own: What tells it from the others of the same title, such as "commission 0.2 % of the traded value"; or empty.
        sentence: What came of it, or why that cannot be told.
        in_front: The jobs of the page with this one first.
        without: Those without this one.
    """

    name: str
    job: Job
    own: str
    sentence: str
    in_front: Sequence[str]
    without: Sequence[str]


@dataclass(frozen=True)
class Pair:
    """The first job and another one.

    Attributes:
        difference: What differs.
        numbers: By what it is, value and interval; empty where undefined.
        narrowing: What the common paths are worth, in a sentence; or empty.
        repeated: What the form has to be filled in with to simulate the other one on the paths of the first; None where
            that would not help, or is not needed.
    """

    difference: Difference
    numbers: Mapping[str, tuple[str, str]]
    narrowing: str
    repeated: Mapping[str, str] | None


class _MayChangeError(Exception):
    """Carries what may change, because a job may yet be complete, or be mended."""

    def __init__(self, found: JobsCompared) -> None:
        super().__init__()
        self.found = found


def problem_with(job_ids: Sequence[str]) -> str:
    """Why these cannot be asked for together, as the end of a sentence; empty where they can."""
    if len(set(job_ids)) != len(job_ids):
        return "must be different ones"
    if odd := [job_id for job_id in job_ids if not JOB_ID.fullmatch(job_id)]:
        return f"must be names of jobs, not {shown(odd[0])}"
    return "" if FEWEST <= len(job_ids) <= MOST else f"must be {FEWEST} to {MOST} of them, not {len(job_ids)}"


def compared(bucket: Bucket, job_ids: Sequence[str]) -> JobsCompared:
    """The jobs beside each other; those that cannot be compared are left out, and it is said why.

    Args:
        bucket: Where they are.
        job_ids: Different ones, five at most.

    Raises:
        BucketError
    """
    try:
        return _compared(bucket, tuple(job_ids))
    except _MayChangeError as error:
        return error.found


def _compare(bucket: Bucket, job_ids: tuple[str, ...]) -> JobsCompared:
    found = compare_jobs(bucket, job_ids, PAIRED_AT_MOST)
    if found.left_out or found.comparison is None or any(each.no_rows for each in found.comparison.compared):
        raise _MayChangeError(found)
    return found


_compared = Once(_compare, most=KEPT)


def columns(bucket: Bucket, found: JobsCompared, job_ids: Sequence[str]) -> list[Column]:
    """Of those that could be compared."""
    with ThreadPoolExecutor(MOST) as pool:
        sentences = list(pool.map(lambda job: _sentence(bucket, job), found.jobs.values()))
    own = _own_settings(found)
    result = []
    for (name, job), sentence in zip(found.jobs.items(), sentences, strict=True):
        others = [other for other in job_ids if other != job.id]
        result.append(Column(name, job, own[name], sentence, [job.id, *others], others))
    return result


def _own_settings(found: JobsCompared) -> dict[str, str]:
    """By name, the first few settings in which a job differs from others that have the same title."""
    settings = found.comparison.settings if found.comparison else ()
    titles = [job_title(job) for job in found.jobs.values()]
    told = {}
    for place, name in enumerate(found.jobs):
        alike = [other for other, title in enumerate(titles) if title == titles[place]]
        own = [each for each in settings if any(each.values[other] != each.values[place] for other in alike)]
        told[name] = ", ".join(f"{each.parameter.label.lower()} {each.texts[place]}" for each in own[:OWN_AT_MOST])
    return told


def statistics(found: JobsCompared) -> list[tuple[str, list[Line | None]]]:
    """Name of each statistic that is SHOWN, and what it is of each job; None where an older one has no such thing."""
    if found.comparison is None:
        return []
    lines = [summary.read(each.summary, NAMES, WITH_TRADES, WRITTEN_BY) for each in found.comparison.compared]
    return [(NAMES[statistic], [each.get(statistic) for each in lines]) for statistic in SHOWN]


def _sentence(bucket: Bucket, job: Job) -> str:
    try:
        return KINDS[job.experiment.kind].sentence(bucket, job)
    except (UnreadableObjectError, MissingObjectError, NotCompleteError) as error:
        return f"What came of it cannot be told in a sentence: {error}."


def pairs(found: JobsCompared) -> list[Pair]:
    """The first job that could be compared, and each of the others."""
    if found.comparison is None:
        return []
    first: Any = found.comparison.compared[0].simulation
    result = []
    for each in found.comparison.differences:
        job = found.jobs[each.second]
        repeat = KINDS[job.experiment.kind].repeated
        texts = None
        if each.advice and repeat is not None:
            texts = dict(repeat(job)) | {"seed": str(first.seed)}
            if not results_kept(found.comparison, each.second):
                texts["rows"] = "true"
        result.append(Pair(each, _numbers(each), narrowing_in_words(each), texts))
    return result


def results_kept(comparison: Comparison, name: str) -> bool:
    """Whether a job keeps rows of its paths."""
    return any(each.name == name and each.rows is not None for each in comparison.compared)


def _numbers(each: Difference) -> dict[str, tuple[str, str]]:
    return {
        "Mean return": difference_in_words(each.means["return"]),
        "Median of the difference on a path": difference_in_words(each.median_return),
        "Mean final value, dollars": _dollars(each.means["final_value"]),
        "Mean maximum drawdown": difference_in_words(each.means["max_drawdown"]),
        "Ends above, of the paths": _odds(each.probability_above),
        "Ends below, of the paths": _odds(each.probability_below),
    }


def _dollars(estimate: Estimate) -> tuple[str, str]:
    value, low, high = estimate
    return f"{value:+,.0f}", "" if math.isnan(low) else f"{low:+,.0f} to {high:+,.0f}"


def _odds(estimate: Estimate) -> tuple[str, str]:
    value, low, high = estimate
    return ("", "") if math.isnan(value) else (f"{100 * value:.1f} %", f"{100 * low:.1f} to {100 * high:.1f} %")


def _fans(comparison: Comparison) -> "go.Figure":
    from montecarlo import charts  # plotly takes a while to import

    return charts.compared_fans(comparison.compared)


def _returns(comparison: Comparison) -> "go.Figure":
    from montecarlo import charts

    return charts.compared_returns(comparison.compared)


def _drawdowns(comparison: Comparison) -> "go.Figure":
    from montecarlo import charts

    return charts.compared_drawdowns(comparison.compared)


def _differences(comparison: Comparison) -> "go.Figure":
    from montecarlo import charts

    if not any(each.is_paired for each in comparison.differences):
        raise NotCompleteError("none of these jobs has paths in common with the first")
    return charts.paired_differences(comparison.differences)


CHARTS = {
    "differences": Chart("How far it ends above, path by path", _differences, "difference of return"),
    "fans": Chart("How equity spreads day by day", _fans, "trading day"),
    "returns": Chart("How often each return came", _returns, "return", "the table above says the same in numbers"),
    "drawdowns": Chart("How deep it falls", _drawdowns, "maximum drawdown"),
}
"""By the name that they have in addresses, drawn from a comparison."""
