"""The joint history that an experiment is about: by its digest in a job, and the closes where they are at hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from montecarlo.data.joint_history import JointHistory


@dataclass(frozen=True, kw_only=True)
class GivenJoint:
    """What an experiment says of its prices; as ``GivenHistory``, of several symbols."""

    symbols: tuple[str, ...]
    sources: tuple[str, ...]
    currencies: tuple[str, ...]
    digest: str
    first: date
    last: date
    closes: int
    bars_per_year: int
    year_given: bool
    warnings: tuple[str, ...]
    history: JointHistory | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, history: JointHistory) -> Self:
        raise NotImplementedError

    def with_inputs(self, contents: Mapping[str, bytes]) -> Self:
        raise NotImplementedError

    @property
    def at_hand(self) -> JointHistory:
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        raise NotImplementedError

    @classmethod
    def from_dict(cls, values: object) -> Self:
        raise NotImplementedError
