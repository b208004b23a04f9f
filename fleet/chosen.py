"""What a person chose, as text by name, and the strategies made of it: for the command and for the container."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.traded_paths import MODEL, WARM_UP
from montecarlo.experiments.training import TrainingGrid, axes_of
from montecarlo.experiments.varied import is_many, read_values, varied
from montecarlo.learning import Training
from montecarlo.models import fit, read_settings
from montecarlo.own_rules.imports import require_carried
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.submission import rule_at_hand, submitted_rule, try_in_another_process
from montecarlo.parameters import Parameter, declared, shown
from montecarlo.strategies import STRATEGIES, Strategy, strategy_named
from montecarlo.strategies import ml_forecast as ml
from montecarlo.strategies.own_rule import RULE, OwnRule
from montecarlo.trained import TrainedModel

MOST_PATHS = 10_000_000  # for a precision, where nobody says how many there may be

OF_RULES: Mapping[str, Parameter] = declared(Rules)
OF_PATHS: Mapping[str, Parameter] = {**declared(Simulation), MODEL.name: MODEL, WARM_UP.name: WARM_UP}


@dataclass(frozen=True)
class Chosen:
    """What a person chose for a backtest, a simulation or a sweep.

    Attributes:
        strategy: A name; that of ``rule`` where there is one.
        told: What the strategy is told, as typed, by name.
        rules: Money, fills and costs.
        paths: The other parameters of the experiment that were given, by name; those of the model as "model_values".
        rule: A rule of their own.
        trained: The trained model whose forecasts are traded.
    """

    strategy: str
    told: Mapping[str, str]
    rules: Rules
    paths: Mapping[str, Any]
    rule: RuleFile | None = None
    trained: TrainedModel | None = None

    @classmethod
    def of(
        cls,
        strategy: str,
        told: Mapping[str, str],
        given: Mapping[str, Any],
        *,
        model_settings: Mapping[str, str] | None = None,
        rule: RuleFile | None = None,
        trained: TrainedModel | None = None,
    ) -> Self:
        """
        Args:
            strategy, told, rule, trained: As the attributes.
            given: Text or values by name, of which those in OF_RULES and OF_PATHS are taken; None is not given.
            model_settings: Parameters of the model in place of those that are fitted, as typed, by name.

        Raises:
            ParameterError: naming each that cannot be used.
        """
        problems: dict[str, str] = {}
        rules = read_given(OF_RULES, given, problems)
        paths = read_given(OF_PATHS, given, problems)
        if model_settings:
            try:
                paths["model_values"] = read_settings(paths.get("model", MODEL.default), model_settings)
            except ParameterError as error:
                problems["set_model"] = str(error)
        if problems:
            raise ParameterError(problems)
        return cls(strategy, told, Rules(**rules), paths, rule, trained)

    @property
    def of_a_simulation(self) -> dict[str, Any]:
        """The same parameters, with what is usual where nobody looks at a form.

        What the answer is worth is found out unless a person does not want it, and a precision has as many paths as it
        needs, but no more than MOST_PATHS.
        """
        most = {"iterations": MOST_PATHS} if "precision" in self.paths else {}
        return {"uncertainty": None, **most, **self.paths}

    @property
    def contents(self) -> dict[str, bytes]:
        """What a job needs beside its prices, by what it is."""
        rule = {RULE: self.rule.source} if self.rule else {}
        return rule | ({ml.MODEL: self.trained.to_json()} if self.trained else {})

    def trial(self, history: PriceHistory) -> dict[str, Any]:
        """What a rule is tried on; whether it looks at bars, only its own process can tell."""
        names = ("days", "warm_up", "seed")
        model, by_hand = self.paths.get("model", "normal"), self.paths.get("model_values", {})
        told = {name: self.paths[name] for name in names if name in self.paths}
        return {"model": fit(history, model, bars=history.has_bars, **by_hand)} | told


def strategy_of(chosen: Chosen) -> Strategy:
    """The strategy with all that it was told.

    Raises:
        ParameterError: there is no such strategy, or it cannot be told something.
    """
    usual = usual_strategy(chosen)
    known = usual.parameters
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, text in chosen.told.items():
        try:
            values[name] = known[name].read(text) if name in known else text
        except ParameterError as error:
            problems |= error.problems
    if unknown := [name for name in values if name not in known]:
        has = f"which has {', '.join(known)}" if known else "which has none"
        problems |= dict.fromkeys(unknown, f"is no parameter of {chosen.strategy}, {has}")
    if problems:
        raise ParameterError(problems)
    return usual.with_values(**values)


def usual_strategy(chosen: Chosen) -> Strategy:
    """The strategy of that name with what is usual, and with its trained model if it has one.

    Raises:
        ParameterError: there is no such strategy, or it lacks its model.
    """
    require_known(chosen.strategy)
    return ml.MlForecast(model=chosen.trained) if chosen.trained else strategy_named(chosen.strategy)


def require_known(strategy: str) -> None:
    """
    Raises:
        ParameterError: it is the name of no strategy.
    """
    known = [*STRATEGIES, ml.MlForecast.name]
    if strategy not in known:
        message = f"must be one of {', '.join(known)}, or a file that ends in .py, not {shown(strategy)}"
        raise ParameterError({"strategy": message})


@contextmanager
def strategy_at_hand(
    chosen: Chosen, history: PriceHistory, *, on_workers: bool = False, trying: Callable[[str], object] | None = None
) -> Iterator[Strategy]:
    """The strategy while the block lasts; a rule of a person's own is tried, and run in limited processes.

    Args:
        chosen: What a person chose.
        history: On which a rule is tried.
        on_workers: Whether a rule must do with what workers have.
        trying: Told the name of the rule before it is tried, which takes a while.

    Raises:
        ParameterError: there is no such strategy, or it cannot be told something.
        RuleError: it does not do what a rule must.
    """
    if chosen.rule is None:
        yield strategy_of(chosen)
        return
    _begin_trial(chosen.rule, on_workers, trying)
    with submitted_rule(chosen.rule, chosen.told, history, **chosen.trial(history)) as rule:
        yield rule


@contextmanager
def varied_strategy_at_hand(
    chosen: Chosen, history: PriceHistory, *, on_workers: bool = False, trying: Callable[[str], object] | None = None
) -> Iterator[tuple[Strategy, dict[str, list[Any]]]]:
    """The same for a sweep: what is the same in all combinations, and the values that are varied.

    Raises:
        ParameterError, RuleError: as ``strategy_at_hand``.
    """
    if chosen.rule is None:
        yield varied(usual_strategy(chosen), chosen.told)
        return
    _begin_trial(chosen.rule, on_workers, trying)
    with rule_at_hand(chosen.rule) as rule:
        strategy, over = varied(rule, chosen.told)
        assert isinstance(strategy, OwnRule)
        try_in_another_process(strategy, chosen.rule, history, **chosen.trial(history))
        yield strategy, over


def _begin_trial(rule: RuleFile, on_workers: bool, trying: Callable[[str], object] | None) -> None:
    if on_workers:
        require_carried(rule)
    if trying:
        trying(rule.name)


def read_training(name: str, given: Mapping[str, Any]) -> tuple[Training, dict[str, list[Any]], str]:
    """The settings that all models of a training have, the values of the others, and what the choice looks at.

    Args:
        name: What the model is called.
        given: The settings as typed, by name; one with several values is varied, and None is not given.

    Raises:
        ParameterError: naming each that cannot be used.
    """
    problems: dict[str, str] = {}
    one: dict[str, Any] = {}
    over: dict[str, list[Any]] = {}
    choose_by = declared(TrainingGrid)["choose_by"]
    for each in declared(Training).values():
        text = given.get(each.name)
        if text is None:
            continue
        try:
            if is_many(text):
                over[each.name] = read_values(each, text)
            else:
                one[each.name] = each.read(text)
        except ParameterError as error:
            problems |= error.problems
    chosen_by = read_given({choose_by.name: choose_by}, given, problems)
    if problems:
        raise ParameterError(problems)
    axes_of(tuple((each, tuple(values)) for each, values in over.items()))
    return Training(name=name, **one), over, chosen_by.get(choose_by.name, choose_by.default)


def read_given(known: Mapping[str, Parameter], given: Mapping[str, Any], problems: dict[str, str]) -> dict[str, Any]:
    """The values of those that were given; what cannot be read is added to ``problems``."""
    values: dict[str, Any] = {}
    for name, each in known.items():
        value = given.get(name)
        try:
            if value is not None:
                values[name] = each.read(value) if isinstance(value, str) else value
        except ParameterError as error:
            problems |= error.problems
    return values
