"""A small version of ``python -m tests.chaos.forecast``: the model travels to the workers, and its rows come back."""

from pathlib import Path

import pytest

from fleet.settings import Settings
from montecarlo.accounting.rows import COLUMNS, ORDER_COLUMNS
from montecarlo.data.sources import load_history
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies.ml_forecast import MODEL
from tests.chaos.forecast import forecast_job
from tests.chaos.killed import play
from tests.montecarlo.any_forecast import random_model

pytestmark = pytest.mark.thorough


def test_a_forecast_of_which_a_worker_was_killed_is_the_same_bytes_as_in_one_process(
    settings: Settings, tmp_path: Path
) -> None:
    history, trained = load_history("AAPL", "sample"), random_model(1)
    job = forecast_job(history, trained, iterations=40 * BLOCK_PATHS - 10, days=252)
    outcome = play(settings, tmp_path, job, history, inputs={MODEL: trained.to_json()}, chunk=4 * BLOCK_PATHS)
    assert outcome.same
    assert outcome.files == {"job.json", "model.json", "paths.csv", "summary.csv"}
    assert outcome.chunks == 10
    assert 0 < outcome.stored_when_killed < 40 * BLOCK_PATHS - 10, "it was in the middle"
    with (tmp_path / "fleet" / "paths.csv").open() as rows:
        assert tuple(next(rows).strip().replace('"', "").split(",")) == COLUMNS + ORDER_COLUMNS
