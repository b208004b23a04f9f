"""The charts of a simulation: of a complete one from the bucket, and of one that runs from what it amounts to so far.

plotly takes a while to import, so ``montecarlo.charts`` is imported where a figure is drawn.
"""

from typing import TYPE_CHECKING, Any

from fleet import partial_results, results
from fleet.bucket import Bucket
from fleet.errors import NotCompleteError
from fleet.job import Job
from montecarlo.accounting.rows import Rows
from montecarlo.experiments.traded_paths import UNCERTAINTY
from montecarlo.experiments.uncertainty import Uncertainty
from montecarlo.statistics.fan import fan_table
from montecarlo.statistics.tally import Tally

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

ROWS_SHOWN = 2000  # of single paths
_ROWS_BYTES = 200 * ROWS_SHOWN  # of CSV, in which these are


def fan(bucket: Bucket, job: Job) -> "go.Figure":
    """How equity spreads day by day."""
    tally = _tally(bucket, job)
    with partial_results.making_sense_of(bucket, job):
        return fan_of(job, tally)


def returns(bucket: Bucket, job: Job) -> "go.Figure":
    """How often each return came, with buying and holding behind it."""
    table, tally = results.summary(bucket, job), _tally(bucket, job)
    with results.making_sense_of(job):
        return returns_of(table, tally)


def drawdowns(bucket: Bucket, job: Job) -> "go.Figure":
    """How often each maximum drawdown came."""
    from montecarlo import charts

    table, tally = results.summary(bucket, job), _tally(bucket, job)
    with results.making_sense_of(job):
        return charts.drawdown_histogram(table, tally.drawdown.middles(), tally.drawdown.counts)


def exposure(bucket: Bucket, job: Job) -> "go.Figure":
    """What comes of being invested more or less of the time, of the first ROWS_SHOWN paths."""
    import pandas as pd

    from montecarlo import charts

    rows: Rows = results.first_rows(bucket, job, _ROWS_BYTES)
    return charts.exposure(pd.DataFrame({name: rows[name][:ROWS_SHOWN] for name in ("exposure", "return")}))


def drifts(bucket: Bucket, job: Job) -> "go.Figure":
    """How the odds change with the drift that the history leaves open."""
    from montecarlo import charts

    results.require_complete(bucket, job)
    if UNCERTAINTY not in job.experiment.result_files:
        raise NotCompleteError(f"job {job.id} was not asked what its answer is worth")
    tally: Any = partial_results.load(bucket, job)
    with partial_results.making_sense_of(bucket, job):
        return charts.drifts(Uncertainty.from_dict(tally.uncertainty))


def fan_of(job: Job, tally: Tally) -> "go.Figure":
    from montecarlo import charts

    simulation: Any = job.experiment
    return charts.fan(fan_table(tally.fan, simulation.first_fill, simulation.days))


def returns_of(summary: "pd.DataFrame", tally: Tally) -> "go.Figure":
    from montecarlo import charts

    hold = (tally.hold.middles() - 1, tally.hold.counts) if tally.hold else None
    return charts.return_histogram(summary, tally.wealth.middles() - 1, tally.wealth.counts, hold)


def _tally(bucket: Bucket, job: Job) -> Tally:
    results.require_complete(bucket, job)
    tally: Any = partial_results.load(bucket, job)
    found: Tally = tally
    return found
