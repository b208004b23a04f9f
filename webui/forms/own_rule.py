"""A rule that a person brings along, in the form: its text, and what it is told."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Self, cast

from fleet.bucket import Bucket
from fleet.inputs import load_input
from fleet.settings import ALLOW, OWN_RULES
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError, RuleError
from montecarlo.experiments import varied
from montecarlo.experiments.sweep import Axes, combinations
from montecarlo.models import Model, fit
from montecarlo.own_rules.imports import require_carried
from montecarlo.own_rules.process import Limits
from montecarlo.own_rules.rule_file import RuleFile, file_name
from montecarlo.own_rules.submission import rule_at_hand, submitted_rule, try_in_another_process
from montecarlo.own_rules.trial import try_on_history
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

    @property
    def is_varied(self) -> bool:
        """Whether some parameter has several values."""
        return any(map(varied.is_many, self.told.values()))

    @contextmanager
    def at_hand(
        self, history: PriceHistory, *, model: str, model_values: Mapping[str, Any], days: int, warm_up: bool
    ) -> Iterator[tuple[OwnRule, dict[str, Sequence[Any]]]]:
        """The strategy while the block lasts, tried and run in limited processes, and the values that are varied.

        Raises:
            ParameterError: it cannot be loaded, fails, does not do what a rule must, or cannot be told something; by
                name in the form.
        """
        with _said_beside(SOURCE), ExitStack() as stack:
            try:
                # Whether the rule looks at bars, only its own process can tell.
                fitted = fit(history, model, bars=history.has_bars, **model_values)
                rule, over = self._try(stack, history, fitted, days=days, warm_up=warm_up)
            except ParameterError as error:
                raise ParameterError(by_field(error.problems)) from error
            yield rule, over

    def _try(
        self, stack: ExitStack, history: PriceHistory, model: Model, *, days: int, warm_up: bool
    ) -> tuple[OwnRule, dict[str, Sequence[Any]]]:
        require_carried(self.file)
        look = _deadline(self.file.name)
        trial: Any = {"days": days, "warm_up": warm_up, "limits": LIMITS, "look": look}
        if not self.is_varied:
            rule = stack.enter_context(submitted_rule(self.file, self.told, history, model, **trial))
            return rule, {}
        rule = stack.enter_context(rule_at_hand(self.file, LIMITS, look=look))
        one, over = varied.varied(rule, self.told)
        assert isinstance(one, OwnRule)
        try_in_another_process(one, self.file, history, model, **trial)
        for each in combinations(one, over, days, warm_up=warm_up):
            try_on_history(cast(OwnRule, each), history)
        return one, dict(over)


@contextmanager
def _said_beside(field: str) -> Iterator[None]:
    """
    Raises:
        ParameterError: for what is wrong with a rule, by the name of the field.
    """
    try:
        yield
    except RuleError as error:
        raise ParameterError({field: str(error)}) from error


def by_field(problems: Mapping[str, str]) -> dict[str, str]:
    """Problems with a rule's parameters, in the one field where they are typed."""
    return {TOLD: "; ".join(f"{name} {problem}" for name, problem in problems.items())}


def texts_of(rule: OwnRule, axes: Axes = ()) -> dict[str, str]:
    """What was typed, the digest of the rule's text in its place; of a sweep with the values that are varied."""
    several, known = dict(axes), rule.parameters
    told = write_pairs(
        {
            name: varied.written(known[name], several[name]) if name in several else known[name].written(value)
            for name, value in rule.values.items()
        }
    )
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
