"""The charts of a portfolio, from its result files, its tally and its prices.

plotly takes a while to import, so ``montecarlo.charts`` is imported where a figure is drawn.
"""

from typing import TYPE_CHECKING, Any

from fleet import inputs, partial_results, results
from fleet.bucket import Bucket
from fleet.errors import NotCompleteError
from fleet.job import Job
from montecarlo.data.joint_history import JointHistory
from montecarlo.experiments.portfolio_files import BEATING, CONTRIBUTIONS, CORRELATIONS, EQUITY, STYLIZED_FACTS
from montecarlo.experiments.traded_paths import UNCERTAINTY
from montecarlo.experiments.uncertainty import Uncertainty
from montecarlo.statistics.tally import Tally
from webui.forms import frontiers
from webui.results import simulation_charts
from webui.results.portfolio_tables import reader

if TYPE_CHECKING:
    import plotly.graph_objects as go


def fan(bucket: Bucket, job: Job) -> "go.Figure":
    """How equity spreads day by day."""
    tally = _tally(bucket, job)
    with partial_results.making_sense_of(bucket, job):
        return simulation_charts.fan_of(job, tally)


def returns(bucket: Bucket, job: Job) -> "go.Figure":
    """How often each return came, with the same weights behind it that are never rebalanced."""
    table, tally = results.summary(bucket, job), _tally(bucket, job)
    with results.making_sense_of(job):
        return simulation_charts.returns_of(table, tally)


def drawdowns(bucket: Bucket, job: Job) -> "go.Figure":
    """How often each maximum drawdown came."""
    from montecarlo import charts

    table, tally = results.summary(bucket, job), _tally(bucket, job)
    with results.making_sense_of(job):
        return charts.drawdown_histogram(table, tally.drawdown.middles(), tally.drawdown.counts)


def contributions(bucket: Bucket, job: Job) -> "go.Figure":
    """What each symbol has of the capital, and of the worst outcomes."""
    return _of_table(bucket, job, CONTRIBUTIONS, "contributions")


def beating(bucket: Bucket, job: Job) -> "go.Figure":
    """How often it ends above each symbol alone, and above simpler ways to hold them."""
    return _of_table(bucket, job, BEATING, "beating")


def correlations(bucket: Bucket, job: Job) -> "go.Figure":
    """The correlation of each pair, in the history and simulated."""
    return _of_table(bucket, job, CORRELATIONS, "correlations")


def stylized_facts(bucket: Bucket, job: Job) -> "go.Figure":
    """Where the stylized facts of the history lie among those of the paths."""
    return _of_table(bucket, job, STYLIZED_FACTS, "stylized_facts")


def equity(bucket: Bucket, job: Job) -> "go.Figure":
    """The account on the real history."""
    from montecarlo import charts

    portfolio: Any = job.experiment
    table = results.parsed(bucket, job, reader(EQUITY), EQUITY)
    with results.making_sense_of(job, EQUITY):
        return charts.portfolio_equity(table, portfolio.rules)


def frontier(bucket: Bucket, job: Job) -> "go.Figure":
    """The frontier of the job's own prices, with the portfolio's place."""
    from montecarlo import charts

    portfolio: Any = job.experiment
    results.require_complete(bucket, job)
    history = real_history(bucket, job)
    return charts.efficient_frontier(frontiers.frontier_with(history, portfolio.weights, portfolio.rules.risk_free))


def drifts(bucket: Bucket, job: Job) -> "go.Figure":
    """How the odds change with the drift that the history leaves open."""
    from montecarlo import charts

    results.require_complete(bucket, job)
    if UNCERTAINTY not in job.experiment.result_files:
        raise NotCompleteError(f"job {job.id} was not asked what its answer is worth")
    tally: Any = _tally(bucket, job)
    with partial_results.making_sense_of(bucket, job):
        return charts.drifts(Uncertainty.from_dict(tally.uncertainty))


def real_history(bucket: Bucket, job: Job) -> JointHistory:
    """The prices that the job is of.

    Raises:
        UnreadableObjectError, MissingObjectError, BucketError: they cannot be had.
    """
    portfolio: Any = inputs.at_hand(bucket, job).experiment
    found: JointHistory = portfolio.history.at_hand
    return found


def tally_in(total: Any) -> Tally:
    """What is known of its paths as of those of a simulation."""
    found: Tally = total.tally
    return found


def _tally(bucket: Bucket, job: Job) -> Tally:
    results.require_complete(bucket, job)
    return tally_in(partial_results.load(bucket, job))


def _of_table(bucket: Bucket, job: Job, name: str, chart: str) -> "go.Figure":
    from montecarlo import charts

    table = results.parsed(bucket, job, reader(name), name)
    with results.making_sense_of(job, name):
        return getattr(charts, chart)(table)
