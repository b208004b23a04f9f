"""What a rule that goes to workers may import."""

import re

import pytest

import montecarlo as mc
from montecarlo.own_rules.imports import CARRIED, require_carried
from tests.montecarlo.own_rules.conftest import rule_file
from tests.programs import ROOT


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np, math",
        "from pandas.api.types import is_bool",
        "import numba",
        "from __future__ import annotations",
    ],
)
def test_what_a_worker_has_may_be_imported(text: str) -> None:
    require_carried(rule_file(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "import scipy.stats",
            r"^my_rule.py, line 1: workers do not have scipy.stats; a rule on them can import montecarlo",
        ),
        ("def targets(closes):\n    from talib import SMA", "line 2: workers do not have talib"),
        ("from . import helpers", r"line 1: workers do not have \."),
        ("import numpyro", "workers do not have numpyro"),
        ("def targets(closes)", "cannot be read as Python"),
        ("\0", "cannot be read as Python"),
    ],
)
def test_what_it_has_not_is_refused_by_its_line(text: str, message: str) -> None:
    with pytest.raises(mc.RuleError, match=message):
        require_carried(rule_file(text))


def test_what_is_said_to_be_carried_is_what_workers_install() -> None:
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements/worker.lock").read_text(), re.MULTILINE)
    assert set(CARRIED) <= {"montecarlo", *locked}


def test_the_documentation_names_it() -> None:
    text = (ROOT / "docs/own-rules.md").read_text()
    assert [name for name in CARRIED if f"`{name}`" not in text] == []
