"""The job form: what a person typed, as values that make a job and as problems beside their fields."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from fleet.job import Job
from fleet.new_job import RECOMMENDED, make_job
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory, check_symbol
from montecarlo.data.trading_year import GIVEN, TRADING_DAYS
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.simulation import Simulation, rows_by_default, uncertainty_by_default
from montecarlo.models import read_settings
from montecarlo.parameters import shown
from montecarlo.strategies import Strategy
from montecarlo.strategies.own_rule import RULE, OwnRule
from webui.forms import days_of_prices, own_rule
from webui.forms.fields import Field
from webui.forms.job_fields import (
    LENGTHS,
    LESSER,
    MODEL,
    MODEL_VALUES,
    MORE,
    PREVIEW,
    PRICES,
    RULES,
    SOURCE,
    StrategyChoice,
    fields_of,
    strategy_choices,
    strategy_field,
)
from webui.forms.own_rule import AskedRule
from webui.forms.pairs import read_pairs, write_pairs
from webui.forms.submission import DRAWN

SYMBOL, STRATEGY = "symbol", "strategy"

_TRIAL = ("model", "model_values", "days", "warm_up")  # what a person's own rule is tried on
_NOT_OF_THE_JOB = ("csrf_token", "previewed", DRAWN)


@dataclass(frozen=True)
class JobForm:
    """The form at one moment.

    Attributes:
        strategies: Those that are offered, by name.
        own_rules: Whether a rule that a person brings along is offered, too.
        typed: Texts by name of the field, of all fields.
        values: What they mean, likewise; complete when there are no problems.
        strategy: What shall be traded; None as long as that has problems.
        problems: By name of the field.
    """

    strategies: Mapping[str, StrategyChoice]
    own_rules: bool
    typed: Mapping[str, str]
    values: Mapping[str, Any]
    strategy: Strategy | AskedRule | None
    problems: Mapping[str, str]

    @classmethod
    def filled_in(cls, typed: Mapping[str, str], *, own_rules: bool) -> Self:
        """The form before anybody judges it: the usual texts, and over them what ``typed`` has."""
        offered = strategy_choices()
        given, _ = _by_field(typed, offered)
        return cls(offered, own_rules, {**_usual(offered), **given}, {}, None, {})

    @classmethod
    def read(cls, typed: Mapping[str, str], *, own_rules: bool) -> Self:
        """Judge what was sent.

        Nothing is assumed for a missing field, but that the lesser ones and the switches are as usual.
        """
        offered = strategy_choices()
        given, problems = _by_field(typed, offered)
        chosen = offered.get(given.get(STRATEGY, ""))
        own = tuple(chosen.fields.values()) if chosen else ()
        judged = (SOURCE, strategy_field(offered, own_rules), *own, *LENGTHS, MODEL, *LESSER, PREVIEW)
        needed = [SYMBOL, *(field.name for field in judged if not field.switch and field not in LESSER)]
        texts = {**_usual(offered), **dict.fromkeys(needed, ""), **given}

        values: dict[str, Any] = {}
        strategy: Strategy | AskedRule | None = None
        try:
            values[SYMBOL] = check_symbol(texts[SYMBOL])
        except HistoryError as error:
            problems[SYMBOL] = str(error)
        for field in judged:
            try:
                values[field.name] = field.read(texts[field.name])
            except ParameterError as error:
                problems |= error.problems
        try:
            values[MODEL_VALUES.name] = _read_settings(values.get(MODEL.name), values.get(MODEL_VALUES.name))
        except ParameterError as error:
            problems |= error.problems
        try:
            if chosen and all(field.name in values for field in own):
                strategy = chosen.make(values)
            elif texts[STRATEGY] == own_rule.NAME and own_rules:
                strategy = AskedRule.read(texts)
        except ParameterError as error:
            problems |= error.problems
        if texts[STRATEGY] == own_rule.NAME and not own_rules:
            problems[STRATEGY] = own_rule.REFUSED
        return cls(offered, own_rules, texts, values, strategy, problems)

    @property
    def asked_of_prices(self) -> dict[str, Any]:
        """Which days of the history are wanted, and how many make a year; there must be no problems."""
        return {field.name: self.values[field.name] for field in PRICES}

    def job(self, history: PriceHistory, drawn_seed: int | None = None) -> tuple[Job, dict[str, bytes]]:
        """The job that is asked for, and what it needs beside the prices; there must be no problems.

        A rule of a person's own is tried first.

        Args:
            history: The prices that were asked for.
            drawn_seed: Taken where no seed was typed.

        Raises:
            ParameterError: it cannot be made of this history; by name of the field.
        """
        values = {field.name: self.values[field.name] for field in (*LENGTHS, MODEL, MODEL_VALUES, *MORE)}
        if values["seed"] is None:
            values["seed"] = drawn_seed
        strategy, inputs = self.strategy, {}
        if isinstance(strategy, AskedRule):
            inputs = {RULE: strategy.file.source}
            strategy = strategy.tried(history, **{name: values[name] for name in _TRIAL})
        try:
            rules = Rules(**{field.name: self.values[field.name] for field in RULES})
            return make_job(history, strategy=strategy, rules=rules, **values), inputs
        except ParameterError as error:
            chosen = self.strategies.get(self.typed[STRATEGY])
            raise ParameterError(chosen.by_field(error.problems) if chosen else error.problems) from error

    def refused(self, problems: Mapping[str, str]) -> Self:
        """The same form with problems that only making the job has shown."""
        return replace(self, problems=problems)

    @property
    def of_the_job(self) -> dict[str, str]:
        """The texts that say what the job is, the lesser ones only where they are not as usual."""
        chosen = self.strategies.get(self.typed[STRATEGY])
        own = [field.name for field in chosen.fields.values()] if chosen else own_rule.FIELDS
        names = (SYMBOL, SOURCE.name, STRATEGY, *own, *(field.name for field in (*LENGTHS, MODEL)), *self._unusual)
        return {name: self.typed[name] for name in names}

    @property
    def shows_lesser(self) -> bool:
        """Whether the lesser fields are in sight at once."""
        return bool(self._unusual) or any(field.name in self.problems for field in LESSER)

    @property
    def other_problems(self) -> list[str]:
        """Those of what has no field."""
        return [f"{name} {problem}" for name, problem in self.problems.items() if name not in self.typed]

    @property
    def _unusual(self) -> list[str]:
        return [field.name for field in LESSER if self.typed[field.name] != field.usual]


def texts_of(job: Job, simulation: Simulation) -> dict[str, str]:
    """What was typed to make a simulation of the job's prices, but for its seed.

    The digest of a person's own rule stands for its text, which is too long for an address, and that of the prices for
    the days that they are of, which the job does not know.
    """
    strategy, model = simulation.strategy, simulation.model
    by_hand = {name: f"{getattr(model, name):.15g}" for name in model.by_hand}
    by_default = uncertainty_by_default(model, strategy, simulation.days)
    values = {
        **{field.name: getattr(simulation, field.name) for field in (*LENGTHS, *MORE)},
        **{field.name: getattr(simulation.rules, field.name) for field in RULES},
        "warm_up": bool(simulation.warm_up),
        "rows": None if simulation.rows == rows_by_default(simulation.iterations) else simulation.rows,
        "uncertainty": None if simulation.uncertainty == by_default else simulation.uncertainty,
        "seed": None,
        MODEL_VALUES.name: write_pairs(by_hand) or None,
        **dict.fromkeys(field.name for field in PRICES),
        GIVEN.name: None if model.bars_per_year == TRADING_DAYS else model.bars_per_year,
    }
    texts = {
        SYMBOL: job.symbol,
        SOURCE.name: job.source,
        STRATEGY: strategy.name,
        MODEL.name: model.name,
        **{field.name: field.text(values[field.name]) for field in (*LENGTHS, *LESSER)},
    }
    if isinstance(strategy, OwnRule):
        texts |= own_rule.texts_of(strategy)
    else:
        own = fields_of(strategy.name, strategy.parameters)
        texts |= {field.name: field.text(strategy.values[name]) for name, field in own.items()}
    return JobForm.filled_in(texts, own_rules=True).of_the_job | days_of_prices.text_of(job)


def _read_settings(model: str | None, text: str | None) -> dict[str, Any]:
    """Parameters of the model that are set by hand.

    Raises:
        ParameterError: they cannot be used; by name in the form.
    """
    if not model or not text:
        return {}
    try:
        return read_settings(model, read_pairs(text))
    except ValueError as error:  # a ParameterError among them
        raise ParameterError({MODEL_VALUES.name: f"must be such as drift=0.05 block=20: {error}"}) from error


def _usual(offered: Mapping[str, StrategyChoice]) -> dict[str, str]:
    """What stands in all fields at first."""
    recommended, _ = _by_field({name: str(value) for name, value in RECOMMENDED.items()}, offered)
    return own_rule.USUAL | {field.name: field.usual for field in _all_but_symbol(offered)} | recommended


def _by_field(typed: Mapping[str, str], offered: Mapping[str, StrategyChoice]) -> tuple[dict[str, str], dict[str, str]]:
    """What was typed by name of the field, and what is wrong with names that are of no field.

    Parameters of the chosen strategy, or of the recommended one where none is, may come under their own names.
    """
    known = {SYMBOL, *own_rule.FIELDS, *(field.name for field in _all_but_symbol(offered))}
    chosen = typed.get(STRATEGY, str(RECOMMENDED[STRATEGY])).strip()
    given, problems = {}, {}
    for name, text in typed.items():
        if name in known:
            given[name] = text
        elif f"{chosen}.{name}" in known:
            given.setdefault(f"{chosen}.{name}", text)
        elif name not in _NOT_OF_THE_JOB:
            problems[shown(name)] = "is neither a field of the form nor a parameter of the strategy"
    if STRATEGY in given:
        given[STRATEGY] = chosen
    return given, problems


def _all_but_symbol(offered: Mapping[str, StrategyChoice]) -> list[Field]:
    own = (field for choice in offered.values() for field in choice.fields.values())
    return [SOURCE, strategy_field(offered, True), *own, *LENGTHS, MODEL, *LESSER, PREVIEW]
