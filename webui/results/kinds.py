"""How each kind of experiment is shown on the page of its job."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fleet.bucket import Bucket
from fleet.job import Job
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep
from webui.results import simulation, sweep

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class Kind:
    """How a kind of experiment is shown.

    Attributes:
        template: The part of the page that shows results.
        read: The ``results`` that the template finds, of a complete job.
        pictures: Figures by the name that they have in addresses; for a job that is not complete each raises
            NotCompleteError.
        repeated: The texts in the form that make the job again with another seed; None where the form makes no such
            jobs.
    """

    template: str
    read: Callable[[Bucket, Job], Mapping[str, Any]]
    pictures: Mapping[str, Callable[[Bucket, Job], "go.Figure"]]
    repeated: Callable[[Job], Mapping[str, str]] | None = None


KINDS = {
    Simulation.kind: Kind(
        "simulation.html",
        simulation.read,
        {"returns": simulation.returns, "fan": simulation.fan, "drifts": simulation.drifts},
        simulation.repeated,
    ),
    Sweep.kind: Kind("sweep.html", sweep.read, {"map": sweep.sweep_map}),
}
