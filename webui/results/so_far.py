"""What a running job amounts to before it is complete."""

import json
from typing import Any

from fleet import partial_results
from fleet.bucket import Bucket
from fleet.job_store import load_job
from fleet.reading import making_sense_of
from montecarlo.wording import count
from webui.results.kinds import KINDS
from webui.results.theme import themed
from webui.shared_look import SharedLook

KEPT = 32  # answers, each with its charts

_READ = partial_results.Kept()
_NOTHING: dict[str, Any] = {"units": 0, "words": "", "lines": [], "charts": {}}


def _told(bucket: Bucket, job_id: str, theme: str) -> dict[str, Any]:
    """Of how many units, in words, in figures, and charts as plotly has them.

    Raises:
        NoSuchJobError, UnreadableObjectError, BucketError
    """
    job = load_job(bucket, job_id)
    kind = KINDS[job.experiment.kind]
    found = partial_results.so_far(bucket, job, _READ) if kind.so_far else None
    if found is None or kind.so_far is None:
        return _NOTHING
    with making_sense_of(f"what {job_id} amounts to so far"):
        told = kind.so_far(job, found.total, found.units)
    experiment = job.experiment
    charts = {name: json.loads(themed(figure, {"theme": theme}).to_json()) for name, figure in told["charts"].items()}
    return {
        "units": found.units,
        "words": f"From {found.units:,} of {count(experiment.units, experiment.unit)}; the final figures may differ.",
        "lines": [{"name": line.name, "value": line.value, "interval": line.interval} for line in told["lines"]],
        "charts": charts,
    }


so_far = SharedLook(_told, most=KEPT)
