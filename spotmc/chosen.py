"""What a person chose by the options of an experiment."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc.experiment_options import strategy_parameters

if TYPE_CHECKING:
    from fleet.chosen import Chosen
    from montecarlo.data.history import PriceHistory
    from montecarlo.own_rules.rule_file import RuleFile
    from montecarlo.trained import TrainedModel


def chosen_by(given: Mapping[str, Any]) -> "Chosen":
    """From the values of all these options.

    Raises:
        ParameterError: naming each that cannot be used.
        RuleError, TrainedModelError: a file cannot be read, or is not what it should be.
        click.UsageError: they contradict each other.
    """
    from fleet.chosen import Chosen

    if given.get("all_in") and given.get("shares") is not None:
        raise click.UsageError("--all-in and --shares exclude each other")
    strategy: str = given["strategy"]
    return Chosen.of(
        strategy,
        _told(given),
        given,
        model_settings=given.get("model_settings"),
        rule=_rule_in(strategy),
        trained=_trained_in(given.get("model_file"), strategy),
    )


def say_trying(rule: str) -> None:
    """That a rule is tried, which takes a while."""
    click.echo(f"Trying {rule} on real and simulated prices", err=True)


def history_of(
    symbol: str | None, source: str | None, prices: Path | str | None, given: Mapping[str, Any]
) -> "PriceHistory":
    """The price history that ``experiment_options.price_options`` ask for; ``given`` has its span and year.

    Raises:
        ParameterError: naming each end of the span that cannot be used, or the year.
        click.UsageError: they contradict each other.
        HistoryError: it cannot be had or cannot be used.
        FleetError: it is in S3, and cannot be had.
    """
    from fleet.price_cache import cache_folder
    from montecarlo.data.sources import load_history

    asked = days_and_year(given)
    if prices is not None:
        if source not in {None, "csv", *(["s3"] if isinstance(prices, str) else [])}:
            raise click.UsageError(f"--prices reads a CSV file: leave out --source {source}")
        if isinstance(prices, str):
            from fleet import histories

            return histories.load(prices, symbol=symbol, **asked)
        return load_history(symbol, "csv", path=prices, **asked)
    if source == "csv":
        raise click.UsageError("--source csv needs the file: --prices FILE")
    if source == "s3":
        from fleet import histories

        return histories.load_kept(histories.own_bucket(), "AAPL" if symbol is None else symbol, **asked)
    return load_history(
        "AAPL" if symbol is None else symbol,
        "sample" if source is None else source,
        cache=cache_folder(),
        on_fetch=tell_who_waits,
        **asked,
    )


def days_and_year(given: Mapping[str, Any]) -> dict[str, Any]:
    """Which days of the prices are wanted, and how many bars make a year, where that was said.

    Raises:
        ParameterError: naming each that cannot be used.
    """
    from fleet.chosen import read_given
    from montecarlo.data.span import Span
    from montecarlo.data.trading_year import GIVEN
    from montecarlo.errors import ParameterError
    from montecarlo.parameters import declared

    problems: dict[str, str] = {}
    asked = read_given({**declared(Span), GIVEN.name: GIVEN}, given, problems)
    if problems:
        raise ParameterError(problems)
    return asked


def tell_who_waits(what: str) -> None:
    """At a terminal, that prices are being fetched, which takes a while."""
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


def _rule_in(strategy: str) -> "RuleFile | None":
    """The rule of a person's own, where the strategy is one.

    Raises:
        RuleError: the file cannot be read.
    """
    from montecarlo.errors import RuleError
    from montecarlo.own_rules.rule_file import RuleFile

    if not strategy.endswith(".py"):
        return None
    try:
        return RuleFile.read(strategy)
    except OSError as error:
        raise RuleError(f"--strategy {strategy} cannot be read: {error.strerror}") from error


def _trained_in(file: Path | None, strategy: str) -> "TrainedModel | None":
    """The trained model, where the strategy trades the forecasts of one.

    Raises:
        ParameterError: the strategy needs one and has none, or has one and needs none.
        TrainedModelError: the file cannot be read, or is none.
    """
    from montecarlo.errors import ParameterError, TrainedModelError
    from montecarlo.strategies.ml_forecast import MlForecast
    from montecarlo.trained import TrainedModel

    if strategy != MlForecast.name:
        if file is None:
            return None
        raise ParameterError({"model_file": f"is for --strategy {MlForecast.name}, not for {strategy}"})
    if file is None:
        message = f"must be given for {MlForecast.name}: the JSON that `spotmc train --out FOLDER` writes"
        raise ParameterError({"model_file": message})
    try:
        return TrainedModel.from_json(file.read_bytes())
    except OSError as error:
        raise TrainedModelError(f"{file} cannot be read: {error.strerror}") from error
    except TrainedModelError as error:
        raise TrainedModelError(f"{file} {error}") from error
