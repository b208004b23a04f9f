"""The strategy of docs/add-a-strategy.md is one: the code there runs, agrees with itself, and does not look ahead."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.strategies import STRATEGIES, strategy_named
from tests.montecarlo.stages import compiled_targets

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add-a-strategy.md").read_text()
WHOLE, LINE, STAGE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(IMPORT,) = re.findall(r"`(from montecarlo\.engine\.lanes import .*?)`", PAGE)
REGISTRY = "montecarlo/strategies/__init__.py"


def class_in(folder, code):
    """The class, from a file, because compiled code is kept beside its file."""
    path = folder / "reversal.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("reversal", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Reversal


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return class_in(tmp_path_factory.mktemp("plain"), WHOLE)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    heading, _, rest = WHOLE.partition("\nfrom montecarlo.limits")
    code = f"{heading}\n{IMPORT}\nfrom montecarlo.limits{rest}\n{STAGE}"
    return class_in(tmp_path_factory.mktemp("compiled"), code)


def simulation_of(strategy, days, paths):
    model = mc.NormalModel(80.0, 0.0, 0.4 if days % 2 else 0.0)
    return mc.Simulation(model=model, strategy=strategy, days=days, iterations=paths, seed=days)


def test_it_wants_what_it_says(plain):
    """Below 0.75 of the close two days before: 6 of 8, and not quite 6 of 8."""
    wanted = plain(2, 0.25).targets(np.array([8.0, 8, 5.9, 6, 8, 4, 6])[:, None])[:, 0]
    assert wanted.tolist() == [0, 0, 1, 0, 0, 1, 0]


@given(days=st.integers(2, 200), paths=st.integers(1, 70), fall=st.floats(0, 0.1), data=st.data())
def test_its_rows_are_those_of_the_reference_and_the_same_bits_without_a_compiled_stage(
    *, plain, compiled, days, paths, fall, data
):
    lookback = data.draw(st.integers(1, days - 1))
    assert (plain().stage(), compiled().stage() is None) == (None, False)
    ours, theirs = (simulation_of(kind(lookback, fall), days, paths) for kind in (plain, compiled))
    found, expected = simulate_rows(theirs, 0, paths), reference.simulate_rows(ours, 0, paths)
    np.testing.assert_array_equal(found["trades"], expected["trades"])
    for name in set(rows.COLUMNS) - {"sharpe"}:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-9, err_msg=name)
    assert {name: column.tobytes() for name, column in found.items()} == {
        name: column.tobytes() for name, column in simulate_rows(ours, 0, paths).items()
    }


@given(lookback=st.integers(1, 20), cut=st.integers(21, 60))
def test_it_does_not_look_ahead(compiled, lookback, cut):
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=60, iterations=5, seed=cut).to_numpy()
    strategy = compiled(lookback)
    np.testing.assert_array_equal(strategy.targets(prices[:cut]), strategy.targets(prices)[:cut])
    np.testing.assert_array_equal(compiled_targets(strategy, prices), strategy.targets(prices))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lookback": 0}, "lookback must be a whole number from 1 to 24,999, not 0"),
        ({"lookback": 1.5}, "lookback must be a whole number from 1 to 24,999, not 1.5"),
        ({"fall": "much"}, "fall must be a number from 0 to 1, not 'much'"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(plain, values, message):
    with pytest.raises(mc.ParameterError) as error:
        plain(**values)
    assert str(error.value) == message


def test_what_it_says_of_its_parameters_is_all_there_is_to_say(plain, monkeypatch):
    monkeypatch.setitem(STRATEGIES, plain.name, plain)
    strategy = strategy_named("reversal", {"fall": 0.5})
    simulation = simulation_of(strategy, 30, 5)
    again = mc.Simulation.from_dict(json.loads(json.dumps(simulation.to_dict())))
    assert again == simulation
    assert {"Lookback": 5, "Fall": 0.5}.items() <= {each.label: value for each, value in simulation.facts()}.items()
    assert plain().parameters["fall"].read("0.25") == 0.25
    assert mc.sweep(simulation.model, strategy, dict(plain.sweep), days=30, iterations=9).table["fall"].nunique() == 3


def test_it_does_not_take_the_name_of_another(plain):
    assert plain.name not in STRATEGIES
    assert not hasattr(mc, plain.__name__)


def test_the_line_that_registers_it_is_like_the_others():
    registry = (ROOT / REGISTRY).read_text()
    others = re.findall(r"^from montecarlo\.strategies\.(\w+) import (\w+) as \2$", registry, re.MULTILINE)
    assert len(others) >= len(STRATEGIES)
    assert LINE == "from montecarlo.strategies.reversal import Reversal as Reversal\n"
    assert f"`{REGISTRY}`" in PAGE


def test_the_lines_that_use_it_work(plain):
    lines = re.findall(r"`(mc\.\w+\(.*?\))`", PAGE)
    history = mc.load_history("AAPL", source="sample")
    names = {"mc": mc, "Reversal": plain, "history": history, "model": mc.fit(history, "gbm")}
    assert [type(eval(line, names)) for line in lines] == [mc.Result, mc.Backtest, mc.SweepResult]


def test_the_files_it_names_are_there():
    named = set(re.findall(r"`((?:montecarlo|tests|docs)/[\w/.-]+)`", PAGE))
    assert len(named) >= 4
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    for module in re.findall(r"-m ([\w.]+)", PAGE):
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists()
