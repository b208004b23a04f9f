"""The file of a rule, as a value."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from montecarlo.errors import RuleError
from montecarlo.parameters import shown
from montecarlo.strategies.own_rule import FILE_NAME

LARGEST = 100_000  # bytes; a rule is a page or two


@dataclass(frozen=True)
class RuleFile:
    """Source text, and what people call it.

    Raises:
        RuleError: the name has other characters than letters, digits and . _ -, or there is too much text, or none.
    """

    name: str
    source: bytes

    def __post_init__(self) -> None:
        if not FILE_NAME.fullmatch(self.name):
            raise RuleError(
                f"the name of a rule's file must be 1 to 64 letters, digits or . _ -, not {shown(self.name)}"
            )
        if not self.source.strip():
            raise RuleError(f"{self.name} is empty")
        if len(self.source) > LARGEST:
            raise RuleError(f"{self.name} must have {LARGEST:,} bytes at most: a rule is code, and data is not for it")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """
        Raises:
            RuleError: there is too much of it, or nothing.
            OSError: it cannot be read.
        """
        with open(path, "rb") as file:
            source = file.read(LARGEST + 1)
        return cls(file_name(Path(path).name), source)

    @property
    def digest(self) -> str:
        """SHA-256 of the source text, in hexadecimal."""
        return hashlib.sha256(self.source).hexdigest()


def file_name(name: str) -> str:
    """The name without what a rule's file must not have in it."""
    return re.sub("[^A-Za-z0-9._-]+", "-", name).lstrip(".-")[:64] or "rule.py"
