"""What came of an experiment in a sentence that a person can repeat."""

from dataclasses import replace

import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.experiments.given_history import GivenHistory
from montecarlo.experiments.historical import HistoricalBacktest
from montecarlo.experiments.sentence import of_backtest, of_results, of_simulation, of_sweep
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep
from montecarlo.experiments.uncertainty import RANGE
from montecarlo.strategies.own_rule import OwnRule

MODEL = mc.NormalModel(start_price=100.0, drift=0.1, volatility=0.2)
LOSS, BEATS = "probability_of_loss", "probability_of_beating_buy_and_hold"


def simulation(**changes: object) -> Simulation:
    return Simulation(**{"model": MODEL, "strategy": mc.SmaCrossover(5, 20), "days": 60, "iterations": 2000, "seed": 1}
                      | changes)  # fmt: skip


def summary(paths: int, loss: float, beats: float) -> pd.DataFrame:
    return pd.DataFrame({"statistic": ["paths", LOSS, BEATS], "value": [paths, loss, beats]})


def ranges(low: float, high: float) -> pd.DataFrame:
    lines = [("predictive", LOSS, 0.3, 0.0, 0.0), (RANGE, BEATS, 0.0, 0.1, 0.2), (RANGE, LOSS, 0.0, low, high)]
    return pd.DataFrame(lines, columns=["statement", "statistic", "value", "low", "high"])


def test_it_says_how_often_the_rule_loses_how_sure_that_is_and_how_often_it_beats_holding():
    said = of_simulation("AAPL", simulation(), summary(2000, 0.2615, 0.2275), ranges(0.0599, 0.6133))
    assert said == (
        "In 2,000 futures like AAPL's past, the rule loses money in 26 % (6 to 61 % if the drift is as uncertain as "
        "its history says) and beats holding in 23 %."
    )


def test_without_a_table_of_what_it_is_worth_no_range_is_said():
    said = of_simulation("^GSPC", simulation(), summary(1_310_720, 0.05, 0.5))
    assert said == "In 1,310,720 futures like ^GSPC's past, the rule loses money in 5 % and beats holding in 50 %."
    nan = float("nan")
    assert "drift" not in of_simulation("AAPL", simulation(), summary(2000, 0.05, 0.5), ranges(nan, nan))


def test_whose_past_it_is_may_not_be_known():
    assert "like this past, the rule" in of_simulation("", simulation(), summary(2000, 0.05, 0.5))


def test_ones_own_rule_has_its_name():
    rule = OwnRule(file="my_rule.py", digest="0" * 64, settings={}, first=0)
    said = of_simulation("AAPL", simulation(strategy=rule), summary(2000, 0.05, 0.5))
    assert "the rule my_rule.py loses money" in said


@pytest.mark.parametrize(
    ("fraction", "words"),
    [
        (0.0, "none"),
        (0.0001, "fewer than 0.1 %"),
        (0.001, "0.1 %"),
        (0.0996, "10 %"),
        (0.055, "6 %"),
        (0.9949, "99 %"),
        (0.995, "more than 99 %"),
        (1.0, "all"),
    ],
)
def test_what_is_rare_is_not_said_to_be_never_nor_what_is_usual_to_be_always(fraction, words):
    said = of_simulation("AAPL", simulation(), summary(10_000, fraction, fraction))
    assert f"loses money in {words} and beats holding in {words}." in said


@pytest.mark.parametrize(
    ("loss", "beats", "words"),
    [(1.0, 0.0, "loses money and does not beat holding"), (0.0, 1.0, "does not lose money and beats holding")],
)
def test_a_single_path_has_no_percentages(loss, beats, words):
    said = of_simulation("AAPL", simulation(iterations=1), summary(1, loss, beats))
    assert said == f"In the one future like AAPL's past that was simulated, the rule {words}."


OVER = ("short", (5, 10)), ("long", (20, 30))
SWEEP = Sweep(model=MODEL, strategy=mc.SmaCrossover(), axes=OVER, days=60, iterations=300, seed=7)
TABLE = pd.DataFrame({"return_mean": [0.11, 0.139, 0.12, 0.13], LOSS: [0.3, 0.262, 0.3, 0.3]})


def bias(chosen: float, validated: float) -> pd.DataFrame:
    return pd.DataFrame({"statistic": ["chosen_return", "validated_return"], "value": [chosen, validated]})


def test_of_a_sweep_it_says_which_is_the_best_and_how_much_of_that_is_luck():
    assert of_sweep("AAPL", SWEEP, TABLE, bias(0.312, 0.114)) == (
        "Of 4 combinations in 300 futures like AAPL's past, short 5 and long 30 is the best with 14 % on average and "
        "loses money in 26 %; whatever is best in one future makes 31 % there and 11 % in another, so 20 points are "
        "luck of the choice."
    )


