"""The strategy of docs/add-a-strategy.md is one: the code there runs, agrees with itself, and does not look ahead."""

import importlib.util
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

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add-a-strategy.md").read_text()


@pytest.fixture(scope="module")
def momentum(tmp_path_factory):
    """The class, from a file as the page has it, because compiled code is kept beside its file."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path_factory.mktemp("strategies") / "momentum.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("momentum", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Momentum


def test_it_wants_what_it_says(momentum):
    wanted = momentum(2).targets(np.array([5.0, 6, 5, 7, 4, 8, 8])[:, None])[:, 0]
    assert wanted.tolist() == [0, 0, 0, 1, 0, 1, 1]


@given(days=st.integers(2, 200), paths=st.integers(1, 70), data=st.data())
def test_the_compiled_rows_are_those_of_the_reference(momentum, days, paths, data):
    simulation = mc.Simulation(
        model=mc.NormalModel(80.0, 0.0, data.draw(st.sampled_from([0.0, 0.4]))),
        strategy=momentum(data.draw(st.integers(1, days - 1))),
        days=days,
        iterations=paths,
        seed=days,
    )
    engine, plain = simulate_rows(simulation, 0, paths), reference.simulate_rows(simulation, 0, paths)
    np.testing.assert_array_equal(engine["trades"], plain["trades"])
    for name in set(rows.COLUMNS) - {"sharpe"}:
        np.testing.assert_allclose(engine[name], plain[name], rtol=1e-9, atol=1e-9, err_msg=name)


@given(lookback=st.integers(1, 20), cut=st.integers(21, 60))
def test_it_does_not_look_ahead(momentum, lookback, cut):
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=60, iterations=5, seed=cut).to_numpy()
    strategy = momentum(lookback)
    np.testing.assert_array_equal(strategy.targets(prices[:cut]), strategy.targets(prices)[:cut])


@pytest.mark.parametrize("lookback", [0, 1.5, "120"])
def test_a_lookback_that_cannot_be_used_is_refused_by_name(momentum, lookback):
    with pytest.raises(mc.ParameterError, match=r"^lookback must be a whole number from 1 to 24,999, not "):
        momentum(lookback)


def test_the_lines_that_use_it_work(momentum):
    lines = re.findall(r"`(mc\.\w+\(.*?\))`", PAGE)
    history = mc.load_history("AAPL", source="sample")
    names = {"mc": mc, "Momentum": momentum, "history": history, "model": mc.fit(history, "gbm")}
    assert [type(eval(line, names)) for line in lines] == [mc.Result, mc.Backtest]


def test_the_files_it_names_are_there():
    named = set(re.findall(r"`((?:montecarlo|tests)/[\w/.-]+)`", PAGE))
    assert len(named) >= 4
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
