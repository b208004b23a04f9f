"""What a check is, and what it answers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from fleet.errors import FleetError

if TYPE_CHECKING:
    from rehearsal.site import Site


class Verdict(StrEnum):
    """How a check ended."""

    CONFIRMED = "confirmed"  # as expected
    OTHER = "other"  # AWS does what we did not expect, and the design holds all the same
    FAILED = "failed"  # what the design promises is not so
    NOT_TRIED = "not tried"


class RehearsalError(FleetError):
    """A check cannot go on: AWS refuses something, or what was waited for did not come."""


@dataclass(frozen=True)
class Answer:
    """What a check found.

    Attributes:
        verdict: How it ended.
        seen: What was seen, a sentence each.
    """

    verdict: Verdict
    seen: tuple[str, ...]


class Check(Protocol):
    """One step of a rehearsal.

    Attributes:
        name: In one word, for the command line.
        why: What is promised, and what would be bad if it were not so.
        unknown: What AWS does not document; empty where it does.
        minutes: About how long it takes.
        machine_minutes: About how long workers run for it, all together.
        fee: US dollars that it costs beside machines.
    """

    @property
    def name(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def unknown(self) -> str: ...
    @property
    def minutes(self) -> float: ...
    @property
    def machine_minutes(self) -> float: ...
    @property
    def fee(self) -> float: ...

    def run(self, site: "Site") -> Answer:
        """Try it.

        Raises:
            RehearsalError: it cannot be found out, because something before it is not as promised.
            FleetError: AWS refuses something.
        """
        ...
