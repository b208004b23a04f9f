"""Rules are one value, which every function takes as such or one by one."""

from dataclasses import fields

import pytest

import montecarlo as mc
from montecarlo.accounting.rules import RuleKeywords, rules_of

RULES = mc.Rules(capital=5000, shares=10, commission=0.002, slippage=0, fill="same-close", risk_free=0.02)
ONE_BY_ONE = RULES.to_dict()
MODEL = mc.GbmModel(50.0, 0.1, 0.4)


@pytest.fixture(scope="module")
def history():
    return mc.load_history("IBM", source="sample")


def traded(history, **rules):
    """By every function that takes them, in plain values."""
    strategies = [mc.SmaCrossover(5, 20), mc.SmaCrossover(5, 30)]
    options = {"days": 40, "iterations": 9, "seed": 1, **rules}
    return (
        mc.backtest(history, strategies[0], **rules).summary.to_csv(),
        mc.simulate(MODEL, strategies[0], **options).summary.to_csv(),
        mc.sweep(MODEL, strategies[0], {"long": [20, 30]}, **options).table.to_csv(),
        mc.overfitting(history, strategies, **rules).to_dict(),
    )


def test_they_are_the_same_however_they_are_given(history):
    one_by_one = traded(history, **ONE_BY_ONE)
    assert one_by_one == traded(history, rules=RULES)
    assert all(a != b for a, b in zip(one_by_one, traded(history), strict=True))


def test_those_that_are_left_out_have_their_defaults():
    assert rules_of(None, {}) == mc.Rules()
    assert rules_of(None, {"shares": 10}) == mc.Rules(shares=10)
    assert rules_of(RULES, {}) is RULES


def test_given_in_both_ways_they_are_refused_by_name():
    with pytest.raises(mc.ParameterError) as error:
        mc.simulate(MODEL, mc.BuyAndHold(), rules=RULES, shares=5, fill="same-close")
    message = "is given beside rules, which have it already: give one of them"
    assert error.value.problems == {"shares": message, "fill": message}


def test_every_rule_can_be_given_by_itself():
    assert RuleKeywords.__annotations__.keys() == {field.name for field in fields(mc.Rules)}


def test_what_a_fill_costs_and_when_it_comes():
    assert mc.Rules(commission=0.001, slippage=0.002).cost == pytest.approx(0.003)
    assert (mc.Rules().delay, RULES.delay) == (1, 0)
