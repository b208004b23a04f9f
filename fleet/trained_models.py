"""Trained models that a person has kept under a name, so that others can choose them.

The model itself lies where jobs find it, under the digest of its content; the name is a note of which it is.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from fleet import keys, markers, reading
from fleet.bucket import Bucket
from fleet.errors import FleetError, MissingObjectError, UnreadableObjectError
from fleet.inputs import load_input
from montecarlo.errors import ParameterError
from montecarlo.strategies.ml_forecast import MODEL
from montecarlo.trained import TrainedModel
from montecarlo.trained.model import NAME, NAMES

AT_MOST = 200  # that are read for a list

_REQUESTS_AT_ONCE = 8
_HELPS = reading.Advice("keep the model anew under that name, or forget the name")


class NameTakenError(FleetError):
    """There is another model of that name."""


@dataclass(frozen=True, kw_only=True)
class NamedModel:
    """What is told of a model that was kept.

    Attributes:
        name: Under which it was kept.
        digest: Of its content, SHA-256 in hexadecimal.
        symbol, source: Of the prices that it was trained on.
        first, last: First and last day that its training has seen, such as 2000-03-01.
        unseen_from: The first day that it has not seen.
        made_by: What trained it.
        skill: How good it was on days that it had not seen, in a few words for each side.
        kept: When, in UTC, as in ISO 8601.
    """

    name: str
    digest: str
    symbol: str
    source: str
    first: str
    last: str
    unseen_from: str
    made_by: str
    skill: str
    kept: str = ""

    @classmethod
    def of(cls, model: TrainedModel, name: str) -> "NamedModel":
        on = model.trained_on
        return cls(
            name=name,
            digest=model.digest,
            symbol=on.symbol,
            source=on.source,
            first=on.first.isoformat(),
            last=on.last.isoformat(),
            unseen_from=on.unseen_from.isoformat(),
            made_by=model.made_by,
            skill=skill_in_words(model),
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def skill_in_words(model: TrainedModel) -> str:
    """Such as "long 0.546 (0.517 to 0.575), volatility alone 0.549"."""
    return "; ".join(
        f"{side} {skill.auc:.3f} ({skill.auc_low:.3f} to {skill.auc_high:.3f}), volatility alone "
        f"{skill.volatility_auc:.3f}"
        for side, each in model.sides.items()
        if (skill := each.skill) is not None
    )


def store(bucket: Bucket, model: TrainedModel) -> str:
    """Put the model where jobs find it; returns its digest.

    Raises:
        BucketError
    """
    bucket.put(keys.input_key(MODEL, model.digest), model.to_json())
    return model.digest


def keep(bucket: Bucket, model: TrainedModel, name: str = "", *, replace: bool = False) -> NamedModel:
    """Store the model under a name, its own where none is given; jobs that have another of that name keep theirs.

    Raises:
        ParameterError: it cannot be called that.
        NameTakenError: another model is.
        BucketError
    """
    name = name or model.name
    if not NAME.fullmatch(name):
        raise ParameterError({"name": f"must be {NAMES}, not {name[:80]!r}"})
    if not replace:
        with suppress(MissingObjectError, UnreadableObjectError):
            if find(bucket, name).digest != model.digest:
                raise NameTakenError(f"there is another model named {name}: choose another name, or replace it")
    store(bucket, model)
    told = {key: value for key, value in NamedModel.of(model, name).to_dict().items() if key not in ("name", "kept")}
    markers.write_marker(bucket, keys.named_model_key(name), **told)
    return find(bucket, name)


def find(bucket: Bucket, name: str) -> NamedModel:
    """
    Raises:
        MissingObjectError: there is no model of that name.
        UnreadableObjectError: what says which it is, is damaged.
        BucketError
    """
    if not NAME.fullmatch(name):
        raise MissingObjectError(f"{name[:80]!r} is not the name of a model, which has {NAMES}")
    key = keys.named_model_key(name)
    try:
        told = markers.read_marker(bucket, key, helps=_HELPS)
    except MissingObjectError as error:
        raise MissingObjectError(f"there is no model named {name} in the bucket {bucket.name}") from error
    with reading.making_sense_of(key, helps=_HELPS):
        return NamedModel(name=name, kept=told.pop("at"), **told)


def load(bucket: Bucket, name: str) -> TrainedModel:
    """The model that was kept under that name.

    Raises:
        MissingObjectError, UnreadableObjectError, BucketError: as ``find``, or the model itself is gone or damaged.
    """
    return load_by_digest(bucket, find(bucket, name).digest)


def load_by_digest(bucket: Bucket, digest: str) -> TrainedModel:
    """
    Raises:
        MissingObjectError, UnreadableObjectError, BucketError
    """
    helps = "keep the model again: `spotmc models keep`"
    content = load_input(bucket, MODEL, digest, helps=helps)
    with reading.making_sense_of(keys.input_key(MODEL, digest), helps=reading.Advice(helps)):
        return TrainedModel.from_json(content)


def listed(bucket: Bucket) -> list[NamedModel]:
    """Those that were kept, by name, AT_MOST of them; what cannot be read is passed over.

    Raises:
        BucketError
    """

    def look(name: str) -> NamedModel | None:
        with suppress(MissingObjectError, UnreadableObjectError):
            return find(bucket, name)
        return None

    found = bucket.some(keys.NAMED_MODELS, at_most=AT_MOST)
    names: Iterator[str | None] = (keys.model_name_of(entry.key) for entry in found.entries)
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        return sorted(filter(None, pool.map(look, filter(None, names))), key=lambda each: each.name)


def forget(bucket: Bucket, name: str) -> None:
    """The name; the model stays, because jobs may need it.

    Raises:
        MissingObjectError: there is no such name.
        BucketError
    """
    key = keys.named_model_key(name)
    if not NAME.fullmatch(name) or not bucket.exists(key):
        raise MissingObjectError(f"there is no model named {name[:80]} in the bucket {bucket.name}")
    bucket.delete(key)
