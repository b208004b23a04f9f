"""How much work a job is: a portfolio as much as its symbols, with what tells what its answer is worth."""

import pytest

import montecarlo as mc
from capacity.estimate import Work
from fleet.new_job import make_portfolio_job
from montecarlo.experiments import uncertainty

SPEED = 2e8


@pytest.mark.parametrize("uncertain", [False, True])
def test_a_portfolio_is_as_much_work_as_its_symbols(uncertain: bool) -> None:
    joint = mc.align([mc.load_history(symbol, "sample", start="2009-01-01") for symbol in ("AAPL", "IBM", "MSFT")])
    settings = {"model": "normal", "days": 252, "iterations": 10**8, "seed": 1, "uncertainty": uncertain}
    portfolio = make_portfolio_job(joint, mc.holdings_of(joint), **settings).experiment  # type: ignore[arg-type]
    assert isinstance(portfolio, mc.Portfolio)
    work = Work.of(portfolio, speed=SPEED, cores=2)
    beside = uncertainty.paths_of(portfolio.mix, portfolio.rules) if uncertain else 0
    assert work.path_days == (10**8 + beside) * 252 * 3
    assert work.core_seconds == work.path_days / SPEED
    assert work.chunk_seconds == portfolio.chunk * 252 * 3 / (2 * SPEED)
    assert work.chunks == -(-(10**8) // portfolio.chunk)
    assert work.row_bytes == 0
