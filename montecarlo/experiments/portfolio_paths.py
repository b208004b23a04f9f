"""What becomes of a range of a portfolio's paths: its values handed to the compiled stages."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.equity_days import equity_days
from montecarlo.accounting.results import rows_of_results
from montecarlo.accounting.rows import Rows
from montecarlo.engine.lanes import LANES, Stage
from montecarlo.engine.portfolio_account import HOLDING, PORTFOLIO_TERMS
from montecarlo.engine.portfolio_stages import Outcome, Space, TradingSpace, hold_groups, trade_groups
from montecarlo.experiments.paths import idle_terms
from montecarlo.experiments.portfolio_strategies import closes_of, told_by_numpy, trading_space
from montecarlo.models.joint import JointDrawn
from montecarlo.strategies import BuyAndHold
from montecarlo.strategies.strategy import COLUMNS

if TYPE_CHECKING:
    from montecarlo.experiments.portfolio import Portfolio

FloatArray = NDArray[np.float64]
Days = NDArray[np.int64]


class PortfolioPaths(NamedTuple):
    """What became of some paths.

    Attributes:
        rows: As of a simulation, without CONTROLS.
        gains: What each symbol made of the capital, its costs included, as fractions of the capital, shape (paths,
            symbols).  With the interest on the reserve they add up to the return; what a strategy's own cash earns is
            its symbol's.
        holds: Final value over capital of all of it in one symbol, bought at the first fill and kept, same shape.
        weights: Of each symbol in the account at the end, same shape; 0 where nothing of it is held, NaN where nothing
            is left of the account.
    """

    rows: Rows
    gains: FloatArray
    holds: FloatArray
    weights: FloatArray


def simulate_portfolio_paths(
    portfolio: "Portfolio", first: int, stop: int, drawn: JointDrawn | None = None
) -> PortfolioPaths:
    """The paths from ``first`` up to but not including ``stop``; with ``drawn``, under models other than its own."""
    grid = equity_days(portfolio.first_fill, portfolio.days)
    found = _simulate(portfolio, first, stop, grid, drawn)
    rows = rows_of_results(
        found.results,
        found.curves,
        portfolio.days,
        portfolio.first_fill,
        portfolio.rules,
        bars_per_year=portfolio.model.bars_per_year,
        first_path=first,
        expected=None,
    )
    return PortfolioPaths(rows, *(np.ascontiguousarray(each.T) for each in (found.gains, found.holds, found.shares)))


def simulate_portfolio_drawn(portfolio: "Portfolio", drawn: JointDrawn, first: int, stop: int) -> NDArray[np.void]:
    """Records RESULT, shape (paths,), of the paths from ``first``, which begins a block."""
    return _simulate(portfolio, first, stop, np.empty(0, np.int64), drawn).results


def _simulate(portfolio: "Portfolio", first: int, stop: int, grid: Days, drawn: JointDrawn | None) -> Outcome:
    drawn = drawn or portfolio.model.drawn()
    paths = stop - first
    if not all(isinstance(each.strategy, BuyAndHold) for each in portfolio.holdings):
        return _trade(portfolio, first, paths, grid, drawn)
    symbols, lanes = len(portfolio.holdings), -(-paths // LANES) * LANES
    outcome, fallen = Outcome.empty(symbols, lanes, len(grid)), np.empty(lanes, np.int8)
    drawing = np.uint64(portfolio.seed), first, drawn.parameters, drawn.table
    terms = _holdings(portfolio), _terms(portfolio), portfolio.days
    hold_groups()(drawn.stage, drawing, *terms, Space.of(symbols), grid, outcome, fallen)
    # A price that has fallen to zero is known to the other account alone; that is the path's, and not its neighbours'.
    for group in np.unique(np.flatnonzero(fallen) // LANES).tolist():
        begin = group * LANES
        models = drawn.parameters[[group % len(drawn.parameters)]]
        again = _trade(portfolio, first + begin, LANES, grid, drawn._replace(parameters=models))
        some = np.flatnonzero(fallen[begin : begin + LANES])
        outcome.put(begin + some, again.of(some))
    return outcome.of(slice(paths))


def _trade(portfolio: "Portfolio", first: int, paths: int, grid: Days, drawn: JointDrawn) -> Outcome:
    if not told_by_numpy(portfolio):
        return _trade_by(portfolio, trading_space(portfolio), range(first, first + paths), grid, drawn)
    # Groups begin at fixed paths, so that a path has the same neighbours in whatever shard it is.
    before, parts = first % COLUMNS, []
    for at in range(first - before, first + paths, COLUMNS):
        models = drawn._replace(parameters=np.roll(drawn.parameters, (first - at) // LANES, axis=0))
        space = trading_space(portfolio, closes_of(portfolio, at, models))
        parts.append(_trade_by(portfolio, space, range(at, at + COLUMNS), grid, models))
    return Outcome.joined(parts).of(slice(before, before + paths))


def _trade_by(
    portfolio: "Portfolio",
    strategies: tuple[tuple[Stage, ...], TradingSpace],
    paths: range,
    grid: Days,
    drawn: JointDrawn,
) -> Outcome:
    symbols, lanes = len(portfolio.holdings), -(-len(paths) // LANES) * LANES
    outcome = Outcome.empty(symbols, lanes, len(grid))
    drawing = np.uint64(portfolio.seed), paths.start, drawn.parameters, drawn.table
    terms = _holdings(portfolio), _terms(portfolio), portfolio.days
    stages, trading = strategies
    trade_groups()(drawn.stage, drawing, *terms, Space.of(symbols), trading, grid, outcome, *stages)
    return outcome.of(slice(len(paths)))


def _holdings(portfolio: "Portfolio") -> NDArray[np.void]:
    told = zip(portfolio.weights, portfolio.model.start_prices, portfolio.first_fills, strict=True)
    return np.array(list(told), HOLDING)


def _terms(portfolio: "Portfolio") -> NDArray[np.void]:
    rules, days, bars_per_year = portfolio.rules, portfolio.days, portfolio.model.bars_per_year
    rebalancing, idle = portfolio.rebalancing, rules.idle_growth(bars_per_year)
    told = (
        portfolio.first_fill,
        rules.delay,
        rebalancing.every or 0,
        np.inf if rebalancing.band is None else rebalancing.band,
        rules.cost,
        portfolio.reserve,
        rules.risk_free / bars_per_year,
        bars_per_year / days,
        *idle_terms(idle, portfolio.first_fill, days),
        idle_terms(idle, 0, days)[-1],
    )
    return np.array([told], PORTFOLIO_TERMS)
