"""A rule that a person brings along, in the form: its text, and what it is told."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from fleet.bucket import Bucket
from fleet.inputs import load_input
from fleet.settings import ALLOW, OWN_RULES
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError, RuleError
from montecarlo.models import fit
from montecarlo.own_rules.imports import require_carried
from montecarlo.own_rules.process import Limits
from montecarlo.own_rules.rule_file import RuleFile, file_name
from montecarlo.own_rules.submission import submitted_rule
from montecarlo.strategies.own_rule import RULE, OwnRule
from webui.forms.pairs import read_pairs, write_pairs

NAME = OwnRule.name

FIELDS = SOURCE, FILE, TOLD = "rule", "rule_file", "rule_told"

USUAL = {
    SOURCE: """\
import numpy as np

def targets(closes, *, lookback: int = 120, band: float = 0.02):
    wanted = np.zeros(closes.shape)
    wanted[lookback:] = closes[lookback:] > closes[:-lookback] * (1 + band)
    return wanted

def first_decision(*, lookback: int = 120):  # the first row that counts
    return lookback
""",
    FILE: "my_rule.py",
    TOLD: "",
}
"""What stands in these fields at first: a rule to begin with."""

REFUSED = f"must be another: a rule of one's own can be run here once the web UI is started with {OWN_RULES}={ALLOW}"

LIMITS = Limits(seconds=5.0)
TRIAL_SECONDS = 60.0  # a person waits for it


@dataclass(frozen=True)
class AskedRule:
    """A rule as it was typed.

    Attributes:
        file: Name and text.
        told: Its parameters, as typed.
    """

    file: RuleFile
    told: Mapping[str, str]

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> Self:
        """
        Raises:
            ParameterError: a text cannot be used; by name in the form.
        """
        source = typed[SOURCE].replace("\r\n", "\n").encode()  # a browser ends lines in its own way
        try:
            return cls(RuleFile(file_name(typed[FILE]), source), read_pairs(typed[TOLD]))
        except RuleError as error:
            raise ParameterError({SOURCE: str(error)}) from error
        except ValueError as error:
            raise ParameterError({TOLD: f"must be such as lookback=60 band=0.01: {error}"}) from error

    def tried(
        self, history: PriceHistory, *, model: str, model_values: Mapping[str, Any], days: int, warm_up: bool
    ) -> OwnRule:
        """The strategy, after a trial in limited processes; only what is known of it, without what runs it.

        Raises:
            ParameterError: it cannot be loaded, fails, does not do what a rule must, or cannot be told something; by
                name in the form.
        """
        try:
            require_carried(self.file)
            with submitted_rule(
                self.file,
                self.told,
                history,
                fit(history, model, **model_values),
                days=days,
                warm_up=warm_up,
                limits=LIMITS,
                look=_deadline(self.file.name),
            ) as rule:
                return OwnRule.from_dict(rule.to_dict())
        except RuleError as error:
            raise ParameterError({SOURCE: str(error)}) from error
        except ParameterError as error:
            raise ParameterError(by_field(error.problems)) from error


def by_field(problems: Mapping[str, str]) -> dict[str, str]:
    """Problems with a rule's parameters, in the one field where they are typed."""
    return {TOLD: "; ".join(f"{name} {problem}" for name, problem in problems.items())}


def texts_of(rule: OwnRule) -> dict[str, str]:
    """What was typed, the digest of the rule's text in its place."""
    told = write_pairs({name: rule.parameters[name].written(value) for name, value in rule.values.items()})
    return {SOURCE: rule.digest, FILE: rule.file, TOLD: told}


def source_of(text: str, bucket: Bucket) -> str:
    """The text of a rule, of which a digest may stand in its place.

    Raises:
        UnreadableObjectError: it is damaged.
        MissingObjectError, BucketError: it cannot be had.
    """
    if not re.fullmatch("[0-9a-f]{64}", text):
        return text
    return load_input(bucket, RULE, text, helps="write or choose the rule anew").decode(errors="replace")


def _deadline(file: str) -> Callable[[], None]:
    """What ends a trial that takes longer than a person waits for a page."""
    until = time.monotonic() + TRIAL_SECONDS

    def look() -> None:
        if time.monotonic() > until:
            raise RuleError(
                f"{file} was not tried to the end within {TRIAL_SECONDS:g} s: try it with `spotmc submit`, which waits"
            )

    return look
