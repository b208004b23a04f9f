"""What came of a portfolio in a few sentences that a person can repeat."""

import math
from typing import TYPE_CHECKING

import pandas as pd

from montecarlo.accounting.rebalancing import BAND, NEVER
from montecarlo.data.joint_history import CASH
from montecarlo.data.trading_year import is_daily
from montecarlo.experiments.words import LOSS, percent, range_of_loss, share, spoken, values_of
from montecarlo.models.model import ENOUGH_YEARS
from montecarlo.statistics.portfolio_tally import EQUAL_WEIGHT, NEVER_REBALANCED
from montecarlo.wording import count, day, listed

if TYPE_CHECKING:
    from montecarlo.experiments.portfolio import Portfolio

_NAMED = 4  # symbols; of more the first few and how many more there are


def of_portfolio(
    portfolio: "Portfolio",
    summary: pd.DataFrame,
    beating: pd.DataFrame,
    contributions: pd.DataFrame,
    uncertainty: pd.DataFrame | None = None,
) -> str:
    """How often it loses money and how sure that is, whom it beats, and who loses most where it goes badly.

    Args:
        portfolio: What was asked for.
        summary: Columns ``statistic`` and ``value``.
        beating, contributions: From ``Portfolio.beating`` and ``Portfolio.contributions``.
        uncertainty: From ``Uncertainty.table``; None where it was not found out what the answer is worth.
    """
    value = values_of(summary)
    paths, symbols = int(value["paths"]), portfolio.symbols
    begins = f"In {count(paths, 'future')} like the {_past(portfolio)}, the portfolio"
    loses = share(value[LOSS])
    if uncertainty is not None and (worth := range_of_loss(uncertainty)):
        loses += f" ({worth} if the drift is as uncertain as its history says)"
    ahead = dict(zip(beating["against"], beating["probability"], strict=True))
    said = [f"loses money in {loses}"]
    if len(symbols) > 1:
        hardest = min(symbols, key=lambda symbol: ahead[symbol])
        said.append(f"beats {hardest} alone, its hardest to beat, in {share(ahead[hardest])}")
    elif symbols[0] in ahead:
        said.append(f"beats holding {symbols[0]} in {share(ahead[symbols[0]])}")
    if EQUAL_WEIGHT in ahead and (len(set(portfolio.weights)) > 1 or portfolio.reserve):
        said.append(f"beats equal weights, bought once, in {share(ahead[EQUAL_WEIGHT])}")
    *others, last = said
    sentences = [f"{begins} {', '.join(others)} and {last}." if others else f"{begins} {last}."]
    if NEVER_REBALANCED in ahead and portfolio.rebalancing.rebalance != NEVER:
        again = share(ahead[NEVER_REBALANCED])
        sentences.append(f"Put back to its weights {_when(portfolio)}, it ends above them left alone in {again}.")
    return " ".join([*sentences, *_of_the_worst(value["expected_shortfall_95"], contributions)])


def _past(portfolio: "Portfolio") -> str:
    """Whose past, and how much of it there is where that is little."""
    history, symbols = portfolio.history, portfolio.symbols
    named = listed(symbols, _NAMED)
    if (history.closes - 1) / history.bars_per_year >= ENOUGH_YEARS:
        return f"past of {named}"
    bars = "day" if is_daily(history.bars_per_year) else "bar"
    common = "common " if len(symbols) > 1 else ""
    return f"{count(history.closes, common + bars)} of {named} from {day(history.first)} to {day(history.last)}"


def _of_the_worst(shortfall: float, contributions: pd.DataFrame) -> list[str]:
    """Of the tail: how much is lost there, and with whom most of it."""
    if math.isnan(shortfall):
        return []
    if shortfall <= 0:
        return [f"Even the worst 5 % of them gain {percent(-shortfall)} on average."]
    lost = f"In the worst 5 % it loses {percent(shortfall)} on average"
    symbols = contributions[contributions["symbol"] != CASH]
    if len(symbols) < 2:
        return [f"{lost}."]
    with_each = dict(zip(symbols["symbol"], symbols["expected_shortfall_95"], strict=True))
    worst = max(with_each, key=lambda symbol: with_each[symbol])
    return [f"{lost}, {spoken(with_each[worst]):,.3g} points of it with {worst}."]


def _when(portfolio: "Portfolio") -> str:
    rebalancing = portfolio.rebalancing
    if rebalancing.rebalance == BAND:
        return f"where one is more than {spoken(rebalancing.band or 0.0):,.3g} points off"
    every = rebalancing.every or 1
    return "every day" if every == 1 else f"every {every:,} days"
