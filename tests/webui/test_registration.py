"""A strategy and a model that are registered, by a file and a line each, are everywhere in the web UI."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.canonical import read_json

TREE = Path(__file__).parents[2]

STRATEGY = """
from dataclasses import dataclass

import numpy as np

from montecarlo.parameters import Number, Whole, parameter
from montecarlo.strategies.strategy import Strategy


@dataclass(frozen=True)
class Reversal(Strategy):
    name = "reversal"
    label = "Buying after a fall"
    help = "Long after a close that is below an earlier one."
    waits_for = "lookback"

    lookback: int = parameter(Whole(1, 99), 3, label="Lookback", unit="trading days", help="Distance of the closes.")
    fall: float = parameter(Number(0.001, 0.5), 0.025, label="Fall", unit="of the earlier close", help="At least.")

    def contradictions(self):
        return {"fall": "must be less for a single day"} if self.lookback == 1 and self.fall > 0.4 else {}

    @property
    def first_decision(self):
        return self.lookback

    def targets(self, prices):
        wanted = np.zeros(prices.shape, np.int8)
        wanted[self.lookback :] = prices[self.lookback :] < prices[: -self.lookback] * (1 - self.fall)
        return wanted
"""
MODEL = """
from dataclasses import dataclass

from montecarlo.models.gbm import GbmModel
from montecarlo.parameters import Number, parameter


@dataclass(frozen=True)
class CarryModel(GbmModel):
    name = "carry"
    help = "As gbm, but with a yield."

    carry: float = parameter(Number(0, 1), 0.0125, label="Yield", unit="per year", kw_only=True)
"""
REGISTERED = {
    "montecarlo/strategies/reversal.py": STRATEGY,
    "montecarlo/strategies/__init__.py": """
from montecarlo.strategies.reversal import Reversal; STRATEGIES[Reversal.name] = Reversal
""",
    "montecarlo/models/carry.py": MODEL,
    "montecarlo/models/__init__.py": """
from montecarlo.models.carry import CarryModel; MODELS[CarryModel.name] = CarryModel
""",
}
JOB = {"symbol": "AAPL", "source": "sample", "days": "60", "iterations": "300", "model": "carry", "seed": "7"}
CHOICE = {"strategy": "reversal", "lookback": "5", "fall": "0.0375"}


@pytest.fixture
def visitor(start_web: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Visits a web UI of a tree in which they are registered."""
    tree = tmp_path / "tree"
    for package in ("montecarlo", "fleet", "webui", "spotmc"):
        shutil.copytree(TREE / package, tree / package)
    for path, code in REGISTERED.items():
        with (tree / path).open("a") as file:
            file.write(code)
    monkeypatch.chdir(tree)
    return start_web(PYTHONPATH=str(tree))


def test_they_are_in_the_form_in_the_preview_in_the_job_and_on_its_page(visitor, bucket: Bucket):
    form = visitor.open("/")
    assert form.choices["strategy"][-1] == "reversal"
    assert form.choices["model"][-1] == "carry"
    for words in (
        "Buying after a fall",
        "Long after a close that is below an earlier one.",
        "As gbm, but with a yield.",
    ):
        assert words in form.text
    assert (form.fields["reversal.lookback"], form.fields["reversal.fall"]) == ("3", "0.025")
    bounds = {name: form.attributes["reversal.fall"][name] for name in ("min", "max", "step")}
    assert bounds == {"min": "0.001", "max": "0.5", "step": "any"}

    preview = visitor.press("/jobs", **JOB, **CHOICE, preview="true")
    assert "Preview: AAPL, reversal, lookback 5, fall 0.0375" in preview.text
    assert re.search(r"<code>fall</code></th><td><code>0.0375</code>", preview.text), "it is a message's attribute"

    page = visitor.post("/jobs", preview.fields)
    stored = read_json(bucket.get(keys.job_key(page.url.rsplit("/", 1)[-1])))
    assert stored["experiment"]["strategy"] == {"name": "reversal", "lookback": 5, "fall": 0.0375}
    assert stored["experiment"]["model"]["carry"] == 0.0125
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page.text))
    assert (facts["Strategy"], facts["Model"]) == ("Buying after a fall", "carry")
    assert (facts["Fall"], facts["Yield"]) == ("3.75 % of the earlier close", "1.25 % per year")
    assert (facts["Lookback"], facts["Days"]) == ("5 trading days", "60 trading days")
    assert visitor.open(page.link("Change and repeat")).fields["reversal.fall"] == "0.0375"

    for typed, problem in (
        ({"fall": "0.6"}, "Must be a number from 0.001 to 0.5, not 0.6"),
        ({"lookback": "1", "fall": "0.45"}, "Must be less for a single day"),
    ):
        refused = visitor.press("/jobs", **JOB, **CHOICE | typed)
        assert (refused.status, refused.words["reversal.fall-problem"]) == (400, problem)
