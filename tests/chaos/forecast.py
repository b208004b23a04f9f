"""``python -m tests.chaos.forecast``: a learned rule on a million histories, a worker killed, beside one process.

The model is trained here first, on the sample prices, which takes scikit-learn.  Exits with 1 unless paths.csv and
summary.csv are the same bytes.
"""

import argparse
import sys

from fleet.job import Job
from fleet.new_job import make_job
from montecarlo.data.history import PriceHistory
from montecarlo.data.sources import load_history
from montecarlo.learning import train
from montecarlo.strategies.ml_forecast import MODEL, MlForecast
from montecarlo.trained import TrainedModel
from tests.chaos.killed import soak

ITERATIONS, DAYS = 10**6, 1260


def forecast_job(history: PriceHistory, trained: TrainedModel, *, iterations: int, days: int) -> Job:
    """Its rule on paths of gbm, with a row for each."""
    strategy = MlForecast(trained)
    return make_job(history, model="gbm", strategy=strategy, days=days, iterations=iterations, seed=7, rows=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.forecast", description=__doc__)
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    parser.add_argument("--method", choices=("logistic", "trees"), default="logistic", help="how the model is trained")
    given = parser.parse_args()
    history = load_history("AAPL", "sample")
    trained = train(history, method=given.method, direction="long", stop_loss=0.03, take_profit=0.03).model
    job = forecast_job(history, trained, iterations=given.iterations, days=DAYS)
    outcome = soak(job, history, {MODEL: trained.to_json()})
    print(f"{given.iterations:,} paths of {DAYS:,} days by a forecast, {given.method}, in {outcome}")
    return 0 if outcome.same else 1


if __name__ == "__main__":
    sys.exit(main())
