"""From the portfolio's form to its job, and from a job back to the form."""

from typing import Any

from fleet import new_job
from fleet.job import PRICES, Job
from montecarlo.data.joint_history import JointHistory
from montecarlo.data.trading_year import GIVEN
from montecarlo.errors import ParameterError
from montecarlo.experiments.holdings import FIXED, Holding, holdings_of
from montecarlo.experiments.simulation import rows_by_default
from montecarlo.strategies import Strategy
from webui.forms import portfolio_fields as fields
from webui.forms import snapshots
from webui.forms.job_fields import SOURCE
from webui.forms.pairs import write_pairs
from webui.forms.portfolio import PortfolioForm
from webui.forms.portfolio_fields import LENGTHS, MODEL, MONEY, MORE, REBALANCING, STRATEGY, WEIGHTS


def weighed(form: PortfolioForm, history: JointHistory) -> tuple[Holding, ...]:
    """The weights alone, whatever else is wrong with the form.

    Raises:
        ParameterError, KeyError: they are wrong themselves.
    """
    weights: Any = form.values[WEIGHTS.name]
    return holdings_of(history, [row.values[fields.WEIGHT] for row in form.rows] if weights == FIXED else weights)


def job(form: PortfolioForm, history: JointHistory, drawn_seed: int | None = None) -> Job:
    """The job that is asked for; there must be no problems.

    Args:
        form: That was read.
        history: The prices that were asked for.
        drawn_seed: Taken where no seed was typed.

    Raises:
        ParameterError: it cannot be made of this history; by name of the field.
    """
    assert form.chosen is not None
    asked = {"seed": drawn_seed, **form.chosen.of_a_portfolio}
    try:
        return new_job.make_portfolio_job(history, form.chosen.of_history(history), **asked)
    except ParameterError as error:
        raise ParameterError(form.by_field(error.problems)) from error


def texts_of(job: Job) -> dict[str, str]:
    """What was typed to simulate the same portfolio of the job's own prices, the seed with the rest."""
    portfolio: Any = job.experiment
    given, model = portfolio.history, portfolio.model
    offered = fields.strategies()
    common = _common([each.strategy for each in portfolio.holdings])
    texts: dict[str, str] = {snapshots.FIELD: job.inputs[PRICES], STRATEGY.name: common.name}
    for number, (holding, source, currency) in enumerate(
        zip(portfolio.holdings, given.sources, given.currencies, strict=True), 1
    ):
        row = {fields.SYMBOL: holding.symbol, fields.WEIGHT: f"{holding.weight:.15g}", SOURCE.name: source}
        row |= {fields.CURRENCY: currency}
        row |= {} if holding.strategy == common else {fields.TRADES: _typed(holding.strategy)}
        texts |= {f"{name}.{number}": text for name, text in row.items() if text}
    own = offered[common.name].fields if common.name in offered else {}
    texts |= {each.name: each.text(common.values[name]) for name, each in own.items()}
    texts |= {each.name: each.text(getattr(portfolio.rules, each.name)) for each in MONEY}
    texts |= {name: each.text(getattr(portfolio.rebalancing, name)) for name, each in REBALANCING.items()}
    texts |= {each.name: each.text(getattr(portfolio, each.name)) for each in LENGTHS}
    texts[MODEL.name] = model.name
    settable = fields.models()[model.name].fields
    texts |= {each.name: _by_hand(model, name) for name, each in settable.items() if name in model.by_hand}
    unasked = rows_by_default(portfolio.iterations)
    more = {
        "warm_up": bool(portfolio.warm_up),
        "seed": portfolio.seed,
        "rows": None if portfolio.rows == unasked else portfolio.rows,
        "uncertainty": portfolio.uncertainty,
    }
    texts |= {each.name: each.text(more[each.name]) for each in MORE}
    if given.year_given:
        texts[GIVEN.name] = str(given.bars_per_year)
    usual = PortfolioForm.filled_in({}).typed
    return {name: text for name, text in texts.items() if text != usual.get(name)}


def _common(strategies: list[Strategy]) -> Strategy:
    """What trades most of them."""
    return max(strategies, key=strategies.count)


def _typed(strategy: Strategy) -> str:
    """As it is typed in a row."""
    own = {
        name: each for name, each in strategy.parameters.items() if name in fields.strategies()[strategy.name].fields
    }
    told = {name: each.written(strategy.values[name]) for name, each in own.items()}
    return f"{strategy.name} {write_pairs(told)}".strip()


def _by_hand(model: Any, name: str) -> str:
    """A drift that was set is that of every symbol."""
    value = getattr(model, name) if hasattr(model, name) else model.drifts[0]
    return f"{value:.15g}"
