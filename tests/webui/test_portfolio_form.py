"""The portfolio's form as a value: rows, what is usual, and what is wrong beside which field."""

import pytest

from montecarlo.data.joint_history import align
from montecarlo.data.sources import load_history
from montecarlo.experiments.portfolio import SURVIVORSHIP
from montecarlo.strategies import BuyAndHold, Momentum, SmaCrossover
from webui.forms.joint_histories import joint_history_for
from webui.forms.portfolio import FIRST, PortfolioForm
from webui.forms.portfolio_preview import preview_of

TWO = {"symbol.1": "AAPL", "weight.1": "0.5", "symbol.2": "MSFT", "weight.2": "40%"}


def test_who_has_just_come_sees_three_symbols_and_a_part_that_stays_cash():
    form = PortfolioForm.filled_in({})
    assert {row.name(name): row.typed[name] for row in form.rows for name in ("symbol", "weight")} == FIRST
    assert (form.typed["weights"], form.typed["strategy"], form.typed["rebalance"]) == (
        "fixed",
        "buy-and-hold",
        "calendar",
    )


def test_what_is_usual_is_read_without_a_problem():
    form = PortfolioForm.read(PortfolioForm.filled_in({}).all_typed)
    assert not form.problems
    assert [row.values["weight"] for row in form.rows] == [0.4, 0.3, 0.2]
    assert form.chosen.strategies == (BuyAndHold(),) * 3


def test_weights_may_be_typed_in_percent_and_rows_without_a_word_are_none():
    form = PortfolioForm.read({**TWO, "symbol.3": " ", "source.3": "yfinance"})
    assert not form.problems
    assert [(row.number, row.values["weight"], row.values["source"]) for row in form.rows] == [
        (1, 0.5, "sample"),
        (2, 0.4, "sample"),
    ]


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"symbol.2": ""}, "symbol.2", "symbol"),
        ({"symbol.2": "aapl"}, "symbol.2", "is in the list already"),
        ({"weight.2": ""}, "weight.2", "lacks a weight"),
        ({"weight.2": "40"}, "weight.2", "40%"),
        ({"weight.1": "0"}, "weight.1", "above 0"),
        ({"weight.1": "0.7"}, "holdings", "1 together at most, and are 1.1"),
        ({"source.1": "nowhere"}, "source.1", "must be from one of"),
        ({"prices.1": "abc"}, "prices.1", "SHA-256"),
        ({"trades.1": "magic"}, "trades.1", "must be one of"),
        ({"trades.1": "sma-crossover short=40 long=20"}, "trades.1", "short must be less than long"),
        ({"trades.1": "daily-breakout"}, "trades.1", "must be one of"),
        ({"trades.1": "sma-crossover stop_loss=0.1"}, "trades.1", "cannot give orders within the day"),
        ({"currency.1": "dollars"}, "currency.1", "such as USD"),
        ({"rebalance": "hourly"}, "rebalance", "must be one of"),
        ({"rebalance": "band", "band": "2"}, "band", "above 0 to 1"),
        ({"strategy": "sma-crossover", "sma-crossover.short": "200"}, "sma-crossover.short", "less than long"),
        ({"days": "none"}, "days", "whole number"),
        ({"lookback": "5"}, "'lookback'", "no field"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(typed, field, said):
    form = PortfolioForm.read({**TWO, **typed})
    assert list(form.problems) == [field]
    assert said in form.problems[field]
    assert not form.problems[field].startswith(("strategy", "source"))


def test_prices_can_be_had_while_something_else_of_a_row_is_wrong():
    form = PortfolioForm.read({**TWO, "currency.1": "dollars", "weight.2": "x", "trades.2": "magic"})
    assert list(form.problems) == ["currency.1", "weight.2", "trades.2"]
    assert form.can_have_prices
    assert joint_history_for(form, pytest.fail, patience=0).symbols == ("AAPL", "MSFT")


def test_a_strategy_of_a_row_that_decides_too_late_is_said_beside_it_before_there_are_prices():
    form = PortfolioForm.read({**TWO, "trades.2": "sma-crossover long=90", "days": "60"})
    assert list(form.problems) == ["trades.2"]
    assert "long must let sma-crossover decide before the last day" in form.problems["trades.2"]


def test_no_symbol_at_all_is_said_of_the_list():
    assert list(PortfolioForm.read({"symbol.1": "", "weights": "equal"}).problems) == ["holdings"]


def test_a_list_that_is_too_long_is_said_to_be():
    many = {f"symbol.{number}": f"S{number}" for number in range(1, 52)}
    assert "51" in PortfolioForm.read({**many, "weights": "equal"}).problems["holdings"]


def test_where_weights_are_equal_those_that_were_typed_do_not_matter():
    form = PortfolioForm.read({**TWO, "weight.1": "much", "weights": "equal"})
    assert not form.problems


def test_a_row_may_have_a_strategy_of_its_own():
    form = PortfolioForm.read(
        {**TWO, "trades.1": "momentum lookback=120", "strategy": "sma-crossover", "sma-crossover.long": "60"}
    )
    assert not form.problems
    assert form.chosen.strategies == (Momentum(120), SmaCrossover(40, 60))


def test_rows_come_and_go_and_what_was_typed_into_others_stays():
    form = PortfolioForm.filled_in({**TWO, "source.2": "yfinance", "capital": "5"}).with_row_added()
    assert [(row.number, row.typed["symbol"]) for row in form.rows] == [(1, "AAPL"), (2, "MSFT"), (3, "")]
    assert form.rows[-1].typed["source"] == "yfinance", "as the one before"
    left = form.without_row("2").without_row("3")
    assert [row.typed["symbol"] for row in left.rows] == ["AAPL"]
    assert left.typed["capital"] == "5"
    assert [row.empty for row in left.without_row("1").rows] == [True]


def test_prices_of_a_job_stand_for_all_rows_until_one_chooses_others():
    digest = "0" * 64
    form = PortfolioForm.filled_in({**TWO, "source.1": "csv", "prices": digest})
    assert [row.held for row in form.rows] == [digest, digest]
    other = form.with_prices_let_go("1")
    assert [(row.held, row.typed["source"]) for row in other.rows] == [("", "sample"), (digest, "sample")]


@pytest.mark.parametrize(("model", "said"), [("bootstrap", "for the frontier, 82 days"), ("normal", "82 days")])
def test_correlations_that_only_the_frontier_shrinks_are_told_of_it_alone(model, said):
    short = align([load_history(symbol, "sample", start="2012-10-31") for symbol in ("AAPL", "MSFT")])
    found = preview_of(PortfolioForm.read({**TWO, "model": model}), short)
    [warning] = [each for each in found.warnings if "Ledoit" in each]
    assert warning.startswith(f"{said} in common are few for 2 symbols")
    assert found.warnings.count(SURVIVORSHIP) == 1
