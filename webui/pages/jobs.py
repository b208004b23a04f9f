"""The list of jobs: what came of each, how far the others are, and which of them a person looks for."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from fleet import keys, listing, reading
from fleet.bucket import Bucket
from fleet.errors import FleetError, MissingObjectError, UnreadableObjectError
from fleet.job_store import load_job
from fleet.listing import Listed
from fleet.progress import Status
from montecarlo.experiments.kinds import KINDS as EXPERIMENTS
from webui import connection
from webui.forms.search import HIGHEST, NEWEST, ROWS, SIZE, TITLE, Search
from webui.once import Once
from webui.results.kind import Figure
from webui.results.kinds import KINDS
from webui.results.rows import Row, rows

REMEMBERED = 500  # jobs, and what came of so many; neither ever changes

_REQUESTS_AT_ONCE = 8

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")


@blueprint.get("")
def show() -> ResponseReturnValue:
    search = Search.read(request.args)
    page: dict[str, Any] = {"rows": [], "found": None}
    trouble = ""
    if not search.problems:
        try:
            page = _found(search)
        except FleetError as error:
            trouble = str(error)
    status = 400 if search.problems else 503 if trouble else 200
    return render_template(
        "jobs.html",
        **page,
        search=search,
        trouble=trouble,
        states={each: each for each in listing.STATES},
        kinds={each: each for each in EXPERIMENTS},
        row_choices={each: each for each in ROWS},
        orders=_orders(page["rows"], search.order),
    ), status


@blueprint.get("/rows")
def show_rows() -> ResponseReturnValue:
    """The rows alone, for the script that keeps them up to date."""
    search = Search.read(request.args)
    return render_template("jobs_rows.html", **_found(search), search=search)


def _found(search: Search) -> dict[str, Any]:
    """
    Raises:
        FleetError
    """
    bucket = connection.bucket()
    found = listing.jobs(bucket, search.wanted, search.rows, load=_load)
    return {"found": found, "rows": rows(found.rows, _figures_of(bucket, found), search.order)}


def _figures_of(bucket: Bucket, found: Listed) -> dict[str, Sequence[Figure] | str]:
    """What came of those that are complete; or why that cannot be told."""

    def look(status: Status) -> Sequence[Figure] | str:
        try:
            return _figures(bucket, status.id, status.job.experiment.kind)
        except (MissingObjectError, UnreadableObjectError) as error:
            return str(error)

    complete = [each for each in found.rows if isinstance(each, Status) and each.state == "complete"]
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        return dict(zip((each.id for each in complete), pool.map(look, complete), strict=True))


def _read_figures(bucket: Bucket, job_id: str, kind: str) -> Sequence[Figure]:
    return reading.read(bucket, keys.summary_key(job_id), KINDS[kind].figures)


_load = Once(load_job, most=REMEMBERED)
_figures = Once(_read_figures, most=REMEMBERED)


def _orders(page: Sequence[Row], chosen: str) -> dict[str, str]:
    """How the rows of a page can be sorted: words in addresses, and what they are called."""
    names = dict.fromkeys(figure.name for row in page for figure in row.figures)
    orders = {NEWEST: "Newest first", TITLE: "Title", SIZE: "Largest first"}
    orders |= {f"{HIGHEST}{name}": f"{name}, highest first" for name in names}
    return orders | ({} if chosen in orders else {chosen: f"{chosen.removeprefix(HIGHEST)}, highest first"})
