"""What a trained model makes of the days that its training has not seen, traded when its page is looked at."""

from fleet.bucket import Bucket
from fleet.errors import NotCompleteError
from fleet.job import Job
from montecarlo.accounting.rules import Rules
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.backtest import Backtest, backtest
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.trained import TrainedModel
from webui.forms.trained import unseen_part
from webui.results.real_history import real_history


def strategy_of(model: TrainedModel) -> MlForecast:
    """The rule that trades it as it was trained."""
    return MlForecast(model=model)


def rules_of(model: TrainedModel) -> Rules:
    """The usual costs, and fills as it was trained for."""
    return Rules(fill=model.barrier.fill, intrabar=model.barrier.intrabar)


def backtest_of(bucket: Bucket, job: Job, model: TrainedModel) -> Backtest | None:
    """On those days; None where they cannot be traded.

    Raises:
        UnreadableObjectError, MissingObjectError, BucketError: the prices cannot be had.
    """
    try:
        return require_backtest(bucket, job, model)
    except NotCompleteError:
        return None


def require_backtest(bucket: Bucket, job: Job, model: TrainedModel) -> Backtest:
    """
    Raises:
        NotCompleteError: they cannot be traded.
        UnreadableObjectError, MissingObjectError, BucketError: the prices cannot be had.
    """
    try:
        history = unseen_part(real_history(bucket, job), model)
        return backtest(history, strategy_of(model), rules=rules_of(model))
    except (ParameterError, HistoryError) as error:
        raise NotCompleteError(f"job {job.id} has no trades on unseen days: {error}") from error
