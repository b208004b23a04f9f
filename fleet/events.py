"""What happens to a process that runs for long, as values: its loop tells them, and logs and others each listen."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; ``level`` says how grave it is in a log."""

    level: ClassVar[int] = logging.INFO


Emit = Callable[[Event], None]
