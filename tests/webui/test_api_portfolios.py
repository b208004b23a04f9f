"""Portfolios asked for by scripts."""

import pytest

from fleet.job_store import load_job

ASKED = {
    "holdings": [
        {"symbol": "AAPL", "weight": 0.5},
        {"symbol": "MSFT", "weight": "40%", "source": "sample", "trades": "momentum lookback=10"},
    ],
    "model": "normal",
    "drift": 0.05,
    "rebalance": "band",
    "band": 0.05,
    "days": 60,
    "iterations": 300,
}


def test_a_portfolio_is_made_and_sent_once(visitor, bucket, queue):
    first = visitor.ask("/api/portfolios", ASKED, Idempotency_Key="mine")
    again = visitor.ask("/api/portfolios", ASKED, Idempotency_Key="mine")
    assert (first.status, first.value) == (201, again.value)
    assert first.headers["Location"] == f"/api/jobs/{first.value['job_id']}"
    assert len(queue.receive(wait_seconds=0, visibility_seconds=0, at_most=10)) == 1
    portfolio = load_job(bucket, first.value["job_id"]).experiment
    assert [str(each.strategy) for each in portfolio.holdings] == ["buy-and-hold", "momentum, lookback 10, band 0.0"]
    assert (portfolio.model.name, portfolio.model.drifts) == ("normal", (0.05, 0.05))
    assert portfolio.weights == (0.5, 0.4)


def test_a_preview_shows_the_job_and_sends_nothing(visitor, queue):
    told = visitor.ask("/api/portfolios", {**ASKED, "preview": True})
    assert (told.status, told.value["job"]["kind"]) == (200, "portfolio")
    assert queue.depth().empty


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"holdings": None}, "holdings", "is missing"),
        ({"holdings": []}, "holdings", "must be a list"),
        ({"holdings": [{"symbol": "AAPL"}]}, "weight.1", "lacks a weight"),
        ({"holdings": [{"symbol": "AAPL", "weight": 0.7}, {"symbol": "AAPL", "weight": 0.1}]}, "symbol.2", "already"),
        ({"holdings": [{"symbol": "AAPL", "weight": [1]}]}, "weight.1", "must be text"),
        ({"holdings": [{"weight": 0.7}]}, "symbol.1", "is missing"),
        ({"holdings": [{"symbol": "AAPL", "weight": 0.7, "colour": "red"}]}, "'colour.1'", "nothing that a holding"),
        ({"days": "sixty"}, "days", "whole number"),
        ({"days": [60]}, "days", "whole number"),
        ({"short": 5}, "'short'", "neither a field"),
    ],
)
def test_what_cannot_be_used_is_told_by_name(*, visitor, queue, changed, field, said):
    told = visitor.ask("/api/portfolios", {**ASKED, **changed})
    assert (told.status, list(told.value["problems"])) == (400, [field])
    assert said in told.value["problems"][field]
    assert queue.depth().empty
