"""The chart of a verdict: where a real result stands among those of histories in which nothing can be known."""

from typing import TYPE_CHECKING

from fleet.bucket import Bucket
from fleet.errors import NotCompleteError
from fleet.job import Job
from webui.results import verdicts
from webui.results.kind import Chart

if TYPE_CHECKING:
    import plotly.graph_objects as go


def draw(bucket: Bucket, job: Job) -> "go.Figure":
    """
    Raises:
        NotCompleteError: there is no verdict, or none yet.
        FleetError: what it takes cannot be had of the bucket.
    """
    from montecarlo import charts  # plotly takes a while to import

    found = verdicts.waited_for(bucket, job) if verdicts.wanted(job) else None
    if found is None:
        raise NotCompleteError(f"job {job.id} has no verdict on a trained model, or none yet: ask again in a moment")
    return charts.verdict_histogram(found.paths["return"].to_numpy(), found.real, found.share)


VERDICT = Chart(
    "Could it be luck?",
    draw,
    "return",
    "the table says the same in numbers",
    wanted=lambda job: False,  # its own part of the page has it, because it takes a while
)
