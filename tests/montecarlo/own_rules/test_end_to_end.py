"""A rule in a file, from its text to the numbers: those of an independent calculation and of the rule compiled."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.paths import draw_closes
from montecarlo.experiments.reference import simulate_rows as reference_rows
from montecarlo.models import Model
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.submission import submitted_rule
from montecarlo.strategies import strategy_from_dict
from montecarlo.strategies.own_rule import OwnRule

AtHand = Callable[..., OwnRule]


def test_it_is_what_an_independent_calculation_finds(momentum: RuleFile, at_hand: AtHand, model: Model) -> None:
    """Bought at the close after the first on which the price is two percent above that of thirty days before."""
    rule = at_hand(momentum, lookback=30)
    found = mc.simulate(model, rule, days=120, iterations=300, seed=7, commission=0.001, slippage=0.0)
    closes = draw_closes(model, 7, 0, 300, 120)
    values = []
    for path in closes.T:
        cash, shares = 100_000.0, 0.0
        for day in range(31, 121):
            wanted = path[day - 1] > path[day - 31] * 1.02
            if wanted and not shares:
                cash, shares = 0.0, cash / (path[day] * 1.001)
            elif shares and not wanted:
                cash, shares = shares * path[day] * 0.999, 0.0
        values.append(cash + shares * path[-1])
    assert found.paths is not None
    np.testing.assert_allclose(found.paths["final_value"], values, rtol=1e-12)


@pytest.mark.parametrize("warm", [False, True], ids=["without a warm-up", "with a warm-up"])
@pytest.mark.parametrize("threads", [1, 2])
def test_it_is_bit_for_bit_the_same_rule_compiled(
    *, momentum: RuleFile, at_hand: AtHand, model: Model, apple: PriceHistory, warm: bool, threads: int
) -> None:
    settings = {"days": 250, "iterations": 3000, "seed": 7, "warm_up": apple if warm else None, "threads": threads}
    own = mc.simulate(model, at_hand(momentum, lookback=90), **settings)
    compiled = mc.simulate(model, mc.Momentum(90, 0.02), **settings)
    assert own.paths is not None
    pd.testing.assert_frame_equal(own.paths, compiled.paths, check_exact=True)
    pd.testing.assert_frame_equal(own.summary, compiled.summary, check_exact=True)
    assert own.tally.to_bytes() == compiled.tally.to_bytes()


def test_a_path_has_the_same_bits_in_whatever_range(momentum: RuleFile, at_hand: AtHand, model: Model) -> None:
    simulation = mc.Simulation(model=model, strategy=at_hand(momentum), days=200, iterations=5000, seed=1)
    whole = simulation.run(0, 4000)
    parts = simulation.run(0, 1024) + simulation.run(1024, 3072) + simulation.run(3072, 4000)
    assert whole.to_bytes() == parts.to_bytes()


def test_the_plain_account_finds_the_same(momentum: RuleFile, at_hand: AtHand, model: Model) -> None:
    simulation = mc.Simulation(model=model, strategy=at_hand(momentum, lookback=20), days=100, iterations=300, seed=1)
    found, plain = (next(iter(simulation.parts(0, 300)))[0], reference_rows(simulation, 0, 300))
    for column in ("final_value", "max_drawdown", "trades", "exposure"):
        np.testing.assert_allclose(found[column], plain[column], rtol=1e-11)


def test_a_backtest_is_that_of_the_same_rule_compiled(momentum: RuleFile, at_hand: AtHand, apple: PriceHistory) -> None:
    own, compiled = mc.backtest(apple, at_hand(momentum)), mc.backtest(apple, mc.Momentum(120, 0.02))
    pd.testing.assert_frame_equal(own.summary, compiled.summary, check_exact=True)
    pd.testing.assert_frame_equal(own.trades, compiled.trades, check_exact=True)


def test_so_is_the_probability_of_overfitting(momentum: RuleFile, at_hand: AtHand, apple: PriceHistory) -> None:
    own = [at_hand(momentum, lookback=lookback) for lookback in (40, 80)]
    compiled = [mc.Momentum(lookback, 0.02) for lookback in (40, 80)]
    assert mc.overfitting(apple, own).to_dict() == mc.overfitting(apple, compiled).to_dict()


@pytest.mark.parametrize("warm", [False, True], ids=["without a warm-up", "with a warm-up"])
def test_a_sweep_is_that_of_the_same_rule_compiled(
    *, momentum: RuleFile, at_hand: AtHand, model: Model, apple: PriceHistory, warm: bool
) -> None:
    """Each combination has its own first decision; of 250 days a lookback of 300 is too long, but for a warm-up."""
    over = {"lookback": (60, 120, 180, 300)}
    settings = {"days": 250, "iterations": 2000, "seed": 7, "warm_up": apple if warm else None}
    own = mc.sweep(model, at_hand(momentum), over, **settings)
    compiled = mc.sweep(model, mc.Momentum(120, 0.02), over, **settings)
    pd.testing.assert_frame_equal(own.table, compiled.table, check_exact=True)
    assert own.sweep.first_decisions == ((0, 60), (1, 120), (2, 180), *([(3, 300)] if warm else []))


def test_a_sweep_is_read_from_json_without_the_rule_and_run_where_it_is_at_hand(
    momentum: RuleFile, at_hand: AtHand, model: Model
) -> None:
    rule = at_hand(momentum)
    sweep = mc.sweep(model, rule, {"lookback": (60, 120), "band": (0, 0.05)}, days=250, iterations=600, seed=7).sweep
    read = mc.Sweep.from_dict(json.loads(json.dumps(sweep.to_dict())))
    assert read == sweep
    assert [each.first_decision for each in read.strategies] == [60, 60, 120, 120]
    assert (read.units, read.path_days, read.title) == (sweep.units, sweep.path_days, sweep.title)
    assert read.title == "sweep of lookback and band: 4 combinations, my_rule.py"
    assert rule.code is not None
    assert read.bound(rule.code).run(0, 600).to_bytes() == sweep.run(0, 600).to_bytes()
    with pytest.raises(mc.RuleError, match=r"^my_rule.py must be at hand to be traded"):
        read.run(0, 600)


@pytest.mark.parametrize(
    "told",
    [
        [],
        [[0, 60]],
        [[1, 120], [0, 60]],
        [[0, 60], [0, 60]],
        [[0, 60], [2, 120]],
        [[-1, 60], [1, 120]],
        [[0, 60], [1, -1]],
        [[0, 60], [1, 60.0]],
        [[0, 60], [True, 120]],
        [[0, 60], [1, 120, 3]],
        [[0, 60], 1],
        "01",
        {"0": 60, "1": 120},
    ],
)
def test_a_sweep_that_tells_its_first_decisions_otherwise_is_refused(
    momentum: RuleFile, at_hand: AtHand, model: Model, told: object
) -> None:
    sweep = mc.sweep(model, at_hand(momentum), {"lookback": (60, 120)}, days=250, iterations=600, seed=7).sweep
    with pytest.raises(mc.ParameterError, match="first_decisions must have for 2 to 1,000 combinations"):
        mc.Sweep.from_dict(sweep.to_dict() | {"first_decisions": told})


def test_a_sweep_whose_combinations_decide_too_late_by_what_it_tells_is_refused(
    momentum: RuleFile, at_hand: AtHand, model: Model
) -> None:
    sweep = mc.sweep(model, at_hand(momentum), {"lookback": (60, 120)}, days=250, iterations=600, seed=7).sweep
    with pytest.raises(mc.ParameterError, match=r"my_rule.py decide before the last day: it .* on day 250 of 250"):
        mc.Sweep.from_dict(sweep.to_dict() | {"first_decisions": [[0, 60], [1, 250]]})


def test_a_sweep_of_a_compiled_strategy_tells_none(model: Model) -> None:
    sweep = mc.sweep(model, mc.Momentum(), {"lookback": (60, 120)}, days=250, iterations=10, seed=7).sweep
    assert "first_decisions" not in sweep.to_dict()
    with pytest.raises(mc.ParameterError, match="first_decisions must be left out for momentum"):
        mc.Sweep.from_dict(sweep.to_dict() | {"first_decisions": [[0, 60], [1, 120]]})


def test_combinations_that_the_rule_refuses_are_left_out(at_hand: AtHand, model: Model) -> None:
    rule = at_hand(
        """
        def targets(closes, *, fast: int = 2, slow: int = 5):
            return closes > 0

        def first_decision(*, fast, slow):
            if fast >= slow:
                raise ValueError("fast must be below slow")
            return slow
        """
    )
    sweep = mc.sweep(model, rule, {"fast": (2, 5, 7), "slow": (5, 6)}, days=30, iterations=10, seed=7).sweep
    assert sweep.varied == {"fast": [2, 2, 5], "slow": [5, 6, 6]}
    assert sweep.first_decisions == ((0, 5), (1, 6), (3, 6))
    with pytest.raises(mc.ParameterError, match="fast cannot be 9 beside the others: fast must be below slow"):
        rule.with_values(fast=9)


def test_a_parameter_that_is_called_like_a_column_cannot_be_varied(at_hand: AtHand, model: Model) -> None:
    rule = at_hand("def targets(closes, *, sharpe_mean_low: int = 1): return closes > sharpe_mean_low")
    with pytest.raises(mc.ParameterError, match="the table has a column of that name"):
        mc.sweep(model, rule, {"sharpe_mean_low": (1, 2)}, days=30, iterations=10, seed=7)


def test_a_parameter_may_have_the_name_of_one_of_the_experiment(at_hand: AtHand, model: Model) -> None:
    rule = at_hand("def targets(closes, *, days: int = 3, key: str = 'a'): return closes > 0", days=5)
    simulation = mc.Simulation(model=model, strategy=rule, days=30, iterations=10, seed=7)
    assert simulation.headline() == {
        "days": 30,
        "iterations": 10,
        "strategy": "own-rule",
        "file": "my_rule.py",
        "key": "a",
    }
    facts = [(parameter.name, value) for parameter, value in simulation.facts()]
    assert ("days", 30) in facts
    assert ("days", 5) in facts
    sweep = mc.sweep(model, rule, {"days": (1, 2)}, days=30, iterations=10, seed=7).sweep
    assert [value for parameter, value in sweep.facts() if parameter.name == "days"] == [30, (1, 2)]
    assert sweep.headline()["days"] == 30


def test_it_is_read_from_json_shown_and_named_without_the_rule(
    momentum: RuleFile, at_hand: AtHand, model: Model
) -> None:
    rule = at_hand(momentum, lookback=90)
    simulation = mc.Simulation(model=model, strategy=rule, days=200, iterations=100, seed=7)
    read = mc.Simulation.from_dict(json.loads(json.dumps(simulation.to_dict())))
    assert read == simulation
    assert hash(read.strategy) == hash(simulation.strategy)
    assert read.to_dict()["strategy"] == {
        "name": "own-rule",
        "file": "my_rule.py",
        "digest": momentum.digest,
        "parameters": {"lookback": 90, "band": 0.02},
        "first_decision": 90,
    }
    assert str(read.strategy) == "my_rule.py, lookback 90, band 0.02"
    assert read.inputs == {"rule": momentum.digest}
    assert not read.reproducible
    assert any("my_rule.py is a person's own rule" in warning for warning in read.warnings)
    with pytest.raises(mc.RuleError, match="must be at hand"):
        read.run(0, 100)


def test_without_the_rule_only_the_values_that_it_has_can_be_given(momentum: RuleFile, at_hand: AtHand) -> None:
    read = strategy_from_dict(at_hand(momentum).to_dict())
    assert read.with_values(lookback=120) == read
    with pytest.raises(mc.RuleError, match="only the rule itself knows when it can decide first"):
        read.with_values(lookback=90)
    with pytest.raises(mc.ParameterError, match=r"window is no parameter of my_rule\.py, which has lookback, band"):
        read.with_values(window=90)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"file": "../my_rule.py"}, "file must be 1 to 64 letters, digits or . _ -"),
        ({"file": None}, "file must be 1 to 64 letters"),
        ({"digest": "abc"}, "digest must be a SHA-256 in hexadecimal"),
        ({"first_decision": -1}, "first_decision must be a whole number from 0 to 25,000"),
        ({"first_decision": 1.0}, "first_decision must be a whole number"),
        ({"parameters": [1]}, "parameters must be values by name"),
        ({"parameters": {"a": None}}, "parameters must be values by name"),
        ({"parameters": {"a b": 1}}, "parameters must be values by name"),
        ({"parameters": {"a": float("inf")}}, "a must be a number from"),
        ({"parameters": {"a": "x" * 101}}, "a must be 1 to 100 characters in one line"),
        ({"parameters": {"a": 10**16}}, "a must be a whole number"),
        ({"code": "print()"}, "'code' is not known in the strategy"),
    ],
)
def test_json_that_no_rule_can_have_written_is_refused(
    momentum: RuleFile, at_hand: AtHand, changes: dict[str, object], message: str
) -> None:
    values = at_hand(momentum).to_dict()
    with pytest.raises(mc.ParameterError, match=message):
        strategy_from_dict(values | changes)
    del values["digest"]
    with pytest.raises(mc.ParameterError, match="digest is missing from the strategy"):
        strategy_from_dict(values)


def test_what_a_person_typed_is_read_and_the_rule_tried_before_it_is_handed_over(
    momentum: RuleFile, apple: PriceHistory
) -> None:
    with submitted_rule(momentum, {"lookback": "90", "band": 0.01}, apple, days=300) as rule:
        assert rule.values == {"lookback": 90, "band": 0.01}
        assert mc.backtest(apple, rule).summary.equals(mc.backtest(apple, mc.Momentum(90, 0.01)).summary)
    with pytest.raises(mc.ParameterError, match="lookback must be a whole number"):
        submitted_rule(momentum, {"lookback": "ninety"}, apple).__enter__()
    peeking = RuleFile("peek.py", b"def targets(closes): return closes > closes[-1]")
    with pytest.raises(mc.RuleError, match="it looks ahead"):
        submitted_rule(peeking, {}, apple, days=300).__enter__()


def test_a_file_is_read_from_disk_under_a_name_that_can_go_anywhere(tmp_path: Path, momentum: RuleFile) -> None:
    path = tmp_path / "my größte rule.py"
    path.write_bytes(momentum.source)
    assert RuleFile.read(path) == RuleFile("my-gr-te-rule.py", momentum.source)
    path.write_bytes(b"#" * 100_001)
    with pytest.raises(mc.RuleError, match="must have 100,000 bytes at most"):
        RuleFile.read(path)
    path.write_bytes(b"\n")
    with pytest.raises(mc.RuleError, match="is empty"):
        RuleFile.read(path)
