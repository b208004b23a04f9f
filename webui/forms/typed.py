"""What was typed, by the name of the field that it is for."""

from collections.abc import Mapping

from fleet.new_job import RECOMMENDED
from montecarlo.parameters import shown
from webui.forms import own_rule, snapshots
from webui.forms.fields import Field
from webui.forms.job_fields import (
    EXITS,
    LENGTHS,
    LESSER,
    MODEL,
    MODEL_VALUES,
    PREVIEW,
    SOURCE,
    Offer,
    StrategyChoice,
    strategy_field,
)
from webui.forms.pairs import read_pairs
from webui.forms.submission import DRAWN

SYMBOL, STRATEGY = "symbol", "strategy"

_NOT_OF_THE_JOB = ("csrf_token", "previewed", DRAWN, "let_go", "file", "file_symbol", "model_file", "try_rule", "theme")


def usual(strategies: Mapping[str, StrategyChoice], models: Mapping[str, Offer]) -> dict[str, str]:
    """What stands in all fields at first."""
    recommended, _ = by_field({name: str(value) for name, value in RECOMMENDED.items()}, strategies, models)
    fields = {each.name: each.usual for each in _all_but_symbol(strategies, models)}
    return own_rule.USUAL | {snapshots.FIELD: ""} | fields | recommended


def by_field(
    typed: Mapping[str, str], strategies: Mapping[str, StrategyChoice], models: Mapping[str, Offer]
) -> tuple[dict[str, str], dict[str, str]]:
    """What was typed by name of the field, and what is wrong with names that are of no field.

    Parameters of the chosen strategy, or of the recommended one where none is, may come under their own names, and
    those of the model, too.
    """
    known = {SYMBOL, snapshots.FIELD, *own_rule.FIELDS, *(each.name for each in _all_but_symbol(strategies, models))}
    chosen = typed.get(STRATEGY, str(RECOMMENDED[STRATEGY])).strip()
    model = typed.get(MODEL.name, str(RECOMMENDED[MODEL.name])).strip()
    given, problems = {}, {}
    for name, text in typed.items():
        if name in known:
            given[name] = text
        elif (full := f"{chosen}.{name}") in known or (full := f"{model}.{name}") in known:
            given.setdefault(full, text)
        elif name not in _NOT_OF_THE_JOB:
            problems[shown(name)] = "is neither a field of the form nor a parameter of the strategy or of the model"
    if STRATEGY in given:
        given[STRATEGY] = chosen
    if model in models:
        _spread(given, models[model].fields)
    return given, problems


def _spread(given: dict[str, str], fields: Mapping[str, Field]) -> None:
    """Settings of the model that came in one field, in the field of each; as they are where that cannot be."""
    try:
        told = read_pairs(given.get(MODEL_VALUES.name, ""))
    except ValueError:
        return
    if all(name in fields and not given.get(fields[name].name, "").strip() for name in told):
        given |= {fields[name].name: text for name, text in told.items()}
        if told:
            given[MODEL_VALUES.name] = ""


def _all_but_symbol(strategies: Mapping[str, StrategyChoice], models: Mapping[str, Offer]) -> list[Field]:
    offers = (*strategies.values(), *models.values())
    own = (each for offer in offers for each in offer.fields.values())
    return [SOURCE, strategy_field(strategies, True), *own, *EXITS, *LENGTHS, MODEL, *LESSER, PREVIEW]