@pytest.mark.parametrize(
    ("chosen", "validated", "words"),
    [
        (3.094, 1.558, "309 % there and 156 % in another, so 153 points"),
        (0.006, 0.002, "0.6 % there and 0.2 % in another, so 0.4 points"),
    ],
)
def test_the_luck_of_the_choice_is_the_difference_of_what_is_said(chosen, validated, words):
    assert words in of_sweep("AAPL", SWEEP, TABLE, bias(chosen, validated))


def test_where_nothing_validates_the_choice_nothing_is_said_of_it():
    said = of_sweep("AAPL", replace(SWEEP, iterations=1), TABLE, bias(0.3, float("nan")))
    assert said.endswith("in 1 future like AAPL's past, short 5 and long 30 is the best with 14 % on average and loses "
                         "money in 26 %.")  # fmt: skip


def test_a_result_says_it_with_the_numbers_of_its_summary(history):
    result = mc.simulate(mc.fit(history), mc.SmaCrossover(5, 20), days=60, iterations=500, seed=7)
    value = result.summary.set_index("statistic")["value"]
    low, high = result.uncertainty.range_of(LOSS)
    said = result.sentence(history.symbol)
    assert said == (
        f"In 500 futures like AAPL's past, the rule loses money in {100 * value[LOSS]:.0f} % "
        f"({100 * low:.0f} to {100 * high:.0f} % if the drift is as uncertain as its history says) "
        f"and beats holding in {100 * value[BEATS]:.0f} %."
    )
    asked = replace(result.simulation, uncertainty=True, rows=False)
    files = asked.results(asked.run(0, 500), ())
    assert of_results("AAPL", asked, files.__getitem__) == said


def test_so_does_a_sweep(history):
    found = mc.sweep(mc.fit(history), mc.SmaCrossover(), {"short": (5, 10), "long": (20, 30)}, days=60, iterations=50,
                     seed=7)  # fmt: skip
    assert found.sentence("AAPL") == of_sweep("AAPL", found.sweep, found.table, found.selection_bias)


@pytest.mark.parametrize(
    ("orders", "words"),
    [
        ({"stop_loss": 0.05}, "the rule with a stop of 5 % loses"),
        ({"stop_loss": 0.025, "take_profit": 0.1}, "the rule with a stop of 2.5 % and a target of 10 % loses"),
        (
            {"stop_loss": 0.05, "take_profit": 2.0, "max_holding": 10},
            "the rule with a stop of 5 %, a target of 200 % and 10 days at most loses",
        ),
        ({"entry_limit": 0.01}, "the rule loses"),
    ],
)
def test_stops_and_targets_are_said(orders, words):
    said = of_simulation("AAPL", simulation(strategy=mc.SmaCrossover(5, 20, **orders)), summary(2000, 0.5, 0.25))
    assert words in said


@pytest.mark.parametrize(
    ("intrabar", "words"),
    [
        ("stop-first", "here it is the stop, and target-first gives the other bound."),
        ("target-first", "here it is the target, and stop-first gives the other bound."),
    ],
)
def test_that_a_day_does_not_tell_which_came_first_is_said_where_it_is_not_rare(intrabar, words):
    rule = mc.SmaCrossover(5, 20, stop_loss=0.02, take_profit=0.02)
    asked, table = simulation(strategy=rule, rules=mc.Rules(intrabar=intrabar)), summary(2000, 0.5, 0.25)
    for share, said in ((0.0101, True), (0.0099, False), (float("nan"), False)):
        table.loc[3] = ["ambiguous_share", share]
        found = of_simulation("AAPL", asked, table)
        assert found.endswith(words) is said
        assert ("In 1 % of its trades a day reaches stop and target" in found) is said


def test_so_it_is_of_the_one_real_history(history):
    near = mc.BuyAndHold(stop_loss=0.0001, take_profit=0.0001)
    asked = HistoricalBacktest(history=GivenHistory.of(history), strategy=near, rules=mc.Rules(intrabar="target-first"))
    found = pd.DataFrame(
        {
            "statistic": ["return", "buy_and_hold_value", "capital", "trades", "ambiguous_bars"],
            "value": [0.1, 110_000.0, 100_000.0, 50.0, 2.0],
        }
    )
    words = (
        " In 4 % of its trades a day reaches stop and target and does not tell which came first: here it is the target"
    )
    assert words in of_backtest("AAPL", asked, found)
    found.loc[4, "value"] = 0.0
    assert "does not tell" not in of_backtest("AAPL", asked, found)


def test_a_rule_that_never_trades_is_not_said_to_lose_in_none():
    table = summary(2000, 0.0, 0.2)
    table.loc[3] = ["turnover_mean", 0.0]
    said = of_simulation("AAPL", simulation(strategy=mc.SmaCrossover(5, 20, entry_limit=0.5)), table)
    assert said == "In 2,000 futures like AAPL's past, the rule never trades, and beats holding in 20 %."


def test_the_best_of_a_sweep_may_have_no_stop():
    found = mc.sweep(MODEL, mc.BuyAndHold(), {"stop_loss": [None, 0.01]}, days=60, iterations=200, seed=1)
    assert "no stop loss is the best with" in of_sweep("AAPL", found.sweep, found.table, found.selection_bias)
