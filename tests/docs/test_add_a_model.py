"""The model of docs/add-a-model.md is one: the code there runs, and its two spellings agree."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.models import MODELS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add-a-model.md").read_text()
WHOLE, LINE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def laplace(tmp_path_factory):
    """The class, from a file as the page has it, because compiled code is kept beside its file."""
    path = tmp_path_factory.mktemp("models") / "laplace.py"
    path.write_text(WHOLE)
    spec = importlib.util.spec_from_file_location("laplace", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.LaplaceModel


@pytest.mark.parametrize("limit", [0.02, 1.0])
def test_the_compiled_rows_are_those_of_the_reference(laplace, limit):
    simulation = mc.Simulation(
        model=laplace(80.0, 0.1, 0.4, limit=limit), strategy=mc.SmaCrossover(3, 8), days=131, iterations=75, seed=5
    )
    engine, plain = simulate_rows(simulation, 0, 75), reference.simulate_rows(simulation, 0, 75)
    for name in rows.COLUMNS:
        np.testing.assert_allclose(engine[name], plain[name], rtol=1e-9, err_msg=name)


def test_its_returns_have_the_distribution_it_says(laplace):
    prices = mc.simulate_prices(laplace(80.0, 0.252, 0.4, limit=1.0), days=1000, iterations=20, seed=5).to_numpy()
    returns = prices[1:] / prices[:-1] - 1
    expected = stats.laplace(0.001, 0.4 / np.sqrt(2 * 252))
    assert stats.kstest(returns.ravel(), expected.cdf).pvalue > 0.01


@pytest.mark.parametrize("limit", [0.01, 0.03, 1.0])
def test_no_day_moves_further_than_its_limit_and_the_mean_is_the_one_it_expects(laplace, limit):
    model = laplace(80.0, 5.0, 0.4, limit=limit)
    prices = mc.simulate_prices(model, days=1000, iterations=100, seed=5).to_numpy()
    returns = prices[1:] / prices[:-1] - 1
    assert np.abs(returns).max() == pytest.approx(limit) if limit < 0.1 else np.abs(returns).max() < limit
    mean = model.expected_price(1) / 80.0 - 1
    assert returns.mean() == pytest.approx(mean, abs=4 * returns.std() / np.sqrt(returns.size))
    assert laplace(80.0, 0.252, 0.0, limit=1.0).expected_price(2) == pytest.approx(80 * 1.001**2)


def test_a_fit_has_the_moments_and_the_largest_move_of_the_history(laplace):
    history = mc.load_history("IBM", source="sample")
    returns = np.diff(history.closes) / history.closes[:-1]
    model = laplace.fit(history.closes)
    assert model.start_price == history.closes[-1]
    assert (model.drift / 252, model.volatility / 252**0.5) == pytest.approx((returns.mean(), returns.std(ddof=1)))
    assert model.limit == np.abs(returns).max()
    coin = laplace.fit(history.closes, bars_per_year=365)
    assert (coin.drift / 365, coin.volatility / 365**0.5) == pytest.approx((returns.mean(), returns.std(ddof=1)))


def test_what_it_says_of_its_parameter_is_all_there_is_to_say(laplace, monkeypatch):
    monkeypatch.setitem(MODELS, laplace.name, laplace)
    simulation = mc.Simulation(
        model=laplace(80.0, 0.1, 0.4, limit=0.1), strategy=mc.BuyAndHold(), days=9, iterations=2, seed=5
    )
    assert mc.Simulation.from_dict(json.loads(json.dumps(simulation.to_dict()))) == simulation
    assert {"Limit": 0.1}.items() <= {each.label: value for each, value in simulation.facts()}.items()
    with pytest.raises(mc.ParameterError, match=r"^limit must be a number from 0 to 1, not 1\.5$"):
        laplace(80.0, 0.1, 0.4, limit=1.5)


def test_the_line_that_registers_it_is_like_the_others():
    others = re.findall(
        r"^from montecarlo\.models\.(\w+) import (\w+) as \2$",
        (ROOT / "montecarlo/models/__init__.py").read_text(),
        re.MULTILINE,
    )
    assert len(others) >= len(MODELS)
    assert LINE == "from montecarlo.models.laplace import LaplaceModel as LaplaceModel\n"


def test_the_line_that_uses_it_works(laplace):
    (line,) = re.findall(r"`(mc\.simulate\(.*?)`", PAGE)
    history = mc.load_history("AAPL", source="sample")
    assert isinstance(eval(line, {"mc": mc, "LaplaceModel": laplace, "history": history}), mc.Result)


def test_the_files_it_names_are_there():
    named = set(re.findall(r"`((?:montecarlo|tests|webui|spotmc|docs)/[\w/.-]+)`", PAGE))
    assert len(named) >= 4
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
