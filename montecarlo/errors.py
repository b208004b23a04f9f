"""What can go wrong, each kind under a name that a caller can tell apart."""

from collections.abc import Mapping


class ParameterError(ValueError):
    """One or more parameters that cannot be used; ``problems`` says for each name what was expected."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{name} {message}" for name, message in self.problems.items()))


class HistoryError(ValueError):
    """A price history that cannot be had, or cannot be used."""


class DamageError(ValueError):
    """Content that is not what was written; the message says which of it, as the end of a sentence."""


class TrainedModelError(ValueError):
    """A file that is no trained model, or a damaged one; the message says why, as the end of a sentence."""


class LibraryError(ImportError):
    """A library that is not installed, or does not load; the message says what to install."""


class RuleError(Exception):
    """A person's own rule that cannot be had, or does not do what a rule must; says nothing about the machine."""
