"""What all pictures have in common: size, colours, letters, axes, and that the same figure is the same bytes."""

import io
import textwrap
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from montecarlo.charts import colours

FloatArray = NDArray[np.float64]

WIDTH, DOTS_PER_INCH = 12.0, 100  # inches: 1,200 pixels
MOST_POINTS = 5_000  # of a line; beyond, each pixel's first, least, greatest and last are the same line
LOGARITHMIC_FROM = 3.0  # the greatest over the least

_LIGHT = colours.COLOURS["light"]
BLUE, VERMILLION, GREEN, PURPLE, ORANGE = (
    _LIGHT[each] for each in (colours.BLUE, colours.VERMILLION, colours.GREEN, colours.PURPLE, colours.ORANGE)
)
GREY, INK, INNER, OUTER, MIDDLE = (
    _LIGHT[each] for each in (colours.GREY, colours.INK, colours.INNER, colours.OUTER, colours.MIDDLE)
)
GROUND = colours.GROUNDS["light"]
SCALE = colours.SCALES["light"]
FAINT = "#e3e5e9"  # lines of the grid

_LOOK: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.facecolor": GROUND,
    "axes.grid": True,
    "axes.labelcolor": GREY,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.unicode_minus": False,
    "figure.dpi": DOTS_PER_INCH,
    "figure.facecolor": GROUND,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib
    "font.size": 10.5,
    "grid.color": FAINT,
    "legend.edgecolor": GROUND,
    "legend.facecolor": GROUND,
    "legend.fontsize": 9.5,
    "legend.framealpha": 0.9,
    "legend.labelcolor": INK,
    "savefig.facecolor": GROUND,
    "text.color": INK,
    "text.parse_math": False,  # a dollar is a dollar
    "xtick.color": GREY,
    "ytick.color": GREY,
}
_HEADING, _LINE, _BELOW = 0.42, 0.21, 0.12  # inches: of the title, of a line of the sentence, and free below both
_HEADING_LINE = 0.28  # of each further line of the title
_LETTERS = {"title": 92, "sentence": 146, "legend": 165}  # in a line
_SIGN = 7  # letters that the sign beside a name takes
_alone = threading.Lock()


@contextmanager
def looks() -> Iterator[None]:
    """matplotlib as it comes, with the looks of our figures, whatever a person has set; as it was before thereafter."""
    with _alone, matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_LOOK)
        yield


def sheet(title: str, sentence: str, height: float) -> Figure:
    """An empty figure, ``height`` inches high below its title and the sentence that it illustrates."""
    shown = _wrapped(title, _LETTERS["title"], 2)
    lines = _wrapped(sentence, _LETTERS["sentence"], 4)
    named = _HEADING + _HEADING_LINE * (len(shown) - 1)
    above = named + _LINE * len(lines) + _BELOW
    whole = height + above
    figure = Figure(figsize=(WIDTH, whole), layout="constrained")
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(rect=(0, 0, 1, height / whole), w_pad=0.12, h_pad=0.08)  # type: ignore[union-attr,call-arg]
    for number, line in enumerate(shown):
        figure.text(0.012, 1 - (0.16 + _HEADING_LINE * number) / whole, line, fontsize=15, weight="bold", va="top")
    for number, line in enumerate(lines):
        figure.text(0.012, 1 - (named + 0.06 + _LINE * number) / whole, line, color=GREY, va="top")
    return figure


def _wrapped(text: str, letters: int, lines: int) -> list[str]:
    """In lines, of which none begins with the sign of a percentage."""
    return textwrap.wrap(text.replace(" %", "\u00a0%"), letters, max_lines=lines, placeholder=" …")


def png(figure: Figure) -> bytes:
    """Without a date or a version: the same figure, by the same matplotlib, is the same bytes."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return content.getvalue()


def thinned(*series: FloatArray) -> NDArray[np.int64]:
    """Places that make the same lines: all where there are few, else what is first, last or extreme of each pixel."""
    length = len(series[0])
    if length <= MOST_POINTS:
        return np.arange(length)
    width = -(-length // (MOST_POINTS // 4))
    starts = np.arange(0, length, width)
    kept = [starts, np.minimum(starts + width, length) - 1]
    for values in series:
        padded = np.full(len(starts) * width, values[-1])
        padded[:length] = values
        rows = padded.reshape(-1, width)
        kept += [starts + rows.argmin(axis=1), starts + rows.argmax(axis=1)]
    return np.unique(np.minimum(np.concatenate(kept), length - 1))


def percents(axis: Any, digits: int | None = None) -> None:
    """Fractions of an axis in percent."""

    def words(value: float, _: object) -> str:
        hundreds = round(100 * value, 6)
        return f"{hundreds:,.{digits}f} %" if digits is not None else f"{hundreds:,.6g} %"

    axis.set_major_formatter(FuncFormatter(words))


def dollars(axes: Axes, *series: FloatArray, unit: str = "$") -> None:
    """Amounts on the upright axis: on a logarithmic scale where they differ much, which needs all above zero."""
    least, most = (float(each([each(one) for one in series])) for each in (np.min, np.max))
    if least > 0 and most / least >= LOGARITHMIC_FROM:
        axes.set_yscale("log")
        subs = (1.0, 2.0, 5.0) if most / least < 300 else (1.0,)
        axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=12))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{unit}{amount(value)}"))


def amount(value: float) -> str:
    """Such as "1.5", "200 k" and "3 M"."""
    for unit, name in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= unit:
            scale = 1e3 if name == " k" else unit
            return f"{value / scale:,.4g}{name}"
    return f"{value:,.6g}"


def dated(axes: Axes) -> None:
    """Dates on the level axis."""
    locator = dates.AutoDateLocator(minticks=5, maxticks=14)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.margins(x=0.01)


def days_of(dated_by: Any) -> FloatArray:
    """Dates of a column or an index as places on an axis of dates."""
    found: FloatArray = dates.date2num(dated_by.to_numpy())  # type: ignore[no-untyped-call]
    return found


def headed(axes: Axes, title: str) -> None:
    """A title, and below it what is what, both above what is drawn, so that they hide nothing."""
    names = axes.get_legend_handles_labels()[1]
    rows = -(-sum(len(each) + _SIGN for each in names) // _LETTERS["legend"])
    axes.set_title(title, pad=8 + 16 * rows)
    shown = axes.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=-(-len(names) // rows),
        borderaxespad=0.1,
        borderpad=0.2,
        columnspacing=1.0,
        handlelength=1.5,
        handletextpad=0.5,
    )
    shown.set_in_layout(False)  # the title keeps its room free


def percent(value: float) -> str:
    """Such as "46.1 %"."""
    return f"{100 * value:,.1f} %"


def signed(value: float) -> str:
    """Such as "+46.1 %"."""
    return f"{100 * value:+,.1f} %"
