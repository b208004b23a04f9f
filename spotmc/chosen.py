"""What a person chose by the options of an experiment, and what is made of it."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc.experiment_options import strategy_parameters

if TYPE_CHECKING:
    from montecarlo.accounting.rules import Rules
    from montecarlo.data.history import PriceHistory
    from montecarlo.own_rules.rule_file import RuleFile
    from montecarlo.parameters import Parameter
    from montecarlo.strategies import Strategy
    from montecarlo.trained import TrainedModel

MOST_PATHS = 10_000_000  # for a precision, where nobody says how many there may be


@dataclass(frozen=True)
class Chosen:
    """What a person chose by the options of an experiment.

    Attributes:
        strategy: A name, or the file of a rule of their own.
        told: What the strategy is told, as typed, by name.
        rules: Money, fills and costs.
        paths: The other parameters of the experiment that were given, by name; those of the model as "model_values".
        model_file: The file of a trained model, for the strategy that trades its forecasts.
    """

    strategy: str
    told: Mapping[str, str]
    rules: "Rules"
    paths: Mapping[str, Any]
    model_file: Path | None = None

    @property
    def of_a_simulation(self) -> dict[str, Any]:
        """The same parameters, with what is usual on the command line.

        What the answer is worth is found out unless a person does not want it, and a precision has as many paths as it
        needs, but no more than MOST_PATHS.
        """
        most = {"iterations": MOST_PATHS} if "precision" in self.paths else {}
        return {"uncertainty": None, **most, **self.paths}

    @cached_property
    def rule(self) -> "RuleFile | None":
        """The rule of a person's own, where the strategy is one.

        Raises:
            RuleError: the file cannot be read.
        """
        from montecarlo.errors import RuleError
        from montecarlo.own_rules.rule_file import RuleFile

        if not self.strategy.endswith(".py"):
            return None
        try:
            return RuleFile.read(self.strategy)
        except OSError as error:
            raise RuleError(f"--strategy {self.strategy} cannot be read: {error.strerror}") from error

    @cached_property
    def trained(self) -> "TrainedModel | None":
        """The trained model, where the strategy trades the forecasts of one.

        Raises:
            ParameterError: the strategy needs one and has none, or has one and needs none.
            TrainedModelError: the file cannot be read, or is none.
        """
        from montecarlo.errors import ParameterError, TrainedModelError
        from montecarlo.strategies.ml_forecast import MlForecast
        from montecarlo.trained import TrainedModel

        if self.strategy != MlForecast.name:
            if self.model_file is None:
                return None
            message = f"is for --strategy {MlForecast.name}, not for {self.strategy}"
            raise ParameterError({"model_file": message})
        if self.model_file is None:
            message = f"must be given for {MlForecast.name}: the JSON that `spotmc train --out FOLDER` writes"
            raise ParameterError({"model_file": message})
        try:
            return TrainedModel.from_json(self.model_file.read_bytes())
        except OSError as error:
            raise TrainedModelError(f"{self.model_file} cannot be read: {error.strerror}") from error
        except TrainedModelError as error:
            raise TrainedModelError(f"{self.model_file} {error}") from error

    @property
    def contents(self) -> dict[str, bytes]:
        """What a job needs beside its prices, by what it is."""
        from montecarlo.strategies.ml_forecast import MODEL
        from montecarlo.strategies.own_rule import RULE

        rule = {RULE: self.rule.source} if self.rule else {}
        return rule | ({MODEL: self.trained.to_json()} if self.trained else {})

    def trial(self, history: "PriceHistory") -> dict[str, Any]:
        """What a rule is tried on; whether it looks at bars, only its own process can tell."""
        from montecarlo.models import fit

        names = ("days", "warm_up", "seed")
        model, by_hand = self.paths.get("model", "normal"), self.paths.get("model_values", {})
        told = {name: self.paths[name] for name in names if name in self.paths}
        return {"model": fit(history, model, bars=history.has_bars, **by_hand)} | told

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Chosen":
        """From the values of all these options.

        Raises:
            ParameterError: naming each that cannot be used.
            click.UsageError: they contradict each other.
        """
        from montecarlo.accounting.rules import Rules
        from montecarlo.errors import ParameterError
        from montecarlo.experiments.simulation import Simulation
        from montecarlo.experiments.traded_paths import MODEL, WARM_UP
        from montecarlo.models import read_settings
        from montecarlo.parameters import declared

        if given.get("all_in") and given.get("shares") is not None:
            raise click.UsageError("--all-in and --shares exclude each other")
        problems: dict[str, str] = {}
        rules = dict(_read(declared(Rules), given, problems))
        paths = dict(_read({**declared(Simulation), MODEL.name: MODEL, WARM_UP.name: WARM_UP}, given, problems))
        if typed := given.get("model_settings"):
            try:
                paths["model_values"] = read_settings(paths.get("model", MODEL.default), typed)
            except ParameterError as error:
                problems["set_model"] = str(error)
        if problems:
            raise ParameterError(problems)
        return cls(given["strategy"], _told(given), Rules(**rules), paths, given.get("model_file"))


def strategy_of(chosen: Chosen) -> "Strategy":
    """The strategy with all that it was told.

    Raises:
        ParameterError: there is no such strategy, or it cannot be told something.
    """
    from montecarlo.errors import ParameterError

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


def usual_strategy(chosen: Chosen) -> "Strategy":
    """The strategy of that name with what is usual, and with its trained model if it has one.

    Raises:
        ParameterError: there is no such strategy, or it lacks its model.
        TrainedModelError: the file of its model is none.
    """
    from montecarlo.strategies import strategy_named
    from montecarlo.strategies.ml_forecast import MlForecast

    require_known(chosen.strategy)
    return MlForecast(model=chosen.trained) if chosen.trained else strategy_named(chosen.strategy)


def require_known(strategy: str) -> None:
    """
    Raises:
        ParameterError: it is the name of no strategy.
    """
    from montecarlo.errors import ParameterError
    from montecarlo.parameters import shown
    from montecarlo.strategies import STRATEGIES
    from montecarlo.strategies.ml_forecast import MlForecast

    known = [*STRATEGIES, MlForecast.name]
    if strategy not in known:
        message = f"must be one of {', '.join(known)}, or a file that ends in .py, not {shown(strategy)}"
        raise ParameterError({"strategy": message})


@contextmanager
def strategy_at_hand(
    chosen: Chosen, history: "PriceHistory", *, on_workers: bool = False
) -> "Iterator[tuple[Strategy, dict[str, bytes]]]":
    """The strategy while the block lasts, and the contents that a job with it needs, by what they are.

    A rule of a person's own is tried, and run in limited processes.

    Args:
        chosen: What a person chose.
        history: On which a rule is tried.
        on_workers: Whether a rule must do with what workers have.

    Raises:
        ParameterError: there is no such strategy, or it cannot be told something.
        RuleError: it does not do what a rule must.
    """
    if chosen.rule is None:
        yield strategy_of(chosen), chosen.contents
        return
    from montecarlo.own_rules.imports import require_carried
    from montecarlo.own_rules.submission import submitted_rule

    if on_workers:
        require_carried(chosen.rule)
    click.echo(f"Trying {chosen.rule.name} on real and simulated prices", err=True)
    with submitted_rule(chosen.rule, chosen.told, history, **chosen.trial(history)) as rule:
        yield rule, chosen.contents


@contextmanager
def varied_strategy_at_hand(
    chosen: Chosen, history: "PriceHistory", *, on_workers: bool = False
) -> "Iterator[tuple[Strategy, dict[str, list[Any]], dict[str, bytes]]]":
    """The same for a sweep: what is the same in all combinations, the values that are varied, and the contents.

    Raises:
        ParameterError, RuleError: as ``strategy_at_hand``.
    """
    from montecarlo.experiments.varied import varied

    if chosen.rule is None:
        strategy, over = varied(usual_strategy(chosen), chosen.told)
        yield strategy, over, chosen.contents
        return
    from montecarlo.own_rules.imports import require_carried
    from montecarlo.own_rules.submission import rule_at_hand, try_in_another_process
    from montecarlo.strategies.own_rule import OwnRule

    if on_workers:
        require_carried(chosen.rule)
    click.echo(f"Trying {chosen.rule.name} on real and simulated prices", err=True)
    with rule_at_hand(chosen.rule) as rule:
        strategy, over = varied(rule, chosen.told)
        assert isinstance(strategy, OwnRule)
        try_in_another_process(strategy, chosen.rule, history, **chosen.trial(history))
        yield strategy, over, chosen.contents


def history_of(symbol: str | None, source: str | None, prices: Path | None, given: Mapping[str, Any]) -> "PriceHistory":
    """The price history that ``experiment_options.price_options`` ask for; ``given`` has its span and year.

    Raises:
        ParameterError: naming each end of the span that cannot be used, or the year.
        click.UsageError: they contradict each other.
        HistoryError: it cannot be had or cannot be used.
    """
    from fleet.price_cache import cache_folder
    from montecarlo.data.sources import load_history
    from montecarlo.data.span import Span
    from montecarlo.data.trading_year import GIVEN
    from montecarlo.errors import ParameterError
    from montecarlo.parameters import declared

    problems: dict[str, str] = {}
    asked = dict(_read({**declared(Span), GIVEN.name: GIVEN}, given, problems))
    if problems:
        raise ParameterError(problems)
    if prices is not None:
        if source not in {None, "csv"}:
            raise click.UsageError(f"--prices reads a CSV file: leave out --source {source}")
        return load_history(symbol, "csv", path=prices, **asked)
    if source == "csv":
        raise click.UsageError("--source csv needs the file: --prices FILE")
    return load_history(
        "AAPL" if symbol is None else symbol,
        "sample" if source is None else source,
        cache=cache_folder(),
        on_fetch=_tell_who_waits,
        **asked,
    )


def _tell_who_waits(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"Fetching {what} …", err=True)


def _told(given: Mapping[str, Any]) -> dict[str, str]:
    options = [option.name or "" for option in strategy_parameters()]
    typed = {name: given[name] for name in options if given.get(name) is not None}
    twice = [name for name in given["settings"] if name in typed]
    if twice:
        raise click.UsageError(f"{twice[0]} is given twice, by --set and by an option of its own")
    told: dict[str, str] = typed | given["settings"]
    return told


def _read(
    known: Mapping[str, "Parameter"], given: Mapping[str, Any], problems: dict[str, str]
) -> Iterator[tuple[str, Any]]:
    from montecarlo.errors import ParameterError

    for name, each in known.items():
        value = given.get(name)
        if isinstance(value, str):
            try:
                yield name, each.read(value)
            except ParameterError as error:
                problems |= error.problems
        elif value is not None:
            yield name, value
