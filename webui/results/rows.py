"""A row for each job of a list: what it is, what tells it apart from the others, and what came of it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.job import Job
from fleet.progress import Status, UnreadableJob
from fleet.reasons import in_one_line
from fleet.wording import in_words
from webui.display import in_brief, job_title
from webui.forms.search import HIGHEST, SIZE, TITLE
from webui.results.facts import facts
from webui.results.kind import Figure
from webui.results.kinds import KINDS

APART_AT_MOST = 3  # facts that tell jobs of one title apart
REASON_AT_MOST = 300  # characters

_OF_NO_INTEREST = {"Prices"}  # the title has the symbol


@dataclass(frozen=True)
class Row:
    """A job, as a list shows it.

    Attributes:
        id: Its name.
        title: Symbol and strategy, with its parameters.
        brief: How much it is; empty where that cannot be told, as are those that follow.
        state: Such as "running".
        submitted: When.
        progress: How far it is, of one that is unfinished, was cancelled or has failed.
        done: Of so many units.
        expected: Units that it will have.
        reason: What went wrong.
        apart: What tells it apart from others of this title on the page.
        figures: What came of it.
        repeated: The texts in a form that make it again; None where no form makes such jobs.
        form: The endpoint of that form.
        unfinished: Whether there is something to wait for.
        compared: Whether it can be compared with others.
    """

    id: str
    title: str
    brief: str
    state: str
    submitted: datetime
    progress: str = ""
    done: int = 0
    expected: int = 0
    reason: str = ""
    apart: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    repeated: Mapping[str, str] | None = None
    form: str = ""
    unfinished: bool = False
    compared: bool = False


def rows(
    found: Iterable[Status | UnreadableJob], figures: Mapping[str, Sequence[Figure] | str], order: str
) -> list[Row]:
    """
    Args:
        found: The jobs.
        figures: What came of those that are complete, by id; or why that cannot be told.
        order: As ``Search`` has it.
    """
    statuses = list(found)
    apart = _apart([each.job for each in statuses if isinstance(each, Status)])
    made = [
        _row(each, figures.get(each.id, ()), apart[each.id])
        if isinstance(each, Status)
        else Row(each.id, each.id, "", each.state, each.submitted, reason=in_one_line(each.reason, REASON_AT_MOST))
        for each in statuses
    ]
    sizes = {each.id: each.job.experiment.path_days for each in statuses if isinstance(each, Status)}
    return sorted(made, key=_key(order, sizes))


def _row(status: Status, figures: Sequence[Figure] | str, apart: Sequence[str]) -> Row:
    job = status.job
    kind = KINDS[job.experiment.kind]
    return Row(
        job.id,
        job_title(job),
        in_brief(job),
        status.state,
        status.submitted,
        "" if status.state in ("complete", "not sent") else in_words(status),
        status.done,
        status.expected,
        figures if isinstance(figures, str) else in_one_line(status.reason, REASON_AT_MOST),
        apart,
        () if isinstance(figures, str) else figures,
        kind.repeated(job) if kind.repeated else None,
        kind.form,
        status.unfinished,
        kind.compared and status.state == "complete",
    )


def _apart(jobs: Sequence[Job]) -> dict[str, list[str]]:
    """What tells those of one title apart, by id: facts that not all of them have in common."""
    found: dict[str, list[str]] = {job.id: [] for job in jobs}
    of_one_title = defaultdict(list)
    for job in jobs:
        of_one_title[job_title(job), in_brief(job)].append(job)
    for several in of_one_title.values():
        if len(several) < 2:
            continue
        told = {job.id: facts(job) for job in several}
        common = set.intersection(*(set(each) for each in told.values()))
        for job_id, each in told.items():
            own = [(name, value) for name, value in each if (name, value) not in common and name not in _OF_NO_INTEREST]
            found[job_id] = [f"{name} {value}" for name, value in own[:APART_AT_MOST]]
    return found


def _key(order: str, sizes: Mapping[str, int]) -> Callable[[Row], tuple[float, str]]:
    """The order of rows that are newest first so far; those without what is asked for come last."""
    if order == TITLE:
        return lambda row: (0, row.title.casefold())
    if order == SIZE:
        return lambda row: (-sizes.get(row.id, 0), "")
    if order.startswith(HIGHEST):
        return lambda row: (-_value(row, order.removeprefix(HIGHEST)), "")
    return lambda row: (0, "")


def _value(row: Row, name: str) -> float:
    """The number in a figure."""
    text = next((each.text for each in row.figures if each.name == name), "")
    number = re.search(r"[-\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?", text)
    return float(number[0].replace(",", "").replace("\N{MINUS SIGN}", "-")) if number else float("-inf")
