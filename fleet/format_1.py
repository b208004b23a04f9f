"""Jobs of format 1, which an older version has left in a bucket: listed and read, and never worked on again."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fleet.canonical import canonical
from fleet.errors import MessageError
from fleet.job import FIRST_FORMAT, PRICES, Job
from montecarlo.experiments.simulation import Simulation

_FIELDS = {"id", "format", "symbol", "source", "snapshot", "simulation", "paths", "engine", "sitting"}


@dataclass(frozen=True, kw_only=True)
class FirstFormatJob(Job):
    """A simulation of the crossover of two averages.

    Args:
        original: Its JSON.
    """

    original: bytes

    @property
    def id(self) -> str:
        return str(self.to_dict()["id"])

    @property
    def format(self) -> int:
        return FIRST_FORMAT

    def to_dict(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self.original)
        return values

    def to_json(self) -> bytes:
        return self.original


def read(values: Mapping[str, Any]) -> FirstFormatJob:
    """A job from its JSON.

    Raises:
        MessageError: it is not what that version wrote.
        ParameterError: a parameter is out of range.
    """
    if values.keys() != _FIELDS:
        odd = ", ".join(sorted(values.keys() ^ _FIELDS))
        raise MessageError(f"the job of format {FIRST_FORMAT} has unknown fields or lacks some: {odd[:200]}")
    try:
        job = FirstFormatJob(
            symbol=values["symbol"],
            source=values["source"],
            inputs={PRICES: values["snapshot"]},
            experiment=Simulation.from_dict({**values["simulation"], "rows": values["paths"]}),
            engine=values["engine"],
            chunk=values["sitting"],
            original=canonical(values).encode(),
        )
        expected = _id(values)
    except (TypeError, KeyError, AttributeError, OverflowError) as error:
        raise MessageError(f"the job cannot be read: {error}") from error
    if job.id != expected:
        raise MessageError(f"the job was altered; its id would be {expected}")
    return job


def _id(values: Mapping[str, Any]) -> str:
    content = {name: value for name, value in values.items() if name != "id"}
    symbol = re.sub("[^A-Za-z0-9]+", "-", values["symbol"]).strip("-") or "prices"
    strategy = values["simulation"]["strategy"]
    digest = hashlib.sha256(canonical(content).encode()).hexdigest()[:12]
    return f"{symbol}-{strategy['short']}-{strategy['long']}-{digest}"
