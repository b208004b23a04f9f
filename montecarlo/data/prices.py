"""What a job knows of the prices that it was made from, of one symbol or of several."""

from typing import Protocol


class Prices(Protocol):
    """A ``PriceHistory`` or a ``JointHistory``."""

    @property
    def symbol(self) -> str:
        """What the prices are of."""
        ...

    @property
    def source(self) -> str:
        """Where they came from."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of ``to_csv``, in hexadecimal."""
        ...

    def to_csv(self) -> bytes:
        """Their content."""
        ...
