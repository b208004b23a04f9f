"""The settings of simulations beside each other, and which of them differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from montecarlo.experiments.facts import fact
from montecarlo.experiments.traded_paths import STRATEGY, WARM_UP
from montecarlo.parameters import Parameter, Word
from montecarlo.strategies import ml_forecast, own_rule

if TYPE_CHECKING:
    from montecarlo.experiments.comparison import Compared

ABSENT = "does not apply"
"""Stands for the value of a setting that a simulation does not have."""

RULE = Parameter.of("rule", Word(64), label="SHA-256 of the rule")
TRAINED_MODEL = Parameter.of("trained_model_digest", Word(64), label="SHA-256 of the trained model")


@dataclass(frozen=True)
class Setting:
    """One thing that can be set, in each of the simulations.

    Attributes:
        parameter: What it is.
        values: In their order; ABSENT where a simulation has no such thing.
        texts: The same as a person reads them.
    """

    parameter: Parameter
    values: tuple[Any, ...]
    texts: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return any(value != self.values[0] for value in self.values)


def settings_of(those: Sequence["Compared"]) -> tuple[Setting, ...]:
    """Everything that is set anywhere, in the order in which a person reads it."""
    found = [_settings(each) for each in those]
    groups = dict.fromkeys(group for each in found for group, _, _ in each)
    keys = dict.fromkeys((group, name) for at in groups for each in found for group, name, _ in each if group == at)
    by_key = [{(group, name): each for group, name, each in one} for one in found]
    return tuple(_setting(key, by_key, those) for key in keys)


def _setting(
    key: tuple[str, str],
    by_key: Sequence[Mapping[tuple[str, str], tuple[Parameter, Any]]],
    those: Sequence["Compared"],
) -> Setting:
    there = [one.get(key) for one in by_key]
    parameter = next(each[0] for each in there if each)
    values = tuple(each[1] if each else ABSENT for each in there)
    years = [each.simulation.model.bars_per_year for each in those]
    texts = tuple(fact(*each, year) if each else ABSENT for each, year in zip(there, years, strict=True))
    return Setting(parameter, values, texts)


def _settings(each: "Compared") -> list[tuple[str, str, tuple[Parameter, Any]]]:
    """Group, name, and what is set; a person's own rule may have a parameter with the name of one of ours."""
    found, group = [("prices", parameter.name, (parameter, value)) for parameter, value in each.also], "model"
    for parameter, value in each.simulation.facts():
        if parameter is WARM_UP:
            group = "rules"
        found.append((group, parameter.name, (parameter, value)))
        if parameter is STRATEGY:
            group = "strategy"
    for what, parameter in ((own_rule.RULE, RULE), (ml_forecast.MODEL, TRAINED_MODEL)):
        if digest := each.simulation.strategy.inputs.get(what):
            found.append(("strategy", parameter.name, (parameter, f"{digest[:12]} …")))
    return found
