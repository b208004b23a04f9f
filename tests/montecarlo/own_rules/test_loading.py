"""What a file may look like to be a rule, and what a person is told when it is none; in this process and in another."""

import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.data.history import PriceHistory
from montecarlo.parameters import Choice, Number, Switch, Whole, Word
from montecarlo.strategies.own_rule import OwnRule

AtHand = Callable[..., OwnRule]
Make = Callable[..., OwnRule]


@pytest.fixture(params=["in this process", "in another"])
def rule_from(request: pytest.FixtureRequest, at_hand: AtHand, tmp_path: Path) -> Make:
    """A rule from the text of its file."""

    def here(text: str, **values: object) -> OwnRule:
        path = tmp_path / "my_rule.py"
        path.write_text(dedent(text))
        return mc.strategy_from(path, **values)

    return here if request.param == "in this process" else at_hand


ALL_KINDS = """
from typing import Literal

def targets(closes, *, fast_window: int = 12, width: float = 2, shorting: bool = False, word: str = "any",
            side: Literal["long", "both"] = "both", plain=0.5):
    assert (type(fast_window), type(width), type(shorting), type(word), type(side), type(plain)) == (
        int, float, bool, str, str, float
    )
    return closes > fast_window
"""


def test_parameters_come_from_the_signature(rule_from: Make) -> None:
    rule = rule_from(ALL_KINDS)
    assert {name: (type(each.kind), each.default) for name, each in rule.parameters.items()} == {
        "fast_window": (Whole, 12),
        "width": (Number, 2.0),
        "shorting": (Switch, False),
        "word": (Word, "any"),
        "side": (Choice, "both"),
        "plain": (Number, 0.5),
    }
    assert rule.parameters["fast_window"].label == "Fast window"
    assert rule.parameters["side"].kind == Choice(("long", "both"))
    assert list(rule.values) == list(rule.parameters)
    changed = rule.with_values(fast_window=3, width=1, shorting=True, word="x", side="long", plain=1)
    assert changed.targets(np.array([[3.0], [4.0]])).tolist() == [[0], [1]]


def test_annotations_may_be_text(rule_from: Make) -> None:
    rule = rule_from(
        """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from nowhere import Closes

        def targets(closes: Closes, *, lookback: int = 12, band: float = 0.5):
            return closes > 0
        """
    )
    assert [type(each.kind) for each in rule.parameters.values()] == [Whole, Number]


def test_values_are_checked_by_name_and_kind(rule_from: Make) -> None:
    rule = rule_from(ALL_KINDS)
    with pytest.raises(mc.ParameterError) as raised:
        rule.with_values(fast_window=1.5, width="wide", shorting=1, side="short", word="", windows=3)
    assert raised.value.problems == {
        "windows": "is no parameter of my_rule.py, which has fast_window, width, shorting, word, side, plain",
        "fast_window": "must be a whole number from -1,000,000,000,000,000 to 1,000,000,000,000,000, not 1.5",
        "width": "must be a number from -1e+15 to 1e+15, not 'wide'",
        "shorting": "must be true or false, not 1",
        "side": "must be one of long, both, not 'short'",
        "word": "must be 1 to 100 characters in one line, not ''",
    }


CLASS = """
import numpy as np

class Turtle:
    def __init__(self, *, channel: int = 3):
        self.channel = channel
        {}

    def targets(self, closes):
        assert not hasattr(self, "asked")
        self.asked = True
        return np.ones(closes.shape)
"""


@pytest.mark.parametrize(
    "told",
    [
        "self.first_decision = channel",
        "self.first_decision = lambda: channel",
        "self.first_decision = np.int64(channel)",
    ],
)
def test_a_class_is_a_rule_too_and_each_call_has_an_instance_of_its_own(rule_from: Make, told: str) -> None:
    rule = rule_from(CLASS.format(told), channel=2)
    assert rule.first_decision == 2
    for _ in range(2):
        assert rule.targets(np.ones((4, 1)))[:, 0].tolist() == [0, 0, 1, 1]


def test_a_dataclass_is_a_rule_too(rule_from: Make) -> None:
    rule = rule_from(
        """
        from dataclasses import dataclass

        @dataclass
        class Threshold:
            level: float = 50.0
            first_decision: int = 1

            def targets(self, closes):
                return closes > self.level
        """
    )
    assert rule.values == {"level": 50.0, "first_decision": 1}
    assert rule.first_decision == 1


