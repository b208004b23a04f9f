"""Rules of a person's own, good and bad ones."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

import pytest

import montecarlo as mc
from montecarlo.data.history import PriceHistory
from montecarlo.models import Model
from montecarlo.own_rules.process import Limits, RuleProcesses
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.strategies.own_rule import OwnRule

MOMENTUM = """
import numpy as np

def targets(closes, *, lookback: int = 120, band: float = 0.02):
    wanted = np.zeros(closes.shape)
    wanted[lookback:] = closes[lookback:] > closes[:-lookback] * (1 + band)
    return wanted

def first_decision(*, lookback: int = 120, band: float = 0.02):
    return lookback
"""


@pytest.fixture(scope="session")
def momentum() -> RuleFile:
    """Of the last months, as the documentation has it."""
    return RuleFile("my_rule.py", MOMENTUM.encode())


@pytest.fixture(scope="session")
def apple() -> PriceHistory:
    return mc.load_history("AAPL", "sample")


@pytest.fixture(scope="session")
def model(apple: PriceHistory) -> Model:
    return mc.fit(apple, "gbm")


def rule_file(text: str, name: str = "my_rule.py") -> RuleFile:
    return RuleFile(name, dedent(text).encode())


@pytest.fixture
def at_hand(tmp_path: Path) -> Iterator[Callable[..., OwnRule]]:
    """A rule from the text of its file, in processes of its own that are there as long as the test."""
    with ExitStack() as stack:

        def make(text: str | RuleFile, /, limits: Limits | None = None, **values: object) -> OwnRule:
            file = text if isinstance(text, RuleFile) else rule_file(text)
            code = stack.enter_context(RuleProcesses(file, limits, folder=tmp_path))
            return OwnRule.of(code, values, file=file.name, digest=file.digest)

        yield make
