"""How long a trader waits: for an answer, for the next day, for an order that should be over by now."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Patience:
    """
    Attributes:
        first, longest: Seconds before something is asked again; doubled from the one to the other.
        asks: How often something is asked that contradicts what was said before, because an answer may be old.
        poll: Seconds between two looks for the next day, for a kill switch, and for a halt that was lifted.
        grace: Seconds after a session in which the broker has to say what became of its orders; then they are
            cancelled.
    """

    first: float = 0.5
    longest: float = 30.0
    asks: int = 5
    poll: float = 5.0
    grace: float = 4 * 3600.0

    def pauses(self) -> Iterator[float]:
        """Seconds to wait after the first time, the second, and so on; without end."""
        pause = self.first
        while True:
            yield pause
            pause = min(2 * pause, self.longest)
