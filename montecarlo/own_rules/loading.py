"""A rule from the text of its file, and what it says of itself.

It needs Python alone and nothing of this library, because a process that runs a rule starts with it, and shall start at
once.
"""

import inspect
import linecache
import math
import numbers
import reprlib
import sys
import traceback
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

LAST_LINES = 4  # of a traceback, which is told from the innermost end
LONGEST_LINE = 200
LONGEST_MESSAGE = 1000

HOW_TO_WRITE = "write a rule as `def targets(closes, *, lookback: int = 120): ...`"
BARS = "bars"
"""The first parameter of a rule that wants more than closes."""
POSITIONS = "positions"
KINDS = 'int, float, bool, str or Literal["one", "another"]'

Description = dict[str, Any]


class Unusable(Exception):  # noqa: N818  it is raised for a person, who reads the message
    """The file is no rule, and why."""


@dataclass(frozen=True)
class LoadedRule:
    """A rule that can be called.

    Attributes:
        parameters: In the order of its signature, each with ``name``, ``kind`` (int, float, bool, str or choice),
            ``default`` and, of a choice, ``words``.
        targets: Called with closes or bars, and the parameters by name.
        first_decision: Called with the parameters by name.
        takes_bars: Whether it wants bars and not closes, and so may answer with orders.
        signals: What its targets are, unchecked.
    """

    parameters: list[Description]
    targets: Callable[[Any, Mapping[str, Any]], object]
    first_decision: Callable[[Mapping[str, Any]], object]
    takes_bars: bool = False
    signals: object = POSITIONS


def load(source: bytes, path: str, name: str, module_name: str) -> LoadedRule:
    """Run the text of a file, and find the rule in it.

    Args:
        source: The text.
        path: Where it lies; Numba keeps its compiled code beside it.
        name: Of the file, for people.
        module_name: Under which the rule's own imports and pickles find it.

    Raises:
        Unusable
    """
    module = types.ModuleType(module_name)
    module.__file__ = path
    sys.modules[module_name] = module
    linecache.checkcache(path)
    try:
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    except MemoryError:
        raise
    except Exception as error:
        raise Unusable(f"{name} cannot be loaded:\n{told(error, path, name)}") from error
    return find(module, name)


def find(module: types.ModuleType, name: str) -> LoadedRule:
    """The rule in a module: its function ``targets``, or its one class with such a method.

    Raises:
        Unusable
    """
    function = getattr(module, "targets", None)
    classes = {
        each.__name__: each
        for each in vars(module).values()
        if isinstance(each, type) and each.__module__ == module.__name__ and callable(getattr(each, "targets", None))
    }
    found = [*(["targets"] if callable(function) else []), *classes]
    if not found:
        raise Unusable(f"{name} has no function `targets`, and no class with one: {HOW_TO_WRITE}")
    if len(found) > 1:
        raise Unusable(f"{name} has more than one rule, {' and '.join(found)}: leave one of them")
    if classes:
        return of_class(classes[found[0]], name)
    signals = getattr(module, "signals", POSITIONS)
    return of_function(module.__dict__["targets"], getattr(module, "first_decision", 0), name, signals)


def of_function(
    function: Callable[..., object], first_decision: object, name: str, signals: object = POSITIONS
) -> LoadedRule:
    """A rule that is a function; its first decision is a number, or a function of some of its parameters.

    Raises:
        Unusable
    """
    signature = list(_signature(function, name).values())
    if not signature or signature[0].kind not in (signature[0].POSITIONAL_ONLY, signature[0].POSITIONAL_OR_KEYWORD):
        raise Unusable(f"{name}: `targets` must take the closes first: {HOW_TO_WRITE}")
    described = [_described(each, name) for each in signature[1:]]
    known = {each["name"] for each in described}
    asked = None
    if callable(first_decision):
        asked = list(_signature(first_decision, name).values())
        for each in asked:
            if each.name not in known or each.kind in (each.POSITIONAL_ONLY, each.VAR_POSITIONAL, each.VAR_KEYWORD):
                raise Unusable(
                    f"{name}: `first_decision` can take parameters of `targets` by name, and nothing else: not {each}"
                )

    def first(settings: Mapping[str, Any]) -> object:
        if asked is None:
            return first_decision
        assert callable(first_decision)
        return first_decision(**{each.name: settings[each.name] for each in asked})

    takes_bars = signature[0].name == BARS
    return LoadedRule(described, lambda prices, settings: function(prices, **settings), first, takes_bars, signals)


