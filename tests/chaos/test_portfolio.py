"""A small version of ``python -m tests.chaos.portfolio``: what a killed worker leaves of it is finished by another."""

from pathlib import Path

import pytest

from fleet.settings import Settings
from montecarlo.data.joint_history import align
from montecarlo.statistics.tally import BLOCK_PATHS
from tests.chaos.killed import play
from tests.chaos.many_symbols import many_histories
from tests.chaos.portfolio import as_page, portfolio_job

FILES = {
    "job.json",
    "paths.csv",
    "uncertainty.csv",
    "equity.csv",
    "contributions.csv",
    "beating.csv",
    "correlations.csv",
    "stylized_facts.csv",
    "summary.csv",
}


@pytest.mark.thorough
@pytest.mark.parametrize("model", ["bootstrap", "student_t"])
def test_a_portfolio_of_which_a_worker_was_killed_is_the_same_bytes_as_in_one_process(
    settings: Settings, tmp_path: Path, model: str
) -> None:
    history = align(many_histories(5, days=500))
    paths = 60 * BLOCK_PATHS - 10
    job = portfolio_job(history, iterations=paths, days=252, model=model)
    outcome = play(settings, tmp_path, job, history, chunk=4 * BLOCK_PATHS, threads=1)
    assert outcome.same
    assert outcome.files == FILES
    assert outcome.chunks == 15
    assert 0 < outcome.stored_when_killed < paths, "it was in the middle"
    assert "| yes |" in as_page([(paths, outcome)], 5, model)
