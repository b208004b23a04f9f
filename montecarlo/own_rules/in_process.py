"""A rule in this process, without limits: for one's own notebook, where it is as good as any other code in it."""

import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from montecarlo.data.bars import Bars
from montecarlo.errors import RuleError
from montecarlo.own_rules import loading
from montecarlo.own_rules.rule_file import RuleFile, file_name
from montecarlo.own_rules.signature import parameters_of
from montecarlo.parameters import Parameter, shown
from montecarlo.strategies.own_rule import OwnRule, Settings
from montecarlo.strategies.strategy import FloatArray

FirstDecision = int | Callable[..., int]


def strategy_from(
    rule: str | os.PathLike[str] | ModuleType | type | Callable[..., Any],
    /,
    *,
    first_decision: FirstDecision | None = None,
    signals: str | None = None,
    **values: Any,
) -> OwnRule:
    """The strategy that a rule of your own is.

    Args:
        rule: A file, a module, a function ``targets(closes, *, lookback=120)``, or a class with such a method; see
            docs/own-rules.md.
        first_decision: Of a function: the first row whose targets count, or a function that gives it for some of the
            parameters.  A module and a class say it themselves.
        signals: Of a function: "positions" or "entries", what its targets are; likewise.
        values: Parameters that shall not have their defaults.

    Raises:
        RuleError: it is no rule.
        ParameterError: naming each parameter that cannot be used.
        OSError: the file cannot be read.
    """
    try:
        file, loaded = _loaded(rule, first_decision, signals)
    except loading.Unusable as error:
        raise RuleError(str(error)) from error
    return OwnRule.of(_Code(loaded, file.name), values, file=file.name, digest=file.digest)


class _Code:
    def __init__(self, loaded: loading.LoadedRule, file: str) -> None:
        self._loaded = loaded
        self._parameters = parameters_of(loaded.parameters, file)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        return self._parameters

    @property
    def takes_bars(self) -> bool:
        return self._loaded.takes_bars

    @property
    def signals(self) -> object:
        return self._loaded.signals

    def targets(self, prices: FloatArray | Bars, settings: Settings) -> object:
        return self._loaded.targets(prices, settings)

    def first_decision(self, settings: Settings) -> object:
        return self._loaded.first_decision(settings)


def _loaded(
    rule: Any, first_decision: FirstDecision | None, signals: str | None
) -> tuple[RuleFile, loading.LoadedRule]:
    if inspect.isfunction(rule) or (callable(rule) and not isinstance(rule, type)):
        file = RuleFile(file_name(f"{getattr(rule, '__name__', 'rule')}.py"), _source(rule))
        first = 0 if first_decision is None else first_decision
        return file, loading.of_function(rule, first, file.name, signals or loading.POSITIONS)
    for name, given in (("first_decision", first_decision), ("signals", signals)):
        if given is not None:
            raise RuleError(f"{name} is for a function alone: {shown(rule)} says it itself")
    if isinstance(rule, type):
        file = RuleFile(file_name(f"{rule.__name__}.py"), _source(rule))
        return file, loading.of_class(rule, file.name)
    if isinstance(rule, ModuleType):
        if not getattr(rule, "__file__", None):
            raise RuleError(f"the module {rule.__name__} has no file: give its function `targets`, or a path")
        file = RuleFile.read(str(rule.__file__))
        return file, loading.find(rule, file.name)
    file, path = RuleFile.read(rule), str(Path(rule).resolve())
    return file, loading.load(file.source, path, file.name, f"own_rule_{file.digest[:12]}")


def _source(rule: Any) -> bytes:
    try:
        return inspect.getsource(inspect.unwrap(rule)).encode()
    except (OSError, TypeError) as error:
        raise RuleError(
            f"the source text of {shown(rule)} cannot be had: write it into a file, and give its path"
        ) from error
