"""What a person sees of a simulation before it is submitted: the history, the trades of a backtest, and its figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from montecarlo.data.history import PriceHistory
from montecarlo.experiments.traded_paths import TradedPaths
from webui.forms.form import JobForm

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Figure(NamedTuple):
    """A figure for a person."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """
    Attributes:
        problems: By name of the field; what has no field has a name of its own.
        chart: The history with what the strategy sees and the trades; None where the strategy has problems.
        headline: Of the backtest.
        fit: What the model finds in the history, by name of the field that would replace it.
        warnings: About prices, rules and fit.
        compares: Of a sweep, such as "compares 11 × 9 = 99 combinations".
        shown: Of a sweep, which combination the chart is of.
        experiment: What would be submitted; None where something has problems.
    """

    problems: Mapping[str, str] = field(default_factory=dict)
    chart: "go.Figure | None" = None
    headline: tuple[Figure, ...] = ()
    fit: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    compares: str = ""
    shown: str = ""
    experiment: TradedPaths | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON: as above, with ``chart`` as plotly has it, and without the experiment."""
        raise NotImplementedError


def preview_of(form: JobForm, history: PriceHistory, *, try_rule: bool = False) -> Preview:
    """What there is to see of a form that was read.

    Args:
        form: With or without problems: what can be shown in spite of them is.
        history: The prices that were asked for.
        try_rule: Whether a person's own rule is run, in the limited process; otherwise it is passed over.
    """
    raise NotImplementedError
