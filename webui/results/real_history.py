"""The prices that a job is of, at hand for its page: from the bucket, and kept for who looks again."""

from typing import Any

from fleet.bucket import Bucket
from fleet.job import PRICES, Job
from montecarlo.data.history import PriceHistory
from montecarlo.data.trading_year import TRADING_DAYS
from webui.forms.histories import history_for


def real_history(bucket: Bucket, job: Job) -> PriceHistory:
    """
    Args:
        bucket, job: Where, and of an experiment that has a ``history``, or else a fitted ``model``.

    Raises:
        UnreadableObjectError, MissingObjectError, BucketError: they cannot be had.
    """
    experiment: Any = job.experiment
    year = _year_of(experiment)
    asked: dict[str, Any] = {
        "symbol": job.symbol,
        "source": job.source,
        PRICES: job.inputs[PRICES],
        "start": None,
        "end": None,
    }
    asked |= {"years": None, "bars_per_year": year}
    return history_for(asked, bucket, patience=0)


def _year_of(experiment: Any) -> int | None:
    """How many days make a year, where a person may have said so."""
    if (given := getattr(experiment, "history", None)) is not None:
        return given.bars_per_year if given.year_given else None
    return None if experiment.model.bars_per_year == TRADING_DAYS else int(experiment.model.bars_per_year)
