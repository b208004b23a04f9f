"""Tables for people, in Markdown that is also readable as it is."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is text and the others stand to the right."""
    rows = list(rows)
    lines = [" | ".join(row) for row in (header, ["---", *["---:"] * (len(header) - 1)], *rows)]
    return "\n".join(f"| {line} |" for line in lines)
