"""What a person sees of a simulation before it is submitted: the history, the trades of a backtest, and its figures."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from montecarlo.accounting.rules import Rules
from montecarlo.data.history import MIN_RETURNS, PriceHistory
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.backtest import Backtest, backtest
from montecarlo.experiments.sweep import Sweep
from montecarlo.experiments.traded_paths import TradedPaths
from montecarlo.models import Model, fit
from montecarlo.strategies import BuyAndHold, Strategy
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.trained import TrainedModel
from montecarlo.wording import count
from webui.display import percent, ratio, thousands
from webui.forms import sweeps
from webui.forms.form import Asked, JobForm
from webui.forms.job_fields import MODEL, RULES, model_fields
from webui.forms.own_rule import AskedRule
from webui.forms.trained import unseen_part

if TYPE_CHECKING:
    import plotly.graph_objects as go

BAR_YEARS = 1
"""Of which bars are drawn: more are too small to see what happened within them."""

_UNTRIED = "A rule of your own is run only when you ask for it: press “Try the rule”."


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
        prices: The symbol, where its prices are from and which days they are of.
        fit: What the model finds in the history, by name of the field that would replace it.
        warnings: About prices, rules and fit.
        compares: Of a sweep, such as "compares 11 times 9 = 99 combinations".
        shown: Whose trades the chart has, and from when on, where that is not plain.
        experiment: What would be submitted; None where something has problems.
    """

    problems: Mapping[str, str] = field(default_factory=dict)
    chart: "go.Figure | None" = None
    headline: tuple[Figure, ...] = ()
    prices: str = ""
    fit: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    compares: str = ""
    shown: str = ""
    experiment: TradedPaths | None = None

    def to_dict(self, theme: str = "light") -> dict[str, Any]:
        """As JSON: as above, but for the experiment; ``chart`` as plotly has it, in the colours of the theme."""
        from montecarlo.charts import themed  # plotly takes a while to import

        return {
            "problems": dict(self.problems),
            "chart": None if self.chart is None else json.loads(themed(self.chart, theme).to_json()),
            "headline": [each._asdict() for each in self.headline],
            "prices": self.prices,
            "fit": dict(self.fit),
            "warnings": list(self.warnings),
            "compares": self.compares,
            "shown": self.shown,
        }


def preview_of(form: JobForm, history: PriceHistory, *, try_rule: bool = False) -> Preview:
    """What there is to see of a form that was read.

    Args:
        form: With or without problems: what can be shown in spite of them is.
        history: The prices that were asked for.
        try_rule: Whether a person's own rule is run, in the limited process; otherwise it is passed over.
    """
    first, last = history.dates[0], history.dates[-1]
    found = Preview(
        problems=form.problems,
        prices=f"{history.symbol} from {history.source}, {count(len(history.dates), 'day')} from {first} to {last}",
        fit=_fit(form, history),
        warnings=history.warnings,
    )
    if any(each.name in form.problems for each in RULES):
        return found
    if isinstance(form.strategy, AskedRule) and not (try_rule and not form.problems):
        return replace(found, chart=_chart(history, BuyAndHold(), None), shown="" if form.problems else _UNTRIED)
    given = None
    if isinstance(form.strategy, Strategy):
        given = Asked(form.strategy, form.over, {})
    if form.problems:
        return _traded(found, form, history, given) if given else found
    try:
        with form.at_hand(history) as asked:
            experiment: Any = form.job_of(asked, history, drawn_seed=0).experiment
            return _traded(replace(found, experiment=experiment), form, history, asked)
    except ParameterError as error:
        refused = replace(found, problems=error.problems)
        return _traded(refused, form, history, given) if given else refused


