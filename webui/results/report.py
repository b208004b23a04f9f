"""What came of a job as one HTML file that can be mailed: it shows all of it from a disk, without any network.

The charts are those of the page.  The library that draws them comes along, compressed: 2 MB of text, which a browser
unpacks by itself.  Where that cannot be, or no script may run, the tables say the same in numbers.
"""

import base64
import json
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from fleet import results
from fleet.bucket import Bucket
from fleet.progress import Status
from webui import display
from webui.assets import CHART_LIBRARY, OWN, asset
from webui.results.computed import computed
from webui.results.facts import facts
from webui.results.kinds import KINDS

if TYPE_CHECKING:
    import plotly.graph_objects as go

_SHEETS = ("css/base.css", "css/pieces.css", "css/job.css")
_SCRIPTS = ("charts.js", "report.js")


def report(bucket: Bucket, status: Status) -> bytes:
    """The report of a complete job.

    Raises:
        NotCompleteError: it is not complete.
        UnreadableObjectError: its results are damaged.
        BucketError
    """
    job = status.job
    results.require_complete(bucket, job)
    kind = KINDS[job.experiment.kind]
    found = kind.read(bucket, job)
    charts = {name: chart for name, chart in kind.charts.items() if chart.wanted(job)}
    figures = {name: in_both_themes(chart.draw(bucket, job)) for name, chart in charts.items()}
    page = _environment().get_template("report.html")
    return page.render(
        job=job,
        status=status,
        results=found,
        template=kind.template,
        charts=charts,
        figures=figures,
        facts=facts(job),
        warnings=status.warnings,
        computed=computed(bucket, job, status.done),
        in_report=True,
        made=datetime.now(UTC),
        sheets=[Markup(_static(name)) for name in _SHEETS],
        scripts=[Markup(_static(name)) for name in _SCRIPTS],
        library=_library(),
    ).encode()


def in_both_themes(figure: "go.Figure") -> dict[str, Any]:
    """A figure as plain values, for a light and for a dark page."""
    from montecarlo import charts  # plotly takes a while to import

    return {theme: json.loads(charts.themed(figure, theme).to_json()) for theme in ("light", "dark")}


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("webui")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    for function in display.FILTERS:
        environment.filters[function.__name__] = function
    return environment


def _static(name: str) -> str:
    return (OWN / name).read_text()


@cache
def _library() -> str:
    """What draws the charts, as base64 of gzip."""
    return base64.b64encode(asset(CHART_LIBRARY).packed).decode()
