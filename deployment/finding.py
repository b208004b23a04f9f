"""What a check finds out before anything is created."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that a check found out.

    Attributes:
        what: In words.
        fatal: Whether deploying is bound to fail.
        doubt: Whether a person should think about it before going on.
    """

    what: str
    fatal: bool = False
    doubt: bool = False

    @property
    def mark(self) -> str:
        """A word before it, for a list of findings."""
        return "no" if self.fatal else "look" if self.doubt else "ok"
