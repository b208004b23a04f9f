"""What a script sends to have a job made: the fields of the form, described and read as JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from montecarlo.data.history import SYMBOL_PATTERN, SYMBOLS
from montecarlo.errors import ParameterError
from montecarlo.parameters import Choice, Day, Number, Parameter, Switch, Whole, Word, shown
from montecarlo.strategies.own_rule import OwnRule
from webui.api.schemas import TEXT, Schema, told
from webui.forms import job_fields, own_rule
from webui.forms.fields import Field
from webui.forms.form import STRATEGY, SYMBOL

_SYMBOL: Schema = {
    "type": "string",
    "pattern": SYMBOL_PATTERN.pattern,
    "description": f"What is traded: {SYMBOLS}.",
}
_NUMBER_TYPED = "A text is read as in the form"
_RULE: dict[str, Schema] = {
    own_rule.SOURCE: told(TEXT, "The text of the rule, in Python."),
    own_rule.FILE: told(TEXT, "What it is called, such as my_rule.py."),
    own_rule.TOLD: told(TEXT, "Its parameters, such as lookback=60 band=0.01."),
}


def schema(*, own_rules: bool) -> Schema:
    """Of what is sent: one for each strategy, because each has fields of its own."""
    choices = job_fields.strategy_choices()
    each = [_of(name, choice.help, choice.fields) for name, choice in choices.items()]
    if own_rules:
        each.append(_of(own_rule.NAME, OwnRule.help, {}, _RULE))
    return {"description": "A job, as the form of the web UI makes it.", "oneOf": each}


def texts(sent: Mapping[str, Any], *, own_rules: bool) -> dict[str, str]:
    """What the form would send.

    Raises:
        ParameterError: something is of another type than it may be, or has no place here; by name.
    """
    strategy, choices = sent.get(STRATEGY), job_fields.strategy_choices()
    if not isinstance(strategy, str) or not (strategy in choices or (own_rules and strategy == own_rule.NAME)):
        offered = [*choices, *([own_rule.NAME] if own_rules else [])]
        problem = "is missing" if strategy is None else f"must be one of {', '.join(offered)}, not {shown(strategy)}"
        raise ParameterError({STRATEGY: problem})
    fields = choices[strategy].fields if strategy in choices else {}
    known = {each.name: each for each in _common()}
    for name, field in fields.items():
        known |= {name: field, field.name: field}
    words = {SYMBOL, STRATEGY, *(_RULE if strategy == own_rule.NAME else ())}
    found, problems = {}, {}
    for name, value in sent.items():
        if name in words:
            named, parameter = name, None
        elif name in known:
            named, parameter = known[name].name, known[name].parameter
        else:
            problems[shown(name)] = f"is neither a field of the form nor a parameter of {strategy}"
            continue
        if named != name and named in sent:
            problems[name] = f"is given twice, as {named}, too"
        elif value is None and parameter and parameter.optional:
            continue
        elif (text := _text(parameter, value)) is None:
            problems[name] = f"must be {parameter.kind if parameter else 'text'}, not {shown(value)}"
        else:
            found[named] = text
    if problems:
        raise ParameterError(problems)
    return found


def _text(parameter: Parameter | None, value: object) -> str | None:
    """What a person would type for it; None where its type is wrong."""
    if isinstance(value, str):
        return value
    match parameter.kind if parameter else None:
        case Switch() if isinstance(value, bool):
            return str(value).lower()
        case Whole() | Number() if isinstance(value, int | float) and not isinstance(value, bool):
            if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
                value = int(value)  # JSON has one kind of number
            return shown(value)
    return None


def _common() -> Iterable[Field]:
    """The fields that do not depend on the strategy."""
    return (job_fields.SOURCE, *job_fields.LENGTHS, job_fields.MODEL, *job_fields.LESSER, job_fields.PREVIEW)


def _of(name: str, help: str, fields: Mapping[str, Field], more: Mapping[str, Schema] | None = None) -> Schema:
    """Of a strategy."""
    own = {short: _field(field) for short, field in fields.items()}
    needed = [short for short, field in fields.items() if not field.two_ways]
    common = {field.name: _field(field) for field in _common()}
    required = [field.name for field in (job_fields.SOURCE, *job_fields.LENGTHS, job_fields.MODEL)]
    return {
        "title": name,
        "type": "object",
        "description": f"{help} Each of its own parameters may also be called {name}.…, as in the form.",
        "properties": {
            STRATEGY: {"type": "string", "const": name},
            SYMBOL: _SYMBOL,
            **common,
            **own,
            **(more or {}),
        },
        "required": [STRATEGY, SYMBOL, *required, *needed, *(more or {})],
        "additionalProperties": False,
    }


def _field(field: Field) -> Schema:
    parameter = field.parameter
    match parameter.kind:
        case Whole(low, high):
            kinds: list[Schema] = [{"type": "integer", "minimum": low, "maximum": high}]
        case Number(low, high, low_allowed):
            kinds = [{"type": "number", "minimum" if low_allowed else "exclusiveMinimum": low, "maximum": high}]
        case Choice(choices):
            kinds = [{"type": "string", "enum": [*choices, *([""] if parameter.optional else [])]}]
        case Switch():
            kinds = [
                {"type": "boolean"},
                {"type": "string", "enum": ["true", "false", *([""] if parameter.optional else [])]},
            ]
        case Day():
            kinds = [{"type": "string", "format": "date"}]
            if parameter.optional:
                kinds.append({"type": "string", "const": ""})
        case Word(longest):
            kinds = [{"type": "string", "maxLength": longest}]
    if isinstance(parameter.kind, Whole | Number):
        kinds.append(told(TEXT, _NUMBER_TYPED))
    if parameter.optional:
        kinds.append({"type": "null"})
    unit = f" In {parameter.unit}." if parameter.unit else ""
    words = f"{parameter.label}. {parameter.help}".strip() + unit
    described: Schema = {"description": words, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})}
    if field.usual:
        described["default"] = field.usual
    return described
