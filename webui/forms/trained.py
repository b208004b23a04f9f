"""Trained models in the form: those that were kept under a name, and what a file that is dropped holds."""

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from fleet import trained_models
from fleet.bucket import Bucket
from fleet.errors import FleetError, MissingObjectError
from fleet.trained_models import NamedModel
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError, TrainedModelError
from montecarlo.experiments.varied import one_of
from montecarlo.parameters import Parameter, Word, shown
from montecarlo.strategies import Strategy
from montecarlo.strategies.ml_forecast import MODEL, MlForecast
from montecarlo.trained import TrainedModel
from webui import connection
from webui.forms.fields import Field
from webui.once import Once


class _ModelField(Field):
    def read(self, text: str) -> Any:
        if not text.strip():
            raise ParameterError({self.name: "is missing: choose one that was kept, or the file of one, or train one"})
        return super().read(text)


FIELD = _ModelField(
    "trained_model",
    Parameter.of(
        "trained_model",
        Word(64),
        label="Trained model",
        help="The name that it was kept under, or the SHA-256 of its content.",
    ),
)
FILE = "model_file"  # of a trained model, in the form

_DIGEST = re.compile("[0-9a-f]{64}")
_KEPT = 32  # models in memory
_FRESH = 5.0  # seconds in which the names are not looked up again
_LOCATION_OF_MODEL = {MODEL: FIELD.name}


class ModelFileError(Exception):
    """A file holds no trained model."""


@dataclass(frozen=True)
class AskedForecast:
    """A forecast that is asked for, whose model lies in the bucket.

    Attributes:
        model: Its name, or its digest.
        fixed: Parameters of the strategy that have one value.
        over: Those that have several.
    """

    model: str
    fixed: Mapping[str, Any]
    over: Mapping[str, Sequence[Any]]

    def at_hand(self) -> tuple[Strategy, dict[str, bytes]]:
        """The strategy with its model, and what a job needs of it.

        Raises:
            ParameterError: there is no such model, or it cannot be traded so; by name of the strategy's parameter.
            FleetError: the bucket cannot be asked, or what lies there is damaged.
        """
        model = load(self.model)
        strategy = MlForecast(model=model, **self.fixed)
        if self.over:
            return one_of(strategy, {}, self.over), {MODEL: model.to_json()}
        return strategy, {MODEL: model.to_json()}


def unless_told(strategy: MlForecast) -> dict[str, Any]:
    """What its parameters are where nobody says otherwise: those that its model was trained for."""
    barrier = strategy.card.barrier
    exits = {name: getattr(barrier, name) for name in ("stop_loss", "take_profit", "max_holding")}
    return {**exits, "direction": strategy.card.direction}


def unseen_part(history: PriceHistory, model: TrainedModel) -> PriceHistory:
    """The unseen days, and so many before them that the last seen close is decided on first, as in a verdict."""
    last_seen = int(np.searchsorted(history.dates, np.datetime64(model.trained_on.unseen_from))) - 1
    return replace(history, bars=history.bars.iloc[max(0, last_seen - model.first_decision) :])


def by_field(problems: Mapping[str, str]) -> dict[str, str]:
    """Problems by parameter of the strategy, what is wrong with the model by the name of its field."""
    return {_LOCATION_OF_MODEL.get(name, name): problem for name, problem in problems.items()}


def load(model: str) -> TrainedModel:
    """The one of that name or digest.

    Raises:
        ParameterError: there is none.
        FleetError: the bucket cannot be asked, or what lies there is damaged.
    """
    bucket = connection.bucket()
    try:
        digest = model if _DIGEST.fullmatch(model) else trained_models.find(bucket, model).digest
        return _loaded(bucket, digest)
    except MissingObjectError as error:
        message = f"must be a model that was kept in the bucket, not {shown(model)}: train one, or drop its file"
        raise ParameterError({MODEL: message}) from error


def keep_file(content: bytes, bucket: Bucket) -> TrainedModel:
    """The model in a file, which is in the bucket from then on, under its digest.

    Raises:
        ModelFileError: it is none.
        BucketError
    """
    try:
        model = TrainedModel.from_json(content)
    except TrainedModelError as error:
        raise ModelFileError(f"the file {error}") from error
    trained_models.store(bucket, model)
    return model


class Offered(NamedTuple):
    """A model that can be chosen.

    Attributes:
        digest: Of its content.
        name: What people call it.
        words: What it was trained on, and its skill.
    """

    digest: str
    name: str
    words: str


def offered(chosen: str) -> list[Offered]:
    """Those that were kept under a name, and the chosen one; none that the bucket does not tell at once.

    Args:
        chosen: Name or digest of the one that is chosen; "" where none is.
    """
    found: list[Offered] = []
    with suppress(FleetError):  # said elsewhere on the page
        found = [Offered(each.digest, each.name, words_of(each)) for each in _named(connection.bucket())]
        if chosen and not any(chosen in (each.digest, each.name) for each in found):
            with suppress(ParameterError):
                model = load(chosen)
                told = NamedModel.of(model, model.name)
                found.append(Offered(model.digest, f"{model.name} ({model.digest[:12]} …)", words_of(told)))
    return found


def words_of(model: NamedModel) -> str:
    """What a person has to know of it before it is chosen."""
    unseen = f"has not seen the days from {model.unseen_from} on"
    skill = f"; area under the curve there: {model.skill}" if model.skill else "; nothing is known of its skill"
    return f"Trained on {model.symbol} from {model.source}, {model.first} to {model.last}; {unseen}{skill}."


def digest_of(chosen: str, models: Sequence[Offered]) -> str:
    """That of the one that is chosen by name or digest; the text itself where it is none of these."""
    return next((each.digest for each in models if chosen in (each.digest, each.name)), chosen)


def _named(bucket: Bucket) -> list[NamedModel]:
    return _listed(bucket, int(time.monotonic() / _FRESH))


_loaded = Once(trained_models.load_by_digest, most=_KEPT)
_listed = Once(lambda bucket, _: trained_models.listed(bucket), most=4)