def of_class(kind: type, name: str) -> LoadedRule:
    """A rule that is a class; its first decision is an attribute or a method, and 0 without one.

    Each call has an instance of its own, so that nothing is remembered.

    Raises:
        Unusable
    """
    described = [_described(each, name) for each in _signature(kind, name).values()]

    def first(settings: Mapping[str, Any]) -> object:
        found = getattr(kind(**settings), "first_decision", 0)
        return found() if callable(found) else found

    asked = list(_signature(kind.targets, name).values())[1:]  # type: ignore[attr-defined]
    return LoadedRule(
        described,
        lambda prices, settings: kind(**settings).targets(prices),
        first,
        takes_bars=bool(asked) and asked[0].name == BARS,
        signals=getattr(kind, "signals", POSITIONS),
    )


def told(error: BaseException, path: str, name: str) -> str:
    """The last lines of a traceback that are the rule's own, without those of the library, and the error."""
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == path:
            lines.append(f"  {name}, line {frame.lineno}, in {frame.name}\n    {frame.line or ''}"[: 2 * LONGEST_LINE])
    if isinstance(error, SyntaxError) and error.filename == path:
        lines.append(f"  {name}, line {error.lineno}\n    {(error.text or '').strip()}"[: 2 * LONGEST_LINE])
        message = error.msg
    else:
        message = message_of(error)
    advice = ": a rule can import what a worker carries" if isinstance(error, ModuleNotFoundError) else ""
    last = f"{type(error).__name__}: {message}{advice}" if message else type(error).__name__
    return "\n".join([*lines[-LAST_LINES:], last])


def message_of(error: BaseException) -> str:
    """What it says, cut short."""
    try:
        return str(error)[:LONGEST_MESSAGE]
    except Exception:  # noqa: BLE001  it is the rule's own class
        return "its message cannot be made"


def _signature(function: Callable[..., object], name: str) -> Mapping[str, inspect.Parameter]:
    try:
        try:
            return inspect.signature(function, eval_str=True).parameters
        except Exception:  # noqa: BLE001  annotations may be of what is imported for a type checker only
            return inspect.signature(function).parameters
    except (TypeError, ValueError) as error:
        raise Unusable(f"{name}: the parameters of `{function!r:.80}` cannot be told: {HOW_TO_WRITE}") from error


def _described(parameter: inspect.Parameter, name: str) -> Description:
    if parameter.kind not in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD):
        raise Unusable(f"{name}: `{parameter}` is no parameter that a person could set: {HOW_TO_WRITE}")
    if parameter.default is parameter.empty:
        raise Unusable(f"{name}: the parameter {parameter.name} has no default: {HOW_TO_WRITE}")
    annotation, default = parameter.annotation, parameter.default
    if annotation is parameter.empty:
        annotation = type(default)
    words = get_args(annotation) if get_origin(annotation) is Literal else ()
    if words and all(isinstance(word, str) for word in words) and default in words:
        return {"name": parameter.name, "kind": "choice", "default": default, "words": list(words)}
    kind = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if kind == "bool" and isinstance(default, bool):
        return {"name": parameter.name, "kind": kind, "default": default}
    if kind == "str" and isinstance(default, str):
        return {"name": parameter.name, "kind": kind, "default": str(default)}
    if not isinstance(default, bool):
        if kind == "int" and isinstance(default, numbers.Integral):
            return {"name": parameter.name, "kind": kind, "default": int(default)}
        if kind == "float" and isinstance(default, numbers.Real) and math.isfinite(default):
            return {"name": parameter.name, "kind": kind, "default": float(default)}
    raise Unusable(
        f"{name}: the parameter {parameter.name} must be {KINDS} with a default of that kind, not "
        f"{reprlib.repr(annotation)} with {reprlib.repr(default)}: {HOW_TO_WRITE}"
    )
