"""What is to be said about a file: what stands in the way of reading it, and what was understood."""

from dataclasses import dataclass, field

from montecarlo.errors import HistoryError

LINES_TOLD = 3  # of those that have the same problem as the first


@dataclass
class Problems:
    """Problems by kind, in the order in which they were found."""

    _kinds: dict[str, "_Kind"] = field(default_factory=dict)

    def add(self, kind: str, text: str, *, line: int | None = None, step: str = "") -> None:
        """Note a problem.

        Args:
            kind: Problems of one kind are told as the first of them and the lines of the others.
            text: What was expected, and what came.
            line: Where.
            step: What a person can do about all of the kind.
        """
        found = self._kinds.setdefault(kind, _Kind(text, step))
        if line is not None:
            found.lines.append(line)

    def refuse(self) -> None:
        """Do nothing if nothing stands in the way.

        Raises:
            HistoryError: Something does.
        """
        told = [found.told() for found in self._kinds.values()]
        if len(told) == 1:
            raise HistoryError(told[0])
        if told:
            numbered = "; ".join(f"({number}) {text}" for number, text in enumerate(told, 1))
            raise HistoryError(f"{len(told)} things stand in the way: {numbered}")

    def __len__(self) -> int:
        """How many kinds there are."""
        return len(self._kinds)


@dataclass
class Findings:
    """What is to be said about a file.

    Attributes:
        problems: What stands in the way of reading it.
        notes: What was understood where it leaves something open.
    """

    problems: Problems = field(default_factory=Problems)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Kind:
    text: str
    step: str
    lines: list[int] = field(default_factory=list)

    def told(self) -> str:
        where = f"line {self.lines[0]}: " if self.lines else ""
        return where + self.text + _others(self.lines[1:]) + (f"; {self.step}" if self.step else "")


def _others(lines: list[int]) -> str:
    if not lines:
        return ""
    if len(lines) <= LINES_TOLD:
        return f" (likewise line {' and '.join(map(str, lines))})"
    return f" (likewise {len(lines):,} more lines, {', '.join(map(str, lines[:LINES_TOLD]))} to {lines[-1]})"


def listed(names: list[str], at_most: int = 6) -> str:
    """Such as ``'A', 'B' and 12 more``."""
    shown = ", ".join(repr(name[:40]) for name in names[:at_most])
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most:,} more"
