"""What a script sends to have a job made: the fields of the form, described and read as JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.histories import SOURCE as S3
from montecarlo.data.history import SYMBOL_PATTERN, SYMBOLS
from montecarlo.errors import ParameterError
from montecarlo.experiments.sweep import MOST_TRIED
from montecarlo.parameters import Choice, Day, Number, Parameter, Switch, Whole, Word, shown
from montecarlo.strategies.own_rule import OwnRule
from webui.api.schemas import TEXT, Schema, or_null, told
from webui.forms import job_fields, own_rule, snapshots
from webui.forms.fields import Field
from webui.forms.typed import STRATEGY, SYMBOL

_TYPED = "As a person types it."
_SYMBOL: Schema = {
    "type": "string",
    "pattern": SYMBOL_PATTERN.pattern,
    "description": f"What is traded: {SYMBOLS}.",
}
_SOURCE: Schema = {
    "type": "string",
    "enum": list(job_fields.ALL_SOURCES),
    "description": f"Where prices are from; others than {', '.join(job_fields.SOURCES)} only with {snapshots.FIELD}. "
    f"{S3} is what `spotmc history put` keeps in the bucket.",
}
_PRICES: Schema = {
    "type": "string",
    "pattern": f"^({snapshots.DIGEST.pattern})?$",
    "description": "SHA-256 of prices that are in the bucket already, of an earlier job or from POST /api/prices.",
}
_RULE: dict[str, Schema] = {
    own_rule.SOURCE: told(TEXT, "The text of the rule, in Python."),
    own_rule.FILE: told(TEXT, "What it is called, such as my_rule.py."),
    own_rule.TOLD: told(TEXT, "Its parameters, such as lookback=60 band=0.01."),
}
_WORDS = {SYMBOL, STRATEGY, job_fields.SOURCE.name, snapshots.FIELD}  # fields of text that every strategy has


def schema(*, own_rules: bool) -> Schema:
    """Of what is sent: one for each strategy, because each has fields of its own."""
    choices = job_fields.strategy_choices()
    each = [_of(name, choice.help, choice.fields, {}) for name, choice in choices.items()]
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
    known = _known(choices[strategy].fields if strategy in choices else {}, sent.get(job_fields.MODEL.name))
    words = _WORDS | (_RULE.keys() if strategy == own_rule.NAME else set())
    found, problems = {}, {}
    for name, value in sent.items():
        field = known.get(name)
        if name not in words and field is None:
            problems[shown(name)] = f"is neither a field of the form nor a parameter of {strategy} or of the model"
        elif field and field.name != name and field.name in sent:
            problems[name] = f"is given twice, as {field.name}, too"
        elif value is None and field and field.parameter.optional:
            continue
        elif (text := text_of(field, value)) is None:
            problems[name] = f"must be {field.parameter.kind if field else 'text'}, not {shown(value)}"
        else:
            found[field.name if field else name] = text
    if problems:
        raise ParameterError(problems)
    return found


def _known(own: Mapping[str, Field], model: object) -> dict[str, Field]:
    """The fields of the form, and those of the chosen strategy and model by their own names, too."""
    known = {each.name: each for each in _common()}
    offer = job_fields.model_choices().get(model) if isinstance(model, str) else None
    for name, field in (*(offer.fields.items() if offer else ()), *own.items()):  # the strategy's names come first
        known |= {name: field, field.name: field}
    return known


def _common() -> Iterable[Field]:
    """The fields that depend on nothing that is chosen."""
    return (*job_fields.LENGTHS, job_fields.MODEL, *job_fields.LESSER, job_fields.PREVIEW)


def text_of(field: Field | None, value: object) -> str | None:
    """What a person would type for it; None where its type is wrong."""
    if field and field.several and isinstance(value, list) and value:
        each = [_text_of_one(field.parameter, one) for one in value]
        return None if None in each else ", ".join(text for text in each if text is not None)
    return _text_of_one(field.parameter if field else None, value)


def _text_of_one(parameter: Parameter | None, value: object) -> str | None:
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


def _of(name: str, help: str, fields: Mapping[str, Field], more: Mapping[str, Schema]) -> Schema:
    """Of a strategy."""
    models = (field for model in job_fields.model_choices().values() for field in model.fields.values())
    required = [
        STRATEGY,
        SYMBOL,
        job_fields.SOURCE.name,
        *(each.name for each in (*job_fields.LENGTHS, job_fields.MODEL)),
    ]
    return {
        "title": name,
        "type": "object",
        "description": f"{help} Its parameters may also be called {name}.…, as in the form, and those of the chosen "
        "model by their own names.",
        "properties": {
            STRATEGY: {"type": "string", "const": name},
            SYMBOL: _SYMBOL,
            job_fields.SOURCE.name: _SOURCE,
            snapshots.FIELD: _PRICES,
            **{short: field_schema(field) for short, field in fields.items()},
            **{field.name: field_schema(field) for field in (*_common(), *models)},
            **more,
        },
        "required": [*required, *(short for short, field in fields.items() if not field.two_ways), *more],
        "additionalProperties": False,
    }


def field_schema(field: Field) -> Schema:
    parameter = field.parameter
    one = _one(parameter)
    kinds = [one]
    if field.several:
        kinds.append({"type": "array", "items": one, "minItems": 1, "maxItems": MOST_TRIED})
    if field.several or isinstance(parameter.kind, Whole | Number):
        kinds.append(told(TEXT, f"{_TYPED} 10..60 step 5 is a range." if field.several else _TYPED))
    elif isinstance(parameter.kind, Switch):
        kinds.append({"type": "string", "enum": ["true", "false"]})
    if parameter.optional:
        kinds = [or_null(kinds[0]), *kinds[1:], {"type": "string", "const": ""}]
    several = " Several values are compared." if field.several else ""
    unit = f" In {parameter.unit}." if parameter.unit else ""
    described: Schema = {"description": f"{parameter.label}. {parameter.help}".strip() + unit + several}
    described |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return described | ({"default": field.usual} if field.usual else {})


def _one(parameter: Parameter) -> Schema:
    """Of one value."""
    match parameter.kind:
        case Whole(low, high):
            return {"type": "integer", "minimum": low, "maximum": high}
        case Number(low, high, low_allowed):
            return {"type": "number", "minimum" if low_allowed else "exclusiveMinimum": low, "maximum": high}
        case Choice(choices):
            return {"type": "string", "enum": list(choices)}
        case Switch():
            return {"type": "boolean"}
        case Day():
            return {"type": "string", "format": "date"}
        case Word(longest):
            return {"type": "string", "minLength": 1, "maxLength": longest}
