"""What docs/portfolio.md says is so."""

import re

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.models.joint import JOINT_MODELS
from montecarlo.parameters import declared
from tests.montecarlo.charts import portfolio_tables
from tests.programs import ROOT

TEXT = (ROOT / "docs/portfolio.md").read_text()
WORDS = " ".join(TEXT.split())


def in_a_table(name: str) -> bool:
    return re.search(rf"^\|[^|]*`{re.escape(name)}`[^|]*\| .{{4,}}", TEXT, re.MULTILINE) is not None


def test_models_and_ways_to_rebalance_are_explained() -> None:
    ways = declared(Rebalancing)["rebalance"].kind.words
    assert [name for name in (*JOINT_MODELS, *ways) if not in_a_table(name)] == []


def test_columns_of_the_contributions_are_explained() -> None:
    names = [name for name in portfolio_tables.CONTRIBUTIONS.columns if not name.endswith(("_low", "_high"))]
    assert [name for name in names if not in_a_table(name)] == []


def test_defaults_and_limits_are_those_of_the_program() -> None:
    rules = mc.Rules()
    assert f"{100 * (rules.commission + rules.slippage):.1f} % unless you say otherwise" in WORDS
    assert (Rebalancing().rebalance, Rebalancing().every or 21) == ("calendar", 21)


def test_the_example_of_the_costs_solves_its_equation() -> None:
    held, weights, cost = np.array([40_000.0, 60_000.0]), np.array([0.5, 0.5]), 0.01
    after = 99_800.0
    assert "= $99,800." in WORDS
    assert after == pytest.approx(held.sum() - cost * np.abs(weights * after - held).sum(), abs=1e-9)
    assert "A $9,900 were bought, of B $10,100 sold, and $200 of costs are paid" in WORDS


@pytest.mark.thorough
def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [lines] = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names: dict[str, object] = {}
    exec(lines, names)
    assert isinstance(names["result"], mc.PortfolioResult)
    assert len(capsys.readouterr().out.splitlines()) >= 2, "both sentences"
