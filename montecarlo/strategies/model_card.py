"""What a job says of a trained model: enough to read, name and show a strategy where the model is not at hand."""

import re
from dataclasses import dataclass
from typing import Any, Self

from montecarlo import parameters
from montecarlo.errors import ParameterError
from montecarlo.parameters import Whole, shown
from montecarlo.trained import Barrier, TrainedModel, Trees
from montecarlo.trained.classifiers import MOST_TREES
from montecarlo.trained.model import NAME, NAMES, WINDOW

LONG, SHORT, BOTH = "long", "short", "both"

_DIGEST = re.compile(r"[0-9a-f]{64}")
_TREES = Whole(0, 2 * MOST_TREES)


@dataclass(frozen=True)
class ModelCard:
    """
    Args:
        digest: SHA-256 of the model's JSON, in hexadecimal.
        name: What people call it.
        first_decision: The first day, counted from 0, at whose close all of its features are known.
        sides: Of which it has a forecast, "long" or "short" or both of them.
        trees: How many there are in all of its forecasts.
        barrier: How the trades end that it was trained for.

    Raises:
        ParameterError: naming each of them that cannot be used.
    """

    digest: str
    name: str
    first_decision: int
    sides: tuple[str, ...]
    trees: int
    barrier: Barrier

    def __post_init__(self) -> None:
        wanted = (
            ("digest", isinstance(self.digest, str) and _DIGEST.fullmatch(self.digest), "a SHA-256 in hexadecimal"),
            ("name", isinstance(self.name, str) and NAME.fullmatch(self.name), NAMES),
            ("first_decision", WINDOW.accepts(self.first_decision), str(WINDOW)),
            ("sides", self.sides in ((LONG,), (SHORT,), (LONG, SHORT)), "long, short, or both in this order"),
            ("trees", _TREES.accepts(self.trees), str(_TREES)),
            ("barrier", isinstance(self.barrier, Barrier), "a barrier"),
        )
        found = {
            name: f"must be {expected}, not {shown(getattr(self, name))}" for name, fits, expected in wanted if not fits
        }
        if found:
            raise ParameterError(found)

    @classmethod
    def of(cls, model: TrainedModel) -> Self:
        classifiers = [forecast.classifier for forecast in model.sides.values()]
        trees = sum(len(each.roots) for each in classifiers if isinstance(each, Trees))
        return cls(model.digest, model.name, model.first_decision, tuple(model.sides), trees, model.barrier)

    @property
    def direction(self) -> str:
        """The sides, as a parameter has them."""
        return BOTH if len(self.sides) > 1 else self.sides[0]

    def has(self, direction: str) -> bool:
        return direction in (self.direction, *self.sides)

    def to_dict(self) -> dict[str, Any]:
        return {**parameters.to_dict(self), "barrier": self.barrier.to_dict()}

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """
        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
        given = parameters.from_dict("model of the strategy", values, cls)
        return cls(**given | {"barrier": Barrier(**parameters.from_dict("barrier", given["barrier"], Barrier))})
