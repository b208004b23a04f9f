"""A job's statistics with their 95 % confidence intervals; the one way to them, from the tally of all its paths."""

import io
from collections.abc import Collection
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import FRACTION, Rules
from montecarlo.errors import DamageError
from montecarlo.statistics.controlled import (
    controlled_mean,
    controlled_median,
    controlled_probability_of_loss,
)
from montecarlo.statistics.estimators import (
    NAN,
    Estimate,
    annualised,
    deviation_estimate,
    mean_estimate,
    proportion_estimate,
    quantile_estimate,
    ratio_estimate,
    shortfall_estimate,
)
from montecarlo.statistics.histogram import RELATIVE_ERROR, Distribution
from montecarlo.statistics.of_trades import OF_TRADES, estimates_of_trades
from montecarlo.statistics.tables import whole_table
from montecarlo.statistics.tally import Tally

_CONTROLLED = (
    "without the luck that these paths are known to have had with the market, so more precise; undefined where days "
    "depend on each other, as in the bootstrap, and for fewer than 100 paths"
)
STATISTICS = {
    "paths": "number of simulated paths",
    "capital": "cash at the start, dollars",
    "commission": "paid at each fill, as a fraction of the traded value",
    "slippage": "lost to the market at each fill, as a fraction of the traded value",
    "risk_free": "return per year without risk, over which Sharpe and Sortino ratios measure the excess",
    "unfilled_paths": "paths on which cash could not pay an order, which was then not filled",
    "absorbed_paths": "paths whose price fell to zero, where it stays",
    "quantile_error": "largest relative error of a quantile's final value or drawdown: 0 for exact order statistics",
    "return_mean": "mean over the whole horizon; a few paths that grow very much pull it far above the median",
    "return_mean_controlled": f"mean return {_CONTROLLED}",
    "return_median": "half of the paths return less, half more: the usual outcome",
    "return_median_controlled": f"median return {_CONTROLLED}",
    "return_std": "how far returns differ from path to path: their standard deviation (n - 1)",
    "return_q01": "one path in 100 returns less",
    "return_q05": "one path in 20 returns less",
    "return_q25": "one path in four returns less",
    "return_q75": "one path in four returns more",
    "return_q95": "one path in 20 returns more",
    "return_q99": "one path in 100 returns more",
    "value_at_risk_95": "one path in 20 loses a larger share of the capital; below zero where even that one gains",
    "value_at_risk_99": "one path in 100 loses a larger share of the capital; below zero where even that one gains",
    "expected_shortfall_95": "what the worst 5 % of the paths lose on average, as a share of the capital",
    "expected_shortfall_99": "what the worst 1 % of the paths lose on average, as a share of the capital",
    "probability_of_loss": "share of the paths that end with less than the capital, after costs",
    "probability_of_loss_controlled": f"probability of loss {_CONTROLLED}",
    "probability_of_beating_buy_and_hold": "share of the paths that end above buying and holding, at the same costs",
    "max_drawdown_mean": "how far a path falls from its highest value until then, at its worst, on average; as a share "
    "of that value",
    "max_drawdown_q95": "one path in 20 falls further than this from its highest value until then",
    "annual_return_median": "return per year that compounds to the median return; half of the paths have less",
    "annual_volatility_mean": "how much equity moves in a year, on average: deviation of daily returns times "
    "√(days of a year)",
    "sharpe_mean": "return per year over the risk-free rate, for each unit of volatility; mean over the paths that "
    "have one",
    "sortino_mean": "return per year over the risk-free rate, for each unit of fall below it, so gains are no risk; "
    "mean over the paths that have a day below it",
    "calmar_mean": "compound return per year for each unit of the deepest fall; mean of the paths that have one",
    "longest_drawdown_mean": "how many days in a row a path is below an earlier peak at its longest, on average: the "
    "patience that is needed",
    "win_rate": "share of all trades that gained after costs; one still open counts at its market value. It does not "
    "say how much they gained",
    "turnover_mean": "value bought and sold per year, in multiples of mean equity: costs are paid on that",
}

CONTROLLED = "_controlled"
"""How the names of those end that are undefined where days depend on each other."""

WITH_TRADES = STATISTICS | OF_TRADES
"""What the summaries of simulations have whose orders are kept within the day."""

BEFORE_CONTROLS = tuple(name for name in STATISTICS if not name.endswith(CONTROLLED))
"""What the summaries of jobs of engine 4 and earlier have."""


