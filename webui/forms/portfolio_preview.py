"""What a person sees of a portfolio before it is submitted: the frontier with their weighting, and what it takes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fleet.errors import FleetError
from montecarlo.data.joint_history import JointHistory
from montecarlo.errors import LibraryError, ParameterError
from montecarlo.experiments.holdings import FIXED, Holding, reserve_of
from montecarlo.wording import count
from montecarlo.wording import percent as about
from webui import connection
from webui.display import ratio, sentence
from webui.forms import estimates, folded, frontiers
from webui.forms.histories import StillFetchingError
from webui.forms.joint_histories import joint_history_for
from webui.forms.portfolio import PortfolioForm
from webui.forms.portfolio_fields import MODEL, WEIGHT, WEIGHTS
from webui.forms.portfolios import job, weighed
from webui.forms.preview import Figure
from webui.forms.told import PATIENCE, basis_here

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from montecarlo.frontiers.frontier import Frontier

ALONE = "With one symbol there is nothing to weigh: add another one to see a frontier."


@dataclass(frozen=True, kw_only=True)
class PortfolioPreview:
    """
    Attributes:
        problems: By name of the field.
        chart: The frontier with the person's weighting; None where there is none.
        headline: Of that weighting, and of the best ones.
        shown: What survives of the best weighting, in words; an empty line parts paragraphs.
        prices: The symbols, and on which days all of them have prices.
        weights: Of each symbol as they are now, by name of the field that they would be typed into.
        compares: What the weights leave of the capital, in words.
        fit: What the model finds in the history, by name of the field that would replace it.
        warnings: About prices, weights and fit.
        experiment: What would be submitted; None where something has problems.
    """

    problems: Mapping[str, str] = field(default_factory=dict)
    chart: "go.Figure | None" = None
    headline: tuple[Figure, ...] = ()
    shown: str = ""
    prices: str = ""
    weights: Mapping[str, str] = field(default_factory=dict)
    compares: str = ""
    fit: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    experiment: Any = None


def preview_of(form: PortfolioForm, history: JointHistory) -> PortfolioPreview:
    """What there is to see of a form that was read, with or without problems.

    Raises:
        LibraryError: the solver of the frontier is not installed.
    """
    found = PortfolioPreview(problems=form.problems, prices=in_words(history), warnings=history.warnings)
    held: tuple[Holding, ...] = ()
    if not form.problems:
        try:
            experiment: Any = job(form, history, drawn_seed=0).experiment
            held = experiment.holdings
            more = tuple(each for each in experiment.warnings if each not in found.warnings)
            found = replace(found, experiment=experiment, fit=_fit(form, experiment), warnings=found.warnings + more)
        except ParameterError as error:
            found = replace(found, problems=error.problems)
    if not held:
        try:
            held = weighed(form, history)
        except (ParameterError, KeyError):  # said beside its field
            return found
    found = replace(found, weights=_weights(form, held), compares=_rest(held))
    if len(held) < frontiers.FEWEST:
        return replace(found, shown=ALONE)
    return _with_frontier(found, form, history, [each.weight for each in held])


def _with_frontier(
    found: PortfolioPreview, form: PortfolioForm, history: JointHistory, weights: Sequence[float]
) -> PortfolioPreview:
    from montecarlo import charts  # plotly takes a while to import

    rate = form.values.get("risk_free", 0.0)
    try:
        drawn = frontiers.frontier_with(history, weights, rate)
    except ParameterError as error:
        return replace(found, shown=f"There is no frontier of these prices: {error}.")
    return replace(
        found,
        chart=charts.efficient_frontier(drawn),
        headline=headline(drawn),
        shown="\n\n".join(drawn.paragraphs()),
        warnings=found.warnings + drawn.warnings_beside(found.warnings),
    )


def headline(found: "Frontier") -> tuple[Figure, ...]:
    """What is read first: of the person's weighting, and what the best and the calmest one would have had."""
    asked = found.asked
    assert asked is not None
    return (
        Figure("Your return a year", about(asked.expected_return)),
        Figure("Your volatility", about(asked.volatility)),
        Figure("Your Sharpe ratio", ratio(asked.sharpe)),
        Figure("Least volatility", about(found.calmest.volatility)),
        Figure("Best Sharpe ratio", ratio(found.best.sharpe) if found.best.sharpe > 0 else "none above 0"),
        Figure("That of equal weights", ratio(found.equal.sharpe)),
    )


def in_words(history: JointHistory) -> str:
    """Which prices they are, and of which days."""
    first, last = history.dates[0], history.dates[-1]
    of = history.symbols[0] if len(history.symbols) == 1 else count(len(history.symbols), "symbol")
    return f"{of}, {count(len(history.dates), 'day')} that all have, from {first} to {last}"


def _weights(form: PortfolioForm, held: Sequence[Holding]) -> dict[str, str]:
    """As they come out where they are not typed."""
    if form.values.get(WEIGHTS.name) == FIXED:
        return {}
    return {row.name(WEIGHT): f"{each.weight:.4g}" for row, each in zip(form.rows, held, strict=True)}


def _rest(held: Sequence[Holding]) -> str:
    rest = reserve_of([each.weight for each in held])
    return f"The rest, {about(rest)} of the capital, stays cash." if rest else "All of the capital is invested."


def _fit(form: PortfolioForm, experiment: Any) -> dict[str, str]:
    own = form.models[form.values[MODEL.name]].fields
    values = {each.name: getattr(experiment.model, name, None) for name, each in own.items()}
    return {name: f"{value:.3g}" for name, value in values.items() if isinstance(value, int | float)}


def told(typed: Mapping[str, str]) -> dict[str, Any]:
    """What ``POST /portfolio/preview`` answers, of the texts of the form; see there."""
    form = PortfolioForm.read(typed)
    found, trouble, waiting = PortfolioPreview(problems=form.problems), "", ""
    if form.can_have_prices:
        try:
            found = preview_of(form, joint_history_for(form, connection.bucket, patience=PATIENCE))
        except StillFetchingError as error:
            waiting = f"{error} …"
        except ParameterError as error:
            found = PortfolioPreview(problems={**form.problems, **error.problems})
        except (FleetError, LibraryError) as error:
            trouble = str(error)
    basis = basis_here()
    judged = form.refused(found.problems)
    hidden = judged.other_problems
    return {
        "problems": {name: sentence(why) for name, why in found.problems.items() if f"{name} {why}" not in hidden},
        "other_problems": [sentence(each) for each in hidden],
        "trouble": sentence(trouble),
        "waiting": waiting,
        "chart": _drawn(found, typed),
        "headline": [each._asdict() for each in found.headline],
        "shown": found.shown,
        "prices": found.prices,
        "weights": dict(found.weights),
        "compares": found.compares,
        "fit": dict(found.fit),
        "folded": folded.words(form),
        "warnings": list(found.warnings),
        "estimate": estimates.estimate_of(found.experiment, basis) if basis and found.experiment else None,
        "measuring": basis is None,
    }


def _drawn(found: PortfolioPreview, typed: Mapping[str, str]) -> Any:
    from montecarlo.charts import themed

    if found.chart is None:
        return None
    return json.loads(themed(found.chart, "dark" if typed.get("theme") == "dark" else "light").to_json())
