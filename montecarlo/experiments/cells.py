"""The partial result of an experiment whose units are few, each with a finding of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from montecarlo.errors import DamageError


@dataclass(frozen=True)
class Cells:
    """What was found in some cells, by their numbers; adding two puts them side by side.

    Attributes:
        found: Values that JSON keeps exactly, by number; what is added must be of other cells, or the same.
    """

    found: Mapping[int, Any]

    @property
    def units(self) -> int:
        return len(self.found)

    def __add__(self, other: Self) -> "Cells":
        return Cells(dict(sorted({**self.found, **other.found}.items())))

    def to_bytes(self) -> bytes:
        """The same cells give the same bytes."""
        text = json.dumps({str(number): each for number, each in self.found.items()}, separators=(",", ":"))
        return text.encode()

    @classmethod
    def from_bytes(cls, content: bytes, units: int) -> Self:
        """What ``to_bytes`` wrote.

        Args:
            content: The bytes.
            units: How many cells there are in all.

        Raises:
            DamageError: it is something else.
        """
        try:
            values = json.loads(content)
            found = {int(number): each for number, each in values.items()}
        except (ValueError, AttributeError) as error:
            raise DamageError("it is no JSON object of cells") from error
        if not found or not all(0 <= number < units for number in found):
            raise DamageError(f"it has cells that are none of {units}")
        return cls(found)
