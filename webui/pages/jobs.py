"""The list of jobs: what came of each, how far the others are, and which of them a person looks for."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from fleet import listing
from fleet.errors import FleetError
from montecarlo.experiments.kinds import KINDS as EXPERIMENTS
from webui import connection
from webui.forms.search import HIGHEST, NEWEST, ROWS, SIZE, TITLE, Search
from webui.results.listed import figures_of, load_remembered
from webui.results.rows import Row, rows

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
    found = listing.jobs(bucket, search.wanted, search.rows, load=load_remembered)
    return {"found": found, "rows": rows(found.rows, figures_of(bucket, found), search.order)}


def _orders(page: Sequence[Row], chosen: str) -> dict[str, str]:
    """How the rows of a page can be sorted: words in addresses, and what they are called."""
    names = dict.fromkeys(figure.name for row in page for figure in row.figures)
    orders = {NEWEST: "Newest first", TITLE: "Title", SIZE: "Largest first"}
    orders |= {f"{HIGHEST}{name}": f"{name}, highest first" for name in names}
    return orders | ({} if chosen in orders else {chosen: f"{chosen.removeprefix(HIGHEST)}, highest first"})
