"""What a person wants to hold: weights in either spelling, and all that is wrong at once."""

import pytest

from fleet.chosen_holdings import ChosenHoldings, Line, read_weight
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.errors import ParameterError
from montecarlo.experiments.holdings import EQUAL, FIXED, INVERSE_VOLATILITY
from montecarlo.strategies import BuyAndHold, SmaCrossover


def chosen(*weights, **given):
    """Holdings A, B, C … with these weights as typed."""
    lines = [Line(symbol="ABCDEFGHIJ"[number], weight=weight) for number, weight in enumerate(weights)]
    return ChosenHoldings.of(lines, given)


def refused(lines, given=None, **more):
    with pytest.raises(ParameterError) as refusal:
        ChosenHoldings.of(lines, given or {}, **more)
    return refusal.value


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("0.4", 0.4),
        ("40%", 0.4),
        (" 40 % ", 0.4),
        (".4", 0.4),
        ("33.3%", 0.333),
        ("1", 1.0),
        ("100%", 1.0),
        ("1e-1", 0.1),
    ],
)
def test_a_weight_in_percent_is_the_same_number_as_the_fraction(text, weight):
    assert read_weight(text) == weight


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "must have a weight such as 0.4 or 40%, not 'x'"),
        ("0,4", "a fraction has a point"),
        ("0", "above 0, not 0: leave out what is not held"),
        ("-10%", "above 0, not -10%"),
        ("40", "which is all of the capital, not 40: 40 % is written 40% or 0.4"),
        ("101%", "which is all of the capital, not 101%"),
        ("nan", "must have a weight such as"),
    ],
)
def test_what_is_no_weight_is_said_with_what_would_be(text, words):
    with pytest.raises(ValueError, match="must have a weight") as refusal:
        read_weight(text)
    assert words in str(refusal.value)


def test_without_weights_all_have_the_same_or_what_their_volatility_gives():
    assert chosen("", "").weighting == EQUAL
    assert chosen("", "", weights="inverse-volatility").weighting == INVERSE_VOLATILITY
    assert chosen("40%", "0.6").weighting == FIXED
    assert [each.weight for each in chosen("40%", "0.6").holdings] == [0.4, 0.6]


def test_what_weights_leave_is_cash_but_for_rounding():
    assert chosen("40%", "0.3").reserve == pytest.approx(0.3, abs=1e-15)
    assert chosen(*["0.1"] * 10).reserve == 0
    assert chosen("", "").reserve == 0


def test_a_band_without_a_word_rebalances_by_it():
    assert chosen("", "", band="0.05").rebalancing == Rebalancing(rebalance="band", band=0.05)
    assert chosen("", "").rebalancing == Rebalancing()
    assert chosen("", "", every="1").rebalancing.every == 1


def test_everything_that_is_wrong_is_said_at_once_of_lines_and_of_parameters():
    lines = [
        Line(symbol="A", weight="x"),
        Line(symbol="B b", weight="50%"),
        Line(symbol="C", weight="50%", source="yahoo"),
        Line(symbol="", weight="50%", place="line 5 of my.csv"),
        Line(symbol="E", weight="50%", currency="euros!"),
        Line(symbol="F", weight="50%", strategy="sma-crossover", settings={"short": "x", "lng": "3"}),
        Line(symbol="G", weight="50%", source="csv"),
        Line(symbol="H", weight="50%", source="fred", prices="h.csv"),
        Line(symbol="h", weight="50%"),
        Line(symbol="I"),
    ]
    given = {"days": "0", "band": "2", "shares": "10", "model": "magic"}
    found = refused(lines, given, model_settings={"drift": "x"})
    assert set(found.problems) == {"days", "band", "shares", "model", "holdings"}
    said = found.problems["holdings"]
    for words in (
        "A must have a weight such as",
        "B b cannot be",
        "C must be from one of sample, yfinance, fred, csv, s3, not 'yahoo'",
        "line 5 of my.csv lacks its symbol",
        "E has a currency that must be three to five letters",
        "F has a short that must be a whole number",
        "has a lng that is no parameter of sma-crossover",
        "G is from csv, and lacks the file",
        "H has a file with its prices, and is from fred",
        "I lacks a weight",
        "must name H once",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (["40", "30", "30"], "the weights must be 1 together, not 100: write 40%, 30%, 30%"),
        (["0.7", "0.4"], "must be 1 together at most, and are 1.1: nothing is bought on credit"),
        (["33.4%"] * 3, "are 1.002"),
        ([], "nothing is held"),
        ([""] * 51, "must be 50 symbols at most, not 51"),
    ],
)
def test_what_is_wrong_with_weights_together_is_said_once(weights, words):
    lines = [Line(symbol=f"S{number}", weight=weight) for number, weight in enumerate(weights)]
    found = refused(lines)
    assert words in found.problems["holdings"]


def test_what_else_is_wrong_with_a_line_hides_no_sum_of_weights():
    said = refused([Line(symbol="A", weight="0.7"), Line(symbol="B", weight="0.7", strategy="magic")]).problems
    assert "not 'magic'" in said["holdings"]
    assert "and are 1.4" in said["holdings"]


def test_weights_and_a_rule_for_them_exclude_each_other():
    assert "exclude each other" in refused([Line(symbol="A", weight="1")], {"weights": "equal"}).problems["holdings"]


def test_a_strategy_trades_all_shares_or_that_of_its_line():
    lines = [Line(symbol="A"), Line(symbol="B", strategy="sma-crossover", settings={"short": "5"}), Line(symbol="C")]
    assert ChosenHoldings.of(lines, {}).strategies == (BuyAndHold(), SmaCrossover(short=5), BuyAndHold())
    found = ChosenHoldings.of(
        [Line(symbol="A"), Line(symbol="B", settings={"long": "50"})], {}, strategy="sma-crossover"
    )
    assert found.strategies == (SmaCrossover(), SmaCrossover(long=50))


@pytest.mark.parametrize(
    ("strategy", "told", "given", "words"),
    [
        ("my_rule.py", {}, {}, "rules of your own cannot trade a share of a portfolio yet"),
        (
            "martingale",
            {},
            {},
            "must be one of buy-and-hold, sma-crossover, ema-crossover, breakout, bollinger-reversion, momentum, not",
        ),
        ("buy-and-hold", {"stop_loss": "0.1"}, {}, "orders within the day"),
        ("daily-breakout", {}, {}, "orders within the day"),
        ("sma-crossover", {"long": "200"}, {"days": "100"}, "must let sma-crossover decide before the last day"),
    ],
)
def test_what_cannot_trade_a_share_is_refused_before_there_are_prices(strategy, told, given, words):
    found = refused([Line(symbol="A"), Line(symbol="B")], given, strategy=strategy, told=told)
    assert words in " ".join(found.problems.values())


def test_what_a_portfolio_is_made_of_is_what_was_given_and_what_is_usual():
    told = chosen("", "", days="60", seed="7", warm_up="true", commission="0").of_a_portfolio
    assert (told["days"], told["seed"]) == (60, 7)
    assert told["warm_up"] is True
    assert told["uncertainty"] is None
    assert told["rules"].commission == 0
