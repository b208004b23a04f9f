"""A small version of ``python -m tests.chaos.sweep``: what a killed worker leaves of a sweep is finished by another."""

from pathlib import Path

import pytest

from fleet.settings import Settings
from montecarlo.data.sources import load_history
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.chaos.killed import play
from tests.chaos.sweep import sweep_job


@pytest.mark.thorough
def test_a_sweep_of_which_a_worker_was_killed_is_the_same_bytes_as_in_one_process(
    settings: Settings, tmp_path: Path
) -> None:
    history = load_history("AAPL", "sample")
    job = sweep_job(history, iterations=60 * BLOCK_PATHS - 10, days=252, windows=range(20, 101, 20))
    outcome = play(settings, tmp_path, job, history, chunk=4 * BLOCK_PATHS)
    assert outcome.same
    assert outcome.files == {"job.json", "sweep.csv", "summary.csv"}
    assert outcome.chunks == 15
    assert 0 < outcome.stored_when_killed < 60 * BLOCK_PATHS - 10, "it was in the middle"
