"""Differences between simulations as a person repeats them."""

import math
from typing import TYPE_CHECKING

from montecarlo.statistics.estimators import Estimate
from montecarlo.wording import count, percent

if TYPE_CHECKING:
    from montecarlo.experiments.comparison import Difference


def in_words(each: "Difference") -> str:
    """What a person can repeat."""
    if each.is_paired:
        return _paired_in_words(each)
    told = f"{_told(each)}. They are not compared path by path, because {each.unpaired}"
    if not each.independent:
        told += "; the interval allows for any way in which their paths may hang together"
    return f"{told}. {each.advice}".strip()


def narrowing_in_words(each: "Difference") -> str:
    """What the common paths are worth, in a sentence; empty where that cannot be told."""
    if not math.isfinite(each.narrowing):
        return ""
    times = f"{each.narrowing:,.0f}" if each.narrowing >= 10 else f"{each.narrowing:.1f}"
    return f"With paths of its own for each of the two, the interval would be {times} times as wide."


def difference_in_words(estimate: Estimate) -> tuple[str, str]:
    """A difference of fractions and its interval, such as "+3.1 %" and "+2.8 to +3.4 %"; empty where undefined."""
    value, low, high = estimate
    digits = _digits(low, high)
    interval = "" if math.isnan(low) else f"{_points(low, digits, '+')} to {_points(high, digits, '+')} %"
    return "" if math.isnan(value) else f"{_points(value, digits, '+')} %", interval


def _paired_in_words(each: "Difference") -> str:
    on = f"On the same {count(each.paths, 'path')}"
    above, low, high = each.probability_above
    below, _, _ = each.probability_below
    if not above and not below:
        return f"{on}, {each.first} and {each.second} end alike on every one."
    digits = _digits(low, high)
    odds = f"{_points(above, digits)} % of them ({_points(low, digits)} to {_points(high, digits)} %)"
    told = f"{on}, {_told(each)}, and above it on {odds if 0 < above < 1 else 'every one' if above else 'none of them'}"
    even = 1 - above - below
    return f"{told}; on {percent(even)} they end alike." if even > 1e-9 else f"{told}."


def _told(each: "Difference") -> str:
    """By how much the first ends above the second, or below it."""
    value, low, high = each.means["return"]
    digits, side = _digits(low, high), "above" if value >= 0 else "below"
    size = f"{each.first} ends {_points(abs(value), digits)} % of the capital"
    if math.isnan(low):
        return f"{size} {side} {each.second} on average"
    if low < 0 < high:
        chance = f"{_points(low, digits, '+')} to {_points(high, digits, '+')} %"
        return f"{size} {side} {each.second} on average, which may be chance ({chance})"
    ends = sorted((abs(low), abs(high)))
    interval = f"{_points(ends[0], digits)} to {_points(ends[1], digits)} %"
    return f"{size} ({interval}) {side} {each.second} on average"


def _digits(low: float, high: float) -> int:
    """Of a percentage, so that the half-width of its interval shows one that counts."""
    half = 50 * (high - low)
    return min(max(-math.floor(math.log10(half)), 0), 6) if half > 0 else 1


def _points(fraction: float, digits: int, sign: str = "") -> str:
    written = f"{100 * fraction:{sign},.{digits}f}"
    return written if any(digit in "123456789" for digit in written) else written.lstrip("+-")
