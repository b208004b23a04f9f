"""The prices that a job is of, at hand for its page: from the bucket, and kept for who looks again."""

from typing import Any

from fleet.bucket import Bucket
from fleet.job import PRICES, Job
from montecarlo.data.history import PriceHistory
from webui.forms.histories import history_for


def real_history(bucket: Bucket, job: Job) -> PriceHistory:
    """
    Args:
        bucket, job: Where, and of an experiment that has a ``history``.

    Raises:
        UnreadableObjectError, MissingObjectError, BucketError: they cannot be had.
    """
    experiment: Any = job.experiment
    given = experiment.history
    asked = {"symbol": job.symbol, "source": job.source, PRICES: job.inputs[PRICES], "start": None, "end": None}
    asked |= {"years": None, "bars_per_year": given.bars_per_year if given.year_given else None}
    return history_for(asked, bucket, patience=0)
