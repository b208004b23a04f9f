"""What is served: the strategy that a job has left, and the trained model that it needs, read once and whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from container.errors import HostingError
from container.hosted_rule import hosted_rule
from container.opt_ml import STRATEGY_FILE
from montecarlo.errors import ParameterError, TrainedModelError
from montecarlo.strategies import Strategy, strategy_from_dict
from montecarlo.strategies.ml_forecast import MODEL, MODEL_FILE, MlForecast
from montecarlo.strategies.own_rule import OwnRule
from montecarlo.trained import Forecast, TrainedModel
from montecarlo.trained.model import LARGEST


@dataclass(frozen=True, eq=False)
class Hosted:
    """
    Attributes:
        strategy: Ready to be asked.
        model: Whose forecasts it trades; None where it trades none.
    """

    strategy: Strategy
    model: TrainedModel | None

    @cached_property
    def forecasts(self) -> Mapping[str, Forecast]:
        """Those of the model, by side."""
        return {} if self.model is None else self.model.sides

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """Of the forecasts, those that are traded."""
        if self.model is None:
            return ()
        direction = self.strategy.values["direction"]
        return tuple(side for side in self.forecasts if direction in (side, "both"))

    @property
    def is_slow(self) -> bool:
        """Whether even a small request may take seconds, as one that a rule of a person's own answers."""
        return isinstance(self.strategy, OwnRule)

    @property
    def signals(self) -> str:
        """What a signal means: "positions" or "entries"; see ``Strategy.signals``."""
        return self.strategy.signals


def hosted_from(folder: Path, environment: Mapping[str, str]) -> Hosted:
    """What the artefacts of a job hold.

    Args:
        folder: /opt/ml/model.
        environment: Says whether a person's own rules may be run.

    Raises:
        HostingError: nothing, or nothing that can be served.
    """
    described, trained = _content(folder / STRATEGY_FILE), _content(folder / MODEL_FILE)
    if described is None and trained is None:
        raise HostingError(_nothing(folder))
    model = None if trained is None else _model(trained)
    if described is None:
        assert model is not None
        return Hosted(MlForecast(model), model)
    strategy = _strategy(described)
    if isinstance(strategy, OwnRule):
        return Hosted(hosted_rule(strategy, folder, environment), None)
    if not isinstance(strategy, MlForecast):
        return Hosted(strategy, None)
    if model is None or trained is None:
        raise HostingError(
            f"{STRATEGY_FILE} trades the forecasts of {strategy.card.name}, and {MODEL_FILE}, its trained model, is "
            "missing: put it beside, or take the artefacts of a job as they are"
        )
    try:
        return Hosted(strategy.with_inputs({MODEL: trained}), model)
    except TrainedModelError as error:
        raise HostingError(f"{MODEL_FILE} {error}") from error


def _content(file: Path) -> bytes | None:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HostingError(f"{file} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise HostingError(f"{file} has {len(content):,} bytes, and none of ours has more than {LARGEST:,}")
    return content


def _model(content: bytes) -> TrainedModel:
    try:
        return TrainedModel.from_json(content)
    except TrainedModelError as error:
        raise HostingError(f"{MODEL_FILE} {error}") from error


def _strategy(content: bytes) -> Strategy:
    try:
        values: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise HostingError(f"{STRATEGY_FILE} is no JSON, or breaks off: {str(error)[:200]}") from error
    try:
        return strategy_from_dict(values)
    except ParameterError as error:
        raise HostingError(f"{STRATEGY_FILE} is no strategy of this version: {error}") from error


def _nothing(folder: Path) -> str:
    try:
        found = {file.name for file in folder.iterdir()}
    except OSError:
        found = set()
    if "sweep.csv" in found:
        return (
            "a sweep holds no strategy to serve, because the best of many was often lucky: backtest the one that you "
            "have reasons for, and deploy that job"
        )
    return (
        f"there is neither {STRATEGY_FILE} nor {MODEL_FILE} in {folder}: deploy the artefacts of a backtest, a "
        "simulation or a training"
    )
