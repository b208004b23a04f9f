"""Stylized facts of returns of several symbols, of simulated days and of real ones: correlations, tails, joint crashes.

All is added up in the order of the days, without products of matrices, so that it has the same bits on every processor.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MEAN_CORRELATION = "mean_correlation"
CORRELATION_ON_STORMY_DAYS = "correlation_on_stormy_days"
CORRELATION_OF_MONTHS = "correlation_of_months"
DAYS_WHEN_ALL_FALL = "days_when_all_fall"
JOINT_CRASH_DAYS = "joint_crash_days"
VOLATILITY = "daily_deviation_of_equal_weights"
WORST_DAY = "worst_day_of_equal_weights"
TAIL_LOSS = "mean_of_worst_1_percent_of_days_of_equal_weights"
WORST_MONTH = "worst_month_of_equal_weights"
SKEWNESS = "skewness_of_equal_weights"
KURTOSIS = "kurtosis_of_equal_weights"
SPELLS = "autocorrelation_of_squares_of_equal_weights"

STATISTICS: Mapping[str, str] = MappingProxyType(
    {
        MEAN_CORRELATION: "Correlation of daily returns, mean over all pairs of symbols.",
        CORRELATION_ON_STORMY_DAYS: "The same on the tenth of the days that follow the 21 days which moved most.",
        CORRELATION_OF_MONTHS: "Correlation of returns over 21 days, mean over all pairs.",
        DAYS_WHEN_ALL_FALL: "Share of days on which every symbol falls.",
        JOINT_CRASH_DAYS: "Share of days on which half of the symbols fall below the history's 1 % quantile of each.",
        VOLATILITY: "Standard deviation of the daily return of all symbols in equal parts.",
        WORST_DAY: "Its worst day; it is worse, the more days there are.",
        TAIL_LOSS: "Mean of the worst 1 % of its days.",
        WORST_MONTH: "Its worst 21 days.",
        SKEWNESS: "Skewness of its daily returns.",
        KURTOSIS: "Kurtosis of its daily returns; 3 of a normal distribution.",
        SPELLS: "Correlation of its squared daily returns with those of the day before: calm and stormy spells.",
    }
)
"""What each tells, by name."""

NEARLY = 0.001  # of a number: the worst day of a bootstrap is the history's, but for its last digits
MONTH = 21  # days
STORMY = 0.1  # of the days
CRASH = 0.01  # of a symbol's days in the history


def among(history: FloatArray, low: FloatArray, high: FloatArray) -> NDArray[np.bool_]:
    """Whether what the history has lies between ``low`` and ``high``, but for rounding."""
    almost = NEARLY * np.abs(history)
    return (history >= low - almost) & (history <= high + almost)


def measured(returns: FloatArray, history: FloatArray) -> dict[str, FloatArray]:
    """STATISTICS of each path; NaN where one is undefined, as correlations of one symbol are.

    Args:
        returns: Daily simple returns, shape (days, symbols, paths).
        history: Those of the common days, shape (days, symbols), which say what a crash of each symbol is.
    """
    days, symbols, paths = returns.shape
    equal = _mean_over_symbols(returns)
    crashed = returns < _lowest(history, CRASH)[:, None]
    months = _months(returns)
    equal_months = _months(equal[:, None])[:, 0]
    in_order = np.sort(equal, axis=0)
    worst = max(1, round(CRASH * days))
    deviation, skewness, kurtosis = _moments(equal)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            MEAN_CORRELATION: mean_correlation(returns),
            CORRELATION_ON_STORMY_DAYS: mean_correlation(_stormy(returns)),
            CORRELATION_OF_MONTHS: mean_correlation(months),
            DAYS_WHEN_ALL_FALL: np.count_nonzero((returns < 0).all(axis=1), axis=0) / days,
            JOINT_CRASH_DAYS: np.count_nonzero(2 * np.count_nonzero(crashed, axis=1) >= symbols, axis=0) / days,
            VOLATILITY: deviation,
            WORST_DAY: in_order[0],
            TAIL_LOSS: _total(in_order[:worst]) / worst,
            WORST_MONTH: equal_months.min(axis=0) if len(equal_months) else np.full(paths, np.nan),
            SKEWNESS: skewness,
            KURTOSIS: kurtosis,
            SPELLS: _spells(equal),
        }


def correlations(returns: FloatArray) -> FloatArray:
    """Of each pair of symbols on each path.

    Args:
        returns: Shape (days, symbols, paths).

    Returns:
        Shape (symbols · (symbols - 1) / 2, paths): of the second with the first, of the third with the first and the
        second, and so on; NaN where one of them never moves.
    """
    days, symbols, paths = returns.shape
    if days < 2:
        return np.full((symbols * (symbols - 1) // 2, paths), np.nan)
    centred = returns - _total(returns) / days
    squares = _total(centred * centred)
    still = returns.max(axis=0) == returns.min(axis=0)
    i, j = np.tril_indices(symbols, -1)
    products = np.zeros((len(i), paths))
    for day in centred:  # all pairs at once, which is not many numbers, and not many steps of Python
        products += day[i] * day[j]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.clip(products / np.sqrt(squares[i] * squares[j]), -1.0, 1.0)
    return np.where(still[i] | still[j], np.nan, found)


def mean_correlation(returns: FloatArray) -> FloatArray:
    """Over all pairs of symbols that move, shape (paths,)."""
    pairs = correlations(returns)
    moving = ~np.isnan(pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(_total(np.where(moving, pairs, 0.0)) / np.count_nonzero(moving, axis=0))


def _stormy(returns: FloatArray) -> FloatArray:
    """Days that follow the MONTH days on which the symbols moved most, each in its own deviations; in their order.

    Not the days that move most themselves: these are more correlated even where the correlation never changes.
    """
    days = len(returns)
    if days <= MONTH + 1:
        return returns[:0]
    squares = returns * returns
    means = _total(squares) / days
    moved = np.cumsum(_mean_over_symbols(squares / np.where(means > 0, means, 1.0)), axis=0)
    before = moved[MONTH - 1 : -1].copy()  # of each day from MONTH on
    before[1:] -= moved[: -MONTH - 1]
    chosen = np.argsort(before, axis=0, kind="stable")[len(before) - max(2, round(STORMY * len(before))) :]
    return np.asarray(np.take_along_axis(returns[MONTH:], np.sort(chosen, axis=0)[:, None, :], axis=0))


def _months(returns: FloatArray) -> FloatArray:
    """Returns over MONTH days each, one after the other, shape (months, symbols, paths)."""
    whole = len(returns) // MONTH
    growth = 1 + returns[: whole * MONTH].reshape(whole, MONTH, *returns.shape[1:])
    found = growth[:, 0].copy()
    for day in range(1, MONTH):
        found *= growth[:, day]
    return np.asarray(found - 1)


def _moments(returns: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Standard deviation (n - 1), skewness and kurtosis, shape (paths,)."""
    days = len(returns)
    centred = returns - _total(returns) / days
    squares = centred * centred
    variance = _total(squares) / days
    still = returns.max(axis=0) == returns.min(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        skewness = _total(squares * centred) / days / (variance * np.sqrt(variance))
        kurtosis = _total(squares * squares) / days / (variance * variance)
        deviation = np.sqrt(_total(squares) / (days - 1))
    return (
        np.where(still, 0.0, deviation),
        np.where(still, np.nan, skewness),
        np.where(still, np.nan, kurtosis),
    )


def _spells(returns: FloatArray) -> FloatArray:
    squares = returns * returns
    centred = squares - _total(squares) / len(squares)
    return np.asarray(_total(centred[1:] * centred[:-1]) / _total(centred * centred))


def _lowest(history: FloatArray, share: float) -> FloatArray:
    """The return of each symbol that so many of its days are below, shape (symbols,)."""
    return np.asarray(np.sort(history, axis=0)[round(share * len(history))])


def _mean_over_symbols(values: FloatArray) -> FloatArray:
    """Shape (days, paths), of (days, symbols, paths)."""
    found = values[:, 0].copy()
    for k in range(1, values.shape[1]):
        found += values[:, k]
    return np.asarray(found / values.shape[1])


def _total(values: FloatArray) -> FloatArray:
    """The sum along the first axis, in its order."""
    found = np.zeros(values.shape[1:])
    for each in values:
        found += each
    return found
