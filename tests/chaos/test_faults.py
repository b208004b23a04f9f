from collections import Counter

import pytest

from tests.chaos.faults import Pretend, Rule, decide
from tests.chaos.operations import Operation

RECEIVE = Operation(service="sqs", name="ReceiveMessage", worker="machine-1")


def strikes(
    rule: Rule, times: int, seed: str = "1", operation: Operation = RECEIVE, elapsed: float = 0.0
) -> list[bool]:
    struck: Counter[Rule] = Counter()
    outcomes = []
    for nth in range(times):
        decision = decide([rule], operation, seed=seed, nth=nth, elapsed=elapsed, struck=struck)
        outcomes.append(decision is not None)
        struck[rule] += decision is not None
    return outcomes


def always(operation: Operation) -> bool:
    return True


def test_chances_are_kept_and_a_seed_decides_the_same_again() -> None:
    rule = Rule(fault=Pretend(), when=always, chance=0.3)
    first = strikes(rule, 1000)
    assert 250 < sum(first) < 350
    assert strikes(rule, 1000) == first
    assert strikes(rule, 1000, seed="2") != first


@pytest.mark.parametrize(("elapsed", "expected"), [(-1.0, 0), (0.9, 0), (1.0, 3), (5.9, 3), (6.0, 0)])
def test_a_rule_strikes_no_more_often_than_it_may_and_in_its_time(elapsed: float, expected: int) -> None:
    rule = Rule(fault=Pretend(), when=always, at_most=3, between=(1, 6))
    assert sum(strikes(rule, 10, elapsed=elapsed)) == expected


def test_the_first_rule_that_is_about_the_operation_strikes() -> None:
    other = Rule(fault=Pretend(), when=lambda operation: operation.service == "s3")
    ours = Rule(fault=Pretend(), when=lambda operation: operation.service == "sqs")
    last = Rule(fault=Pretend(), when=always)
    decision = decide([other, ours, last], RECEIVE, seed="1", nth=0, elapsed=0, struck={})
    assert decision is not None
    assert decision.rule is ours
