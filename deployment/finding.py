"""What a check finds out before anything is created."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that a check found out.

    Attributes:
        what: In words.
        fatal: Whether deploying is bound to fail.
    """

    what: str
    fatal: bool = False
