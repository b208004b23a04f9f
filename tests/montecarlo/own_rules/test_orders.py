"""Rules that take bars and answer with orders."""

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.data.bars import Bars
from montecarlo.errors import ParameterError, RuleError
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.experiments.simulate import make_simulation
from montecarlo.own_rules.process import RuleProcesses
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.strategies import strategy_from_dict
from montecarlo.strategies.own_rule import OwnRule

WITH_ORDERS = """
import numpy as np

signals = "entries"

def targets(bars, *, width: float = 1.5):
    wanted = bars.close > bars.open
    stop = np.where(wanted, (bars.high - bars.low) / bars.close, np.nan)
    return {"targets": wanted, "stop_loss": width * stop, "take_profit": 0.02, "max_holding": 5}
"""


def bars_of(closes):
    closes = np.asarray(closes, np.float64)
    opens = np.vstack([closes[:1], closes[:-1]])
    return Bars(opens, np.maximum(opens, closes) + 1, np.minimum(opens, closes) - 1, closes)


def written(text, tmp_path):
    path = tmp_path / "my_rule.py"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def history():
    return mc.load_history("AAPL", "sample", years=2)


@pytest.fixture
def bars():
    return bars_of(100 + np.random.default_rng(1).normal(size=(40, 3)).cumsum(axis=0))


def test_a_rule_that_takes_bars_answers_with_orders(tmp_path, bars):
    rule = mc.strategy_from(written(WITH_ORDERS, tmp_path))
    wanted, orders = rule.ordered(bars)
    np.testing.assert_array_equal(wanted, bars.close > bars.open)
    stops = 1.5 * ((bars.high - bars.low) / bars.close)
    np.testing.assert_array_equal(orders.stop, np.where(wanted == 1, stops, np.nan))
    assert (orders.target == 0.02).all()
    assert (orders.holding == 5).all()
    assert np.isnan(orders.limit).all()
    assert rule.gives_orders
    assert rule.signals == "entries"


def test_a_process_of_its_own_gives_the_same(tmp_path, bars):
    file = RuleFile("my_rule.py", WITH_ORDERS.encode())
    here = mc.strategy_from(written(WITH_ORDERS, tmp_path)).ordered(bars)
    with RuleProcesses(file, folder=tmp_path / "rules") as code:
        there = OwnRule.of(code, {}, file=file.name, digest=file.digest).ordered(bars)
    np.testing.assert_array_equal(here[0], there[0])
    for ours, theirs in zip(here[1], there[1], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_it_survives_being_plain_values_without_its_code(tmp_path):
    rule = mc.strategy_from(written(WITH_ORDERS, tmp_path))
    again = strategy_from_dict(rule.to_dict())
    assert again == rule
    assert again.gives_orders


def test_a_rule_of_closes_is_the_same_json_as_ever():
    rule = mc.strategy_from(rising)
    assert sorted(rule.to_dict()) == ["digest", "file", "first_decision", "name", "parameters"]


def rising(closes):
    return closes > 0


@pytest.mark.parametrize("where", ["here", "in a process of its own"])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("{'targets': up, 'stop': 0.02}", "can have targets, entry_limit, stop_loss, take_profit, max_holding"),
        ("{'stop_loss': 0.02}", "must have targets"),
        ("{'targets': up, 'stop_loss': 2.0}", "stop_loss must be a number above 0 to 1, or NaN for none, and is 2.0"),
        ("{'targets': up, 'max_holding': 1.5}", "max_holding must be a whole number from 1"),
        ("{'targets': up, 'max_holding': 10**30}", "max_holding must be a number, or an array .*, not object"),
        ("{'targets': up, 'take_profit': np.ones(3)}", "take_profit must be a number, or an array"),
        ("{'targets': up, 'stop_loss': np.longdouble(0.02)}", "stop_loss must be a number, or an array"),
        ("{'targets': up, 'stop_loss': up * np.longdouble(0.02)}", "stop_loss must be a number, or an array"),
        ("{'targets': up, 'stop_loss': '0.02'}", "stop_loss must be a number, or an array .*, not <U4"),
        ("{'targets': up, 'stop_loss': 0.02 + 0j}", "stop_loss must be a number, or an array .*, not complex128"),
    ],
)
def test_an_answer_that_cannot_be_carried_out_is_refused_in_words(tmp_path, bars, answer, words, where):
    """Nothing of it is left out in silence: a stop least of all."""
    text = f"import numpy as np\ndef targets(bars):\n    up = bars.close > 0\n    return {answer}\n"
    if where == "here":
        with pytest.raises(RuleError, match=words):
            mc.strategy_from(written(text, tmp_path)).ordered(bars)
        return
    file = RuleFile("my_rule.py", text.encode())
    with RuleProcesses(file, folder=tmp_path / "rules") as code, pytest.raises(RuleError, match=words):
        OwnRule.of(code, {}, file=file.name, digest=file.digest).ordered(bars)