def summarise(tally: Tally, rules: Rules, days: int, bars_per_year: int, rows: Rows | None = None) -> pd.DataFrame:
    """Each statistic of STATISTICS with the ends of its 95 % confidence interval, NaN where undefined.

    Behind them are those OF_TRADES, where the tally is of a simulation whose orders are kept within the day.

    Args:
        tally: Of all paths.
        rules: What they were traded under.
        days: How many were simulated.
        bars_per_year: How many of them make a year.
        rows: All paths.  With them quantiles are order statistics, otherwise they come from the tally's histograms.

    Returns:
        Columns ``statistic``, ``value``, ``low``, ``high``; returns, losses, drawdowns and rates are fractions.

    Sources:
        Proportions: Wilson (1927), J. Amer. Statist. Assoc. 22.  Quantiles: David and Nagaraja (2003), "Order
        Statistics", 7.1.  Mean return: Hall (1992), "On the removal of skewness by transformation", J. R. Statist.
        Soc. B 54; other means: the central limit theorem.  Standard deviation: its logarithm, with the delta method's
        standard error and critical values of a bootstrap-t (Hall 1988, Annals of Statistics 16) from the log-normal
        whose tails are as heavy, as Davidson and Flachaire (2007), J. Econometrics 141, draw from a fitted tail.
        Expected shortfall: Rockafellar and Uryasev (2002), J. Banking and Finance 26, with the variance of its
        influence function and critical values of a bootstrap-t from an exponential tail.  Win rate: ratio estimator
        with paths as units, Cochran (1977), "Sampling Techniques", 2.11.
        Controlled estimates: see ``montecarlo.statistics.controlled``.
    """
    returns, drawdowns = _distributions(tally, rows)
    wealth = Distribution.of_histogram(tally.wealth)  # has the shape of returns, whether there are rows or not
    estimates: dict[str, Estimate] = {
        "paths": _known(tally.paths),
        "capital": _known(rules.capital),
        "commission": _known(rules.commission if rules.commission_model == FRACTION else NAN),
        "slippage": _known(rules.slippage if rules.slippage_model == FRACTION else NAN),
        "risk_free": _known(rules.risk_free),
        "unfilled_paths": _known(tally.events["unfilled"]),
        "absorbed_paths": _known(tally.events["absorbed"]),
        "quantile_error": _known(RELATIVE_ERROR if rows is None else 0.0),
        "return_mean": mean_estimate(*tally.powers("return"), skewness=wealth.skewness()),
        "return_mean_controlled": controlled_mean(tally),
        "return_median": quantile_estimate(returns, tally.paths, 0.5),
        "return_median_controlled": controlled_median(tally, returns),
        "return_std": deviation_estimate(*tally.powers("return", 4), returns=wealth),
    }
    for percent in (1, 5, 25, 75, 95, 99):
        estimates[f"return_q{percent:02}"] = quantile_estimate(returns, tally.paths, percent / 100)
    for percent in (95, 99):
        value, low, high = estimates[f"return_q{100 - percent:02}"]
        estimates[f"value_at_risk_{percent}"] = -value, -high, -low
    for percent in (95, 99):
        estimates[f"expected_shortfall_{percent}"] = shortfall_estimate(returns, tally.paths, (100 - percent) / 100)
    estimates["probability_of_loss"] = proportion_estimate(tally.events["loss"], tally.paths)
    estimates["probability_of_loss_controlled"] = controlled_probability_of_loss(tally)
    estimates["probability_of_beating_buy_and_hold"] = proportion_estimate(tally.events["beats_hold"], tally.paths)
    estimates["max_drawdown_mean"] = mean_estimate(*tally.powers("max_drawdown"))
    estimates["max_drawdown_q95"] = quantile_estimate(drawdowns, tally.paths, 0.95)
    value, low, high = (annualised(end, days, bars_per_year) for end in estimates["return_median"])
    estimates["annual_return_median"] = value, low, high  # it grows with the return, so ends stay ends
    for name in ("annual_volatility", "sharpe", "sortino", "calmar", "longest_drawdown", "turnover"):
        estimates[f"{name}_mean"] = mean_estimate(*tally.powers(name))
    estimates["win_rate"] = ratio_estimate(tally, "wins", "trades")
    of_trades = estimates_of_trades(tally)
    numbers = np.array([*(estimates[name] for name in STATISTICS), *of_trades.values()]) + 0.0  # no -0.0
    summary = pd.DataFrame(numbers, columns=_ends())
    names = _names(with_trades=bool(of_trades))
    summary.insert(0, "statistic", names)  # a quarter less work than a frame of four separate columns
    return summary


def summary_to_csv(summary: pd.DataFrame) -> bytes:
    """A summary as CSV; a number reads back as the same bits, and what is undefined is empty."""
    buffer = io.BytesIO()
    table = pa.table({name: pa.array(summary[name].to_numpy(), from_pandas=True) for name in summary.columns})
    pa.csv.write_csv(table, buffer, pa.csv.WriteOptions(quoting_style="none"))
    return buffer.getvalue()


def summary_from_csv(content: bytes) -> pd.DataFrame:
    """The summary that ``summary_to_csv`` wrote."""
    return pd.read_csv(io.BytesIO(content))


def require_summary(content: bytes, *lists: Collection[str]) -> None:
    """
    Args:
        content: The file.
        lists: The statistics that it may have, those of this version first.

    Raises:
        ValueError: it is no longer the summary that ``summary_to_csv`` wrote.
    """
    numbers, lines = _ends(), content.count(b"\n") - 1
    statistics = next((each for each in lists if len(each) == lines), lists[0])
    table = whole_table(content, ["statistic", *numbers], numbers, len(statistics))
    if list(table["statistic"]) != list(statistics):
        raise DamageError("it has other statistics than were written")


# pandas takes longer to make these two than all estimates take.


@cache
def _names(with_trades: bool) -> "pd.Series[str]":
    return pd.Series(list(WITH_TRADES if with_trades else STATISTICS))


@cache
def _ends() -> "pd.Index[str]":
    return pd.Index(["value", "low", "high"])


def _known(value: float) -> Estimate:
    return float(value), NAN, NAN


def _distributions(tally: Tally, rows: Rows | None) -> tuple[Distribution, Distribution]:
    if rows is None:
        wealth = Distribution.of_histogram(tally.wealth)
        return wealth.shift(-1.0), Distribution.of_histogram(tally.drawdown)
    return (
        Distribution.of_sample(np.asarray(rows["return"], np.float64)),
        Distribution.of_sample(np.asarray(rows["max_drawdown"], np.float64)),
    )
