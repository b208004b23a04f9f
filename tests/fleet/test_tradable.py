"""Which backtests can go on paper."""

import pytest

import montecarlo as mc
from fleet.traders.settings import ALPACA, PAPER
from fleet.traders.tradable import problems_of

RULES = mc.Rules(shares=100.0)


@pytest.mark.parametrize("broker", [PAPER, ALPACA])
def test_whole_shares_at_the_next_close_can(broker):
    assert problems_of(mc.SmaCrossover(stop_loss=0.1, take_profit=0.1, max_holding=3), RULES, broker) == {}


@pytest.mark.parametrize("shares", [None, 0.5, 10.25, 2e6])
def test_shares_must_be_whole(shares):
    found = problems_of(mc.SmaCrossover(), mc.Rules(shares=shares), PAPER)
    assert found.keys() == {"shares"}
    assert "--shares 100" in found["shares"]


@pytest.mark.parametrize("fill", ["same-close", "next-open"])
def test_fills_must_be_at_the_next_close(fill):
    assert problems_of(mc.SmaCrossover(), mc.Rules(shares=100.0, fill=fill), PAPER).keys() == {"fill"}


def test_entries_must_be_by_market_orders():
    assert problems_of(mc.SmaCrossover(entry_limit=0.01), RULES, PAPER).keys() == {"entry_limit"}


def test_alpaca_pays_no_interest_on_paper():
    rules = mc.Rules(shares=100.0, interest=True, risk_free=0.02)
    assert problems_of(mc.SmaCrossover(), rules, ALPACA).keys() == {"interest"}
    assert problems_of(mc.SmaCrossover(), rules, PAPER) == {}
