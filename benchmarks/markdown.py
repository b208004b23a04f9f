"""Tables for people, in Markdown that is also readable as it is."""

from collections.abc import Iterable, Sequence

BEGIN, END = "<!-- measured -->", "<!-- end of what is measured -->"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is text and the others stand to the right."""
    rows = list(rows)
    lines = [" | ".join(row) for row in (header, ["---", *["---:"] * (len(header) - 1)], *rows)]
    return "\n".join(f"| {line} |" for line in lines)


def replace_between_marks(page: str, content: str, marks: tuple[str, str] = (BEGIN, END)) -> str:
    """The page with other content between its two marks.

    Raises:
        ValueError: it has no such marks.
    """
    before, begin, rest = page.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not end:
        raise ValueError(f"the page needs the lines {marks[0]} and {marks[1]}, for what is measured to stand between")
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"