def test_so_it_is_in_a_process_of_its_own(tmp_path, bars):
    for orders, words in (
        ("'stop': 0.02", "can have targets, entry_limit, stop_loss, take_profit, max_holding, and not 'stop'"),
        ("'take_profit': np.ones(3)", "take_profit must be a number, or an array"),
        ("'take_profit': np.longdouble(0.1)", "take_profit must be a number, or an array"),
    ):
        text = f"import numpy as np\ndef targets(bars):\n    return {{'targets': bars.close > 0, {orders}}}\n"
        file = RuleFile("my_rule.py", text.encode())
        with RuleProcesses(file, folder=tmp_path / "rules") as code, pytest.raises(RuleError, match=words):
            OwnRule.of(code, {}, file=file.name, digest=file.digest).ordered(bars)


def test_an_order_that_is_given_beside_the_file_is_refused_with_who_gives_it(tmp_path):
    with pytest.raises(ParameterError, match="gives its orders itself, from bars"):
        mc.strategy_from(written(WITH_ORDERS, tmp_path), stop_loss=0.02)


def test_what_targets_mean_must_be_one_of_two(tmp_path):
    with pytest.raises(ParameterError, match="signals must be 'positions' or 'entries'"):
        mc.strategy_from(written("signals = 'often'\ndef targets(closes):\n    return closes > 0\n", tmp_path))


def test_a_stop_that_knows_the_next_low_is_found_out(tmp_path, history):
    text = """
import numpy as np

def targets(bars):
    ahead = np.vstack([bars.low[1:], bars.low[-1:]])
    return {"targets": bars.close > 0, "stop_loss": np.clip(1 - 0.99 * ahead / bars.close, 0.01, 0.5)}
"""
    with pytest.raises(RuleError, match=r"stop_loss.*looks ahead"):
        mc.try_rule(mc.strategy_from(written(text, tmp_path)), history)


def test_a_rule_with_orders_passes_its_trial(tmp_path, history):
    mc.try_rule(mc.strategy_from(written(WITH_ORDERS, tmp_path)), history)


CHANNEL = """
import numpy as np

signals = "entries"

def targets(bars, *, days: int = 10, width: float = 1.5):
    wanted, stop = np.zeros(bars.close.shape), np.full(bars.close.shape, np.nan)
    for day in range(days, len(wanted)):
        wanted[day] = bars.close[day] > bars.high[day - days : day].max(axis=0)
        stop[day] = width * ((bars.high - bars.low)[day - days : day] / bars.close[day]).mean(axis=0)
    return {
        "targets": wanted,
        "stop_loss": np.clip(stop, 0.001, 0.5),
        "take_profit": np.clip(2 * stop, 0.001, 0.5),
        "entry_limit": np.where(bars.close > bars.open, 0.002, np.nan),
        "max_holding": 7,
    }

def first_decision(*, days: int = 10, width: float = 1.5):
    return days
"""


@pytest.mark.parametrize("warm_up", [False, True])
def test_orders_of_each_day_reach_the_compiled_account_as_they_reach_the_broker(tmp_path, history, warm_up):
    simulation = make_simulation(
        mc.fit(history, "normal"),
        mc.strategy_from(written(CHANNEL, tmp_path)),
        days=90,
        iterations=40,
        seed=3,
        rules=mc.Rules(),
        warm_up=history if warm_up else None,
        rows=True,
    )
    got, expected = simulate_rows(simulation, 0, 40), reference.simulate_rows(simulation, 0, 40)
    assert got["trades"].sum() > 40
    for name in ("trades", "final_value", "average_holding", "ambiguous_bars", "wins"):
        np.testing.assert_allclose(got[name], expected[name], rtol=1e-9, err_msg=name)


def test_a_combination_of_a_sweep_has_the_orders_that_it_has_alone(tmp_path, history):
    model, rule = mc.fit(history, "normal"), mc.strategy_from(written(CHANNEL, tmp_path))
    swept = mc.sweep(model, rule, {"days": [5, 20]}, days=90, iterations=300, seed=3, warm_up=history)
    for row in swept.table.to_dict("records"):
        alone = mc.simulate(model, rule.with_values(days=row["days"]), days=90, iterations=300, seed=3, warm_up=history)
        found = alone.summary.set_index("statistic")["value"]
        assert row["return_mean"] == found["return_mean"]
