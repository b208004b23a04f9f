"""The parameters of a rule, from what its signature says of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from montecarlo.errors import RuleError
from montecarlo.parameters import Choice, Kind, Parameter, label_of, shown
from montecarlo.strategies.own_rule import MOST_PARAMETERS, PARAMETER_NAME, kind_of

MOST_WORDS = 100


def parameters_of(described: Sequence[Mapping[str, Any]], file: str) -> dict[str, Parameter]:
    """By name, in their order.

    Args:
        described: As ``loading.LoadedRule`` does; it may come from a process that is not to be trusted.
        file: Name of the rule's file.

    Raises:
        RuleError: one has a name or a default that no parameter can have, or there are too many.
    """
    if len(described) > MOST_PARAMETERS:
        raise RuleError(f"{file} must have {MOST_PARAMETERS} parameters at most, not {len(described)}")
    return {each["name"]: _parameter(each, file) for each in described}


def _parameter(described: Mapping[str, Any], file: str) -> Parameter:
    try:
        name, default, words = described["name"], described["default"], described.get("words")
    except (KeyError, TypeError, AttributeError) as error:
        raise RuleError(f"{file} wrote into what its process answers with") from error
    if not isinstance(name, str) or not PARAMETER_NAME.fullmatch(name):
        raise RuleError(
            f"{file}: the name of a parameter must be up to 40 letters, digits or _, beginning with a letter, "
            f"not {shown(name)}"
        )
    kind: Kind = Choice(tuple(map(str, words[:MOST_WORDS]))) if words else kind_of(default)
    if isinstance(kind, Choice) and (unusable := [word for word in kind.words if not kind_of(word).accepts(word)]):
        raise RuleError(f"{file}: each word of {name} must be {kind_of(name)}, not {shown(unusable[0])}")
    parameter = Parameter.of(name, kind, default, label=label_of(name))
    if problem := parameter.problem(default):
        raise RuleError(f"{file}: the default of {name} {problem}")
    return parameter
