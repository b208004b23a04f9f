"""From a file to a strategy that has been tried: what command line and web form do with a rule."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.models import Model
from montecarlo.own_rules.process import Limits, RuleProcesses
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.trial import try_rule
from montecarlo.strategies.own_rule import OwnRule


@contextmanager
def rule_at_hand(
    file: RuleFile, limits: Limits | None = None, *, look: Callable[[], object] | None = None
) -> Iterator[OwnRule]:
    """The strategy that a file is, with the defaults of its parameters, run in limited processes while the block lasts.

    Args:
        file: Name and text.
        limits: See ``RuleProcesses``, like ``look``.

    Raises:
        RuleError: it cannot be loaded, or fails.
        OSError: a process cannot be started.
    """
    with RuleProcesses(file, limits, look=look) as code:
        yield OwnRule.of(code, {}, file=file.name, digest=file.digest)


@contextmanager
def submitted_rule(
    file: RuleFile,
    told: Mapping[str, Any],
    history: PriceHistory,
    model: Model | None = None,
    *,
    days: int = 1260,
    warm_up: bool = False,
    seed: int = 0,
    limits: Limits | None = None,
    look: Callable[[], object] | None = None,
) -> Iterator[OwnRule]:
    """The same with the parameters that a person chose, after a trial in two of these processes.

    Args:
        file: Name and text.
        told: Its parameters by name, as typed or as values.
        history, model, days, warm_up, seed: See ``try_rule``.
        limits, look: See ``RuleProcesses``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
        RuleError: it cannot be loaded, fails, or does not do what a rule must.
        OSError: a process cannot be started.
    """
    with rule_at_hand(file, limits, look=look) as rule:
        chosen = rule.with_values(**read_values(rule, told))
        try_in_another_process(
            chosen, file, history, model, days=days, warm_up=warm_up, seed=seed, limits=limits, look=look
        )
        yield chosen


def try_in_another_process(
    rule: OwnRule,
    file: RuleFile,
    history: PriceHistory,
    model: Model | None = None,
    *,
    days: int = 1260,
    warm_up: bool = False,
    seed: int = 0,
    limits: Limits | None = None,
    look: Callable[[], object] | None = None,
) -> None:
    """A trial in which another process has to give the same answer, as another worker would.

    Raises:
        ParameterError, RuleError, OSError: as ``submitted_rule``.
    """
    with RuleProcesses(file, limits, look=look) as again:
        try_rule(rule, history, model, days=days, warm_up=warm_up, seed=seed, again=again)


def read_values(rule: OwnRule, told: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a rule, of which some are text as a person typed it.

    Raises:
        ParameterError: naming each that cannot be read.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, value in told.items():
        known = rule.parameters.get(name)
        try:
            values[name] = known.read(value) if known is not None and isinstance(value, str) else value
        except ParameterError as error:
            problems |= error.problems
    if problems:
        raise ParameterError(problems)
    return values
