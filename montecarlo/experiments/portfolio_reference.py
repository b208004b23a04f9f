"""A portfolio in plain Python and NumPy: slow, short, and what the compiled stages are tested against."""

import numpy as np

from montecarlo.accounting.account import FloatArray, buy_and_hold
from montecarlo.accounting.portfolio_account import PortfolioLedger, keep_portfolio, total
from montecarlo.accounting.portfolio_rows import gains_of, rows_of_portfolio, shares_of
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.portfolio_paths import PortfolioPaths


def simulate_portfolio_paths(portfolio: Portfolio, first: int, stop: int) -> PortfolioPaths:
    """The paths from ``first`` up to but not including ``stop``."""
    prices = simulate_closes(portfolio, first, stop)
    ledger = ledger_of(portfolio, prices)
    rules, bars_per_year = portfolio.rules, portfolio.model.bars_per_year
    idle, first_fill = rules.idle_growth(bars_per_year), portfolio.first_fill
    alone = [buy_and_hold(prices[:, k], first_fill, rules, idle)[-1] for k in range(prices.shape[1])]
    saved = rules.capital * idle**portfolio.days
    hold_value = total([np.full(stop - first, portfolio.reserve * saved), *map(np.multiply, portfolio.weights, alone)])
    rows = rows_of_portfolio(
        ledger,
        prices,
        weights=portfolio.weights,
        reserve=portfolio.reserve,
        hold_value=hold_value,
        first_fill=first_fill,
        rules=rules,
        bars_per_year=bars_per_year,
        first_path=first,
    )
    gains, shares = gains_of(ledger, portfolio.weights), shares_of(ledger)[-1]
    return PortfolioPaths(rows, gains.T, np.stack(alone, axis=1) / rules.capital, shares.T)


def simulate_closes(portfolio: Portfolio, first: int, stop: int) -> FloatArray:
    """Closes in dollars, shape (days + 1, symbols, paths)."""
    growth = portfolio.model.growth(portfolio.seed, first, stop - first, portfolio.days)
    start = np.broadcast_to(np.reshape(portfolio.model.start_prices, (1, -1, 1)), (1, *growth.shape[1:]))
    return np.asarray(np.concatenate([start, growth]).cumprod(axis=0))


def ledger_of(portfolio: Portfolio, prices: FloatArray) -> PortfolioLedger:
    """The account on these closes, shape (days + 1, symbols, paths)."""
    warm_up, targets = portfolio.warm_up_closes, np.zeros(prices.shape, np.int8)
    for k, holding in enumerate(portfolio.holdings):
        needed = min(portfolio.warm_up, holding.strategy.first_decision)
        before = np.tile(warm_up[portfolio.warm_up - needed :, k, None], prices.shape[2])
        targets[:, k] = holding.strategy.targets(np.vstack([before, prices[:, k]]))[needed:]
    return keep_portfolio(
        prices,
        targets,
        weights=portfolio.weights,
        reserve=portfolio.reserve,
        first_fills=portfolio.first_fills,
        rebalancing=portfolio.rebalancing,
        rules=portfolio.rules,
        idle=portfolio.rules.idle_growth(portfolio.model.bars_per_year),
    )
