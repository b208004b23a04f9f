"""Every kind of order on the first days of each sample history; ``python -m tests.orders`` takes all days."""

import pytest

import montecarlo as mc
from montecarlo.data.sources.sample import SYMBOLS
from tests.orders.every_kind import compare, simulations

DAYS, PATHS = 60, 2


@pytest.mark.parametrize(
    "symbol", [SYMBOLS[0], *(pytest.param(each, marks=pytest.mark.thorough) for each in SYMBOLS[1:])]
)
def test_the_compiled_account_finds_what_the_broker_finds(symbol):
    trades = ambiguous = 0
    for simulation in simulations(mc.load_history(symbol, source="sample"), DAYS):
        of_one, unclear, differences = compare(simulation, PATHS)
        assert differences == []
        trades, ambiguous = trades + of_one, ambiguous + unclear
    assert trades > 3_000
    assert ambiguous > 10
