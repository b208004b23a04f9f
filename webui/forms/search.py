"""What a person asks of the list of jobs: fields of a form whose answer has an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from fleet import listing
from fleet.listing import Wanted
from montecarlo.experiments.kinds import KINDS

ROWS = ("20", "50", "100")
NEWEST, TITLE, SIZE = "newest", "title", "size"
HIGHEST = "highest-"  # followed by the name of a figure
LONGEST = 200  # characters of what is typed

_FIELDS = ("name", "words", "state", "kind", "before", "order", "rows", "after")


@dataclass(frozen=True)
class Search:
    """A page of the list, as it is asked for.

    Attributes:
        typed: What was typed, by field; without those that are empty.
        wanted: Which jobs.
        rows: How many at the most.
        order: How those on the page are sorted: NEWEST, TITLE, SIZE, or HIGHEST and the name of a figure.
        problems: What is wrong, by field.
    """

    typed: Mapping[str, str]
    wanted: Wanted
    rows: int
    order: str
    problems: Mapping[str, str]

    @classmethod
    def read(cls, address: Mapping[str, str]) -> Self:
        """What the query of an address asks for; nothing of what cannot be used."""
        typed = {name: text for name in _FIELDS if (text := address.get(name, "").strip()[:LONGEST])}
        problems: dict[str, str] = {}

        def one_of(name: str, known: Mapping[str, Any] | tuple[str, ...], otherwise: str = "") -> str:
            text = typed.get(name, otherwise)
            if text in known or text == otherwise:
                return text
            problems[name] = f"must be one of {', '.join(known)}, not {text[:40]!r}"
            return otherwise

        before = None
        if "before" in typed:
            try:
                before = listing.read_moment(typed["before"])
            except ValueError as error:
                problems["before"] = str(error)
        if "after" in typed and not listing.is_cursor(typed["after"]):
            problems["after"] = "a part of the address was lost: begin with the newest jobs"
        order = typed.get("order", NEWEST)
        if order not in (NEWEST, TITLE, SIZE) and not order.startswith(HIGHEST):
            problems["order"] = f"must be {NEWEST}, {TITLE}, {SIZE} or {HIGHEST} and the name of a figure"
        state = one_of("state", listing.STATES)
        wanted = Wanted(
            name=typed.get("name", ""),
            words=typed.get("words", ""),
            states=(state,) if state else (),
            kind=one_of("kind", KINDS),
            before=before,
            after="" if "after" in problems else typed.get("after", ""),
        )
        return cls(typed, wanted, int(one_of("rows", ROWS, ROWS[0])), order, problems)

    @property
    def narrows(self) -> bool:
        """Whether it leaves jobs out."""
        return self.wanted.narrows or self.wanted.before is not None

    def older(self, cursor: str) -> dict[str, str]:
        """The query of the next page."""
        return {**self.typed, "after": cursor}

    @property
    def from_the_newest(self) -> dict[str, str]:
        """The query of the first page of the same search."""
        return {name: text for name, text in self.typed.items() if name != "after"}