def _traded(found: Preview, form: JobForm, history: PriceHistory, asked: Asked) -> Preview:
    """The same with chart and headline of a backtest."""
    strategy, experiment = asked.strategy, found.experiment
    if isinstance(experiment, Sweep):
        middle = sweeps.middle(experiment)
        strategy = asked.strategy.with_values(**middle.values)
        found = replace(
            found,
            compares=sweeps.compares(experiment),
            shown=f"The trades of one of them: {sweeps.named(experiment, middle)}.",
        )
    history, words = _traded_part(history, strategy)
    found = replace(found, shown=f"{found.shown} {words}".strip())
    try:
        done = backtest(history, strategy, rules=form.rules)
    except HistoryError as error:  # it has closes alone
        return replace(
            found, chart=_chart(history, strategy, None), shown=f"On this history there are no trades: {error}."
        )
    except ParameterError as error:  # on the history; that of the paths may still do
        told = form.by_field(error.problems)
        why = "; ".join(f"{name.rpartition('.')[2]} {problem}" for name, problem in told.items())
        return replace(
            found, chart=_chart(history, strategy, None), shown=f"On this history there are no trades: {why}."
        )
    more = tuple(each for each in (experiment.warnings if experiment else done.warnings) if each not in found.warnings)
    last = ""
    if _has_bars_to_show(strategy, done, history) and len(history.dates) > BAR_YEARS * history.bars_per_year:
        last = "Bars of the last year; the figures are of all days that are traded."
    return replace(
        found,
        chart=_chart(history, strategy, done),
        headline=headline(done),
        warnings=(*found.warnings, *more),
        shown=" ".join(filter(None, (found.shown, _begins(history, strategy, form.rules), last))),
    )


def _traded_part(history: PriceHistory, strategy: Strategy) -> tuple[PriceHistory, str]:
    """What of the history is traded, and why not all of it: a model has learned from the days that it has seen."""
    if not (isinstance(strategy, MlForecast) and isinstance(model := strategy.model, TrainedModel)):
        return history, ""
    on = model.trained_on
    if on.symbol != history.symbol:
        return history, f"The model was trained on {on.symbol}."
    part = unseen_part(history, model)
    if len(part.dates) <= MIN_RETURNS:
        return (
            history,
            f"The model has learned from these very days, until {on.last}: what it makes of them tells nothing.",
        )
    return part, f"Only the days from {on.unseen_from} on, which the model has not seen."


def _begins(history: PriceHistory, strategy: Strategy, rules: Rules) -> str:
    """From when on the rule is compared with buy and hold, where that is not from the first day on."""
    if not strategy.first_decision:
        return ""
    day = history.dates[strategy.first_decision + rules.delay]
    return f"The rule can first trade on {day}, so buy and hold is from that day on, too."


def _chart(history: PriceHistory, strategy: Strategy, done: Backtest | None) -> "go.Figure":
    from montecarlo import charts  # plotly takes a while to import

    if done is None or not _has_bars_to_show(strategy, done, history):
        return charts.price_history(history, strategy, done)
    return charts.candles(history, done.trades, strategy=strategy, days=BAR_YEARS * history.bars_per_year)


def _has_bars_to_show(strategy: Strategy, done: Backtest, history: PriceHistory) -> bool:
    """Whether something happens within the day that only bars show."""
    return (strategy.gives_orders or done.rules.fill == "next-open") and history.has_bars


def headline(done: Backtest) -> tuple[Figure, ...]:
    """What is read first of a backtest."""
    value = done.summary.set_index("statistic")["value"]
    earned, held = (each.iloc[-1] / done.rules.capital - 1 for each in (done.equity, done.buy_and_hold))
    sharpe = value["sharpe"]
    return (
        Figure("Return", percent(earned)),
        Figure("Buy and hold", percent(held)),
        Figure("Maximum drawdown", percent(value["max_drawdown"])),
        Figure("Sharpe ratio", "none" if math.isnan(sharpe) else ratio(sharpe)),
        Figure("Trades", thousands(value["trades"])),
        Figure("Time invested", percent(value["exposure"])),
    )


def _fit(form: JobForm, history: PriceHistory) -> dict[str, str]:
    """What the chosen model finds, by name of the field in which a person may set something else."""
    name = form.values.get(MODEL.name)
    if name is None:
        return {}
    try:
        model: Model = fit(history, name)
    except ParameterError:  # said where the job is made
        return {}
    return {field.name: f"{getattr(model, each):.3g}" for each, field in model_fields(model).items()}
