"""The job form: what a person typed, as values that make a job and as problems beside their fields."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from fleet.job import Job
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory, check_symbol
from montecarlo.data.trading_year import GIVEN, TRADING_DAYS
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Axes, Sweep
from montecarlo.models import read_settings
from montecarlo.strategies import Strategy
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.strategies.own_rule import RULE, OwnRule
from webui.forms import own_rule, simulations, snapshots, sweeps, trained
from webui.forms.fields import Field
from webui.forms.job_fields import (
    EXITS,
    LENGTHS,
    LESSER,
    MODEL,
    MODEL_VALUES,
    MORE,
    PREVIEW,
    PRICES,
    RULES,
    SOURCE,
    SOURCE_OF_SNAPSHOT,
    Offer,
    StrategyChoice,
    fields_of,
    model_choices,
    model_fields,
    strategy_choices,
    strategy_field,
)
from webui.forms.own_rule import AskedRule
from webui.forms.pairs import read_pairs
from webui.forms.trained import AskedForecast
from webui.forms.typed import STRATEGY, SYMBOL, by_field, usual

_TRIAL = ("model", "model_values", "days", "warm_up")  # what a person's own rule is tried on
_HAS_NO_EXITS = "is of the strategies that are offered: a rule of your own says itself when it leaves; leave this empty"
_NO_DIGEST = "must be the SHA-256 of prices in the bucket, 64 digits from 0 to f: choose a source or the file anew"


class Asked(NamedTuple):
    """What shall be traded, at hand.

    Attributes:
        strategy: A person's own rule with its code.
        over: The values of each parameter that is varied, which the strategy has one each of; none of a simulation.
        inputs: What a job needs beside the prices.
    """

    strategy: Strategy
    over: Mapping[str, Sequence[Any]]
    inputs: dict[str, bytes]


@dataclass(frozen=True)
class JobForm:
    """The form at one moment.

    Attributes:
        strategies: Those that are offered, by name.
        models: Likewise.
        own_rules: Whether a rule that a person brings along is offered, too.
        typed: Texts by name of the field, of all fields.
        values: What they mean, likewise; complete when there are no problems.
        strategy: What shall be traded; None as long as that has problems.
        over: Of the strategy's parameters those that have several values, which are compared.
        problems: By name of the field.
    """

    strategies: Mapping[str, StrategyChoice]
    models: Mapping[str, Offer]
    own_rules: bool
    typed: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    strategy: Strategy | AskedRule | AskedForecast | None = None
    over: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def filled_in(cls, typed: Mapping[str, str], *, own_rules: bool) -> Self:
        """The form before anybody judges it: the usual texts, and over them what ``typed`` has."""
        strategies, models = strategy_choices(), model_choices()
        given, _ = by_field(typed, strategies, models)
        return cls(strategies, models, own_rules, {**usual(strategies, models), **given})

    @classmethod
    def read(cls, typed: Mapping[str, str], *, own_rules: bool) -> Self:
        """Judge what was sent.

        Nothing is assumed for a missing field, but that the lesser ones and the switches are as usual.
        """
        strategies, models = strategy_choices(), model_choices()
        given, problems = by_field(typed, strategies, models)
        chosen = strategies.get(given.get(STRATEGY, ""))
        own = tuple(chosen.fields.values()) if chosen else ()
        model = models.get(given.get(MODEL.name, "").strip())
        of_model = tuple(model.fields.values()) if model else ()
        source = _source_of(given.get(snapshots.FIELD, ""))
        judged = (source, strategy_field(strategies, own_rules), *LENGTHS, MODEL, *of_model, *LESSER, PREVIEW)
        lesser = (*LESSER, *of_model, *EXITS)
        needed = [SYMBOL, *(each.name for each in (*own, *judged) if not each.two_ways and each not in lesser)]
        texts = {**usual(strategies, models), **dict.fromkeys(needed, ""), **given}

        values: dict[str, Any] = {}
        strategy: Strategy | AskedRule | AskedForecast | None = None
        over: dict[str, Sequence[Any]] = {}
        try:
            values[SYMBOL] = check_symbol(texts[SYMBOL])
        except HistoryError as error:
            problems[SYMBOL] = str(error)
        values[snapshots.FIELD] = texts[snapshots.FIELD]
        if texts[snapshots.FIELD] and not snapshots.DIGEST.fullmatch(texts[snapshots.FIELD]):
            problems[snapshots.FIELD] = _NO_DIGEST
        for each in judged:
            try:
                values[each.name] = each.read(texts[each.name])
            except ParameterError as error:
                problems |= error.problems
        for each in own:
            try:
                values[each.name] = each.read_values(texts[each.name])
            except ParameterError as error:
                problems |= error.problems
        try:
            values[MODEL_VALUES.name] = _read_settings(values, model)
        except ParameterError as error:
            problems |= error.problems
        try:
            if chosen and all(each.name in values for each in own):
                strategy, over = chosen.make(values)
            elif texts[STRATEGY] == own_rule.NAME and own_rules:
                strategy = AskedRule.read(texts)
        except ParameterError as error:
            problems |= error.problems
        if over or (isinstance(strategy, AskedRule) and strategy.is_varied):
            problems |= sweeps.problems(values)
        if texts[STRATEGY] == own_rule.NAME:
            problems |= {each.name: _HAS_NO_EXITS for each in EXITS if texts[each.name].strip()}
        problems |= _contradictions(values)
        if texts[STRATEGY] == own_rule.NAME and not own_rules:
            problems[STRATEGY] = own_rule.REFUSED
        return cls(strategies, models, own_rules, texts, values, strategy, over, problems)

    @property
    def can_have_prices(self) -> bool:
        """Whether it says which prices are wanted, whatever else is wrong with it."""
        return not {SYMBOL, SOURCE.name, snapshots.FIELD, *(each.name for each in PRICES)} & self.problems.keys()

    @property
    def rules(self) -> Rules:
        """Money, fills and costs; there must be no problems with them."""
        return Rules(**{each.name: self.values[each.name] for each in RULES})

    @contextmanager
    def at_hand(self, history: PriceHistory) -> Iterator[Asked]:
        """What shall be traded, while the block lasts; a rule of a person's own is tried first, in limited processes.

        There must be no problems.

        Raises:
            ParameterError: it cannot be had, or what is done with it fails; by name of the field.
            FleetError: its trained model cannot be had of the bucket.
        """
        if isinstance(self.strategy, AskedRule):
            trial = {name: self.values[name] for name in _TRIAL}
            with self.strategy.at_hand(history, **trial) as (rule, over):
                yield Asked(rule, over, {RULE: self.strategy.file.source})
        elif isinstance(self.strategy, AskedForecast):
            try:
                forecast, inputs = self.strategy.at_hand()
            except ParameterError as error:
                raise ParameterError(self.by_field(trained.by_field(error.problems))) from error
            yield Asked(forecast, self.over, inputs)
        else:
            assert self.strategy is not None
            yield Asked(self.strategy, self.over, {})

    def job(self, history: PriceHistory, drawn_seed: int | None = None) -> tuple[Job, dict[str, bytes]]:
        """The job that is asked for, and what it needs beside the prices; there must be no problems.

        A rule of a person's own is tried first.

        Args:
            history: The prices that were asked for.
            drawn_seed: Taken where no seed was typed.

        Raises:
            ParameterError: it cannot be made of this history; by name of the field.
        """
        with self.at_hand(history) as asked:
            return self.job_of(asked, history, drawn_seed), asked.inputs

    def job_of(self, asked: Asked, history: PriceHistory, drawn_seed: int | None = None) -> Job:
        """The same with what shall be traded at hand."""
        values = {each.name: self.values[each.name] for each in (*LENGTHS, MODEL, MODEL_VALUES, *MORE)}
        if values["seed"] is None:
            values["seed"] = drawn_seed
        strategy = asked.strategy
        if isinstance(strategy, OwnRule) and not asked.over:
            strategy = OwnRule.from_dict(strategy.to_dict())  # without what runs it
        try:
            if asked.over:
                return sweeps.make(history, strategy, asked.over, self.rules, values)
            return simulations.make(history, strategy, self.rules, values)
        except ParameterError as error:
            raise ParameterError(self.by_field(error.problems)) from error

    def by_field(self, problems: Mapping[str, str]) -> dict[str, str]:
        """Problems, named by parameter as yet, by name in the form."""
        model, strategy = self.models.get(self.typed[MODEL.name]), self.strategies.get(self.typed[STRATEGY])
        found = strategy.by_field(problems) if strategy else dict(problems)
        return model.by_field(found) if model else found

    def refused(self, problems: Mapping[str, str]) -> Self:
        """The same form with problems that only making the job has shown."""
        return replace(self, problems=problems)

    @property
    def of_the_job(self) -> dict[str, str]:
        """The texts that say what the job is, the lesser ones only where they are not as usual."""
        chosen = self.strategies.get(self.typed[STRATEGY])
        own = [each.name for each in chosen.own.values()] if chosen else own_rule.FIELDS
        names = (SYMBOL, SOURCE.name, STRATEGY, *own, *(each.name for each in (*LENGTHS, MODEL)), *self.unusual)
        return {name: self.typed[name] for name in names}

    @property
    def other_problems(self) -> list[str]:
        """Those of what has no field."""
        hidden = (snapshots.FIELD,)
        return [
            f"{name} {problem}" for name, problem in self.problems.items() if name not in self.typed or name in hidden
        ]

    @property
    def unusual(self) -> list[str]:
        """Names of the lesser fields that are not as usual, stops and those of the chosen model among them."""
        model = self.models.get(self.typed[MODEL.name])
        of_model = tuple(model.fields.values()) if model else ()
        found = [each.name for each in (*EXITS, *of_model, *LESSER) if self.typed[each.name] != each.usual]
        return [*found, snapshots.FIELD] if self.typed[snapshots.FIELD] else found


def texts_of(job: Job, experiment: Simulation | Sweep) -> dict[str, str]:
    """What was typed to make a simulation or a sweep of the job's prices.

    Its seed is among it, so that what is changed can be compared path by path.  The digest of a person's own rule
    stands for its text, which is too long for an address, and that of the prices for them.
    """
    model = experiment.model
    of_kind = simulations.left_open(experiment) if isinstance(experiment, Simulation) else sweeps.left_open(experiment)
    values = {
        **{each.name: getattr(experiment, each.name) for each in LENGTHS},
        **of_kind,
        "warm_up": bool(experiment.warm_up),
        "seed": experiment.seed,
        MODEL_VALUES.name: None,
        GIVEN.name: None if model.bars_per_year == TRADING_DAYS else model.bars_per_year,
    }
    by_hand = {name: each for name, each in model_fields(model).items() if name in model.by_hand}
    told = (*LENGTHS, MODEL_VALUES, *MORE, *(each for each in PRICES if each.name == GIVEN.name))
    texts = {
        MODEL.name: model.name,
        **{each.name: each.text(values[each.name]) for each in told},
        **{each.name: f"{getattr(model, name):.15g}" for name, each in by_hand.items()},
        **_texts_of_rule(
            job, experiment.strategy, experiment.rules, experiment.axes if isinstance(experiment, Sweep) else ()
        ),
    }
    return JobForm.filled_in(texts, own_rules=True).of_the_job


def texts_of_backtest(job: Job, strategy: Strategy, rules: Rules) -> dict[str, str]:
    """What was typed to simulate what a backtest has traded, with the usual model and lengths."""
    return JobForm.filled_in(_texts_of_rule(job, strategy, rules), own_rules=True).of_the_job


def _texts_of_rule(job: Job, strategy: Strategy, rules: Rules, axes: Axes = ()) -> dict[str, str]:
    """What was typed for prices, strategy and rules; of a sweep with the values that are varied."""
    texts = {
        SYMBOL: job.symbol,
        SOURCE.name: job.source,
        STRATEGY: strategy.name,
        **{each.name: each.text(getattr(rules, each.name)) for each in RULES},
        **snapshots.text_of(job),
    }
    if isinstance(strategy, OwnRule):
        return texts | own_rule.texts_of(strategy, axes)
    told = {**{name: (value,) for name, value in strategy.values.items()}, **dict(axes)}
    if isinstance(strategy, MlForecast):
        texts[trained.FIELD.name] = strategy.card.digest
        as_trained = trained.unless_told(strategy)
        told = {name: (None,) if values == (as_trained.get(name),) else values for name, values in told.items()}
    own = fields_of(strategy.name, strategy.parameters)
    return texts | {each.name: each.text_of_values(told[name]) for name, each in own.items()}


def _contradictions(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with rules that are right one by one, by name."""
    told = {each.name: values[each.name] for each in RULES if each.name in values}
    if len(told) < len(RULES):
        return {}
    try:
        Rules(**told)
    except ParameterError as error:
        return dict(error.problems)
    return {}


def _source_of(digest: str) -> Field:
    """The field for where prices are from; those in the bucket may have come from a file."""
    return SOURCE_OF_SNAPSHOT if digest else SOURCE


def _read_settings(values: Mapping[str, Any], model: Offer | None) -> dict[str, Any]:
    """Parameters of the model that are set by hand.

    Raises:
        ParameterError: those in the one field for all of them cannot be used; by name in the form.
    """
    if model is None:
        return {}
    told = {name: values[each.name] for name, each in model.fields.items() if values.get(each.name) is not None}
    if not (text := values.get(MODEL_VALUES.name)):
        return told
    try:
        more = read_settings(model.name, read_pairs(text))
        if twice := sorted(told.keys() & more.keys()):
            raise ValueError(f"{twice[0]} is given twice")
        return told | more
    except ValueError as error:  # a ParameterError among them
        raise ParameterError({MODEL_VALUES.name: f"must be such as drift=0.05 block=20: {error}"}) from error
