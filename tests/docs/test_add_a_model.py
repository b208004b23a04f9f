"""The model of docs/add-a-model.md is one: the code there runs, and its two spellings agree."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows

PAGE = (Path(__file__).parents[2] / "docs" / "add-a-model.md").read_text()


@pytest.fixture(scope="module")
def laplace(tmp_path_factory):
    """The class, from a file as the page has it, because compiled code is kept beside its file."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path_factory.mktemp("models") / "laplace.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("laplace", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.LaplaceModel


def test_the_compiled_rows_are_those_of_the_reference(laplace):
    simulation = mc.Simulation(
        model=laplace(80.0, 0.1, 0.4), strategy=mc.SmaCrossover(3, 8), days=131, iterations=75, seed=5
    )
    engine, plain = simulate_rows(simulation, 0, 75), reference.simulate_rows(simulation, 0, 75)
    for name in rows.COLUMNS:
        np.testing.assert_allclose(engine[name], plain[name], rtol=1e-9, err_msg=name)


def test_its_returns_have_the_distribution_it_says(laplace):
    prices = mc.simulate_prices(laplace(80.0, 0.252, 0.4), days=1000, iterations=20, seed=5).to_numpy()
    returns = prices[1:] / prices[:-1] - 1
    expected = stats.laplace(0.001, 0.4 / np.sqrt(2 * 252))
    assert stats.kstest(returns.ravel(), expected.cdf).pvalue > 0.01


def test_the_line_that_uses_it_works(laplace):
    (line,) = re.findall(r"`(mc\.simulate\(.*?)`", PAGE)
    history = mc.load_history("AAPL", source="sample")
    assert isinstance(eval(line, {"mc": mc, "LaplaceModel": laplace, "history": history}), mc.Result)


def test_the_files_it_names_are_there():
    named = set(re.findall(r"`((?:montecarlo|webui|spotmc|docs)/[\w/.-]+)`", PAGE))
    assert len(named) >= 5
    assert [name for name in sorted(named) if not (Path(__file__).parents[2] / name).exists()] == []