def test_without_a_first_decision_it_is_the_first_close(rule_from: Make) -> None:
    assert rule_from("def targets(closes): return closes > 0").first_decision == 0
    assert rule_from("first_decision = 3\ndef targets(closes): return closes > 0").first_decision == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "has no function `targets`, and no class with one: write a rule as `def targets"),
        ("class A:\n    def targets(self, c): pass\nclass B(A): pass", "more than one rule, A and B: leave one"),
        ("def targets(c): pass\nclass B:\n    def targets(self, c): pass", "more than one rule, targets and B"),
        ("def targets(): pass", "must take the closes first"),
        ("def targets(*, closes=1): pass", "must take the closes first"),
        ("def targets(closes, lookback): pass", "the parameter lookback has no default"),
        ("def targets(closes, *lookbacks): pass", r"`\*lookbacks` is no parameter that a person could set"),
        ("def targets(closes, **rest): pass", r"`\*\*rest` is no parameter"),
        (
            "def targets(closes, *, lookback=None): pass",
            "lookback must be int, float, bool, str or Literal.* with None",
        ),
        ("def targets(closes, *, lookback: int = 1.5): pass", "lookback must be int, float, .* with 1.5"),
        ("def targets(closes, *, lookback: int = True): pass", "lookback must be int, float, .* with True"),
        ("def targets(closes, *, band: float = float('nan')): pass", "band must be int, float, .* with nan"),
        ("def targets(closes, *, days: list = []): pass", "days must be int, float"),
        ("def targets(closes, *, band=10.0**16): pass", "the default of band must be a number"),
        ("def targets(closes, *, größe=1): pass", "the name of a parameter must be up to 40 letters"),
        ("def targets(closes, *, _x=1): pass", "the name of a parameter must be up to 40 letters"),
        (
            "def targets(closes, *, a=1): pass\ndef first_decision(*, b=1): pass",
            "`first_decision` can take .*: not b=1",
        ),
        (
            "def targets(closes, *, a=1): pass\ndef first_decision(**a): pass",
            r"`first_decision` can take .*: not \*\*a",
        ),
        ("def targets(closes): pass\ndef first_decision(): return 1.5", "first_decision must be a whole number .*1.5"),
        (
            "def targets(closes): pass\ndef first_decision(): return -1",
            "first_decision must be a whole number .* not -1",
        ),
        (
            "def targets(closes): pass\ndef first_decision(): return True",
            "first_decision must be a whole number .*True",
        ),
        ("def targets(closes): pass\nfirst_decision = None", "first_decision must be a whole number .*None"),
        ("def targets(closes): pass\nfirst_decision = 25_001", "first_decision must be a whole number .* not 25001"),
        (
            "def targets(closes)\n    pass",
            r"cannot be loaded:\n  my_rule.py, line 1\n    def targets\(closes\)\nSyntaxError: ",
        ),
        ("import no_such_module", r"line 1, in <module>\n    import .*\nModuleNotFoundError: .*what a worker carries"),
        ("def targets(closes): pass\nx = 1 / 0", r"my_rule.py, line 2, in <module>\n    x = 1 / 0\nZeroDivisionError"),
        (f"def targets(closes, *, {', '.join(f'a{n}=1' for n in range(33))}): pass", "32 parameters at most, not 33"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_to_do(rule_from: Make, text: str, message: str) -> None:
    with pytest.raises(mc.RuleError, match=message):
        rule_from(text)


def test_a_rule_may_come_from_a_module_a_function_or_a_class(apple: PriceHistory) -> None:
    def above(closes, *, level: float = 30.0):  # type: ignore[no-untyped-def]
        return closes > level

    class Above:
        first_decision = 1

        def __init__(self, *, level: float = 30.0) -> None:
            self.level = level

        def targets(self, closes):  # type: ignore[no-untyped-def]
            return closes > self.level

    assert mc.strategy_from(above, level=40.0).values == {"level": 40.0}
    assert mc.strategy_from(above, first_decision=2).first_decision == 2
    assert mc.strategy_from(above, first_decision=lambda *, level: round(level)).first_decision == 30
    assert mc.strategy_from(Above, level=40.0).first_decision == 1
    this = sys.modules[__name__]
    assert mc.strategy_from(this).file == "test_loading.py"
    mc.backtest(apple, mc.strategy_from(above))
    with pytest.raises(mc.RuleError, match="first_decision is for a function alone"):
        mc.strategy_from(Above, first_decision=2)
    with pytest.raises(mc.RuleError, match="has no file"):
        mc.strategy_from(ModuleType("made_up"))
    with pytest.raises(mc.RuleError, match="cannot be had: write it into a file"):
        mc.strategy_from(eval("lambda closes: closes > 0"))


def targets(closes, *, lookback: int = 1):  # type: ignore[no-untyped-def]
    """This module is a rule."""
    return closes > lookback
