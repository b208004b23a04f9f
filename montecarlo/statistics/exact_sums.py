"""Sums of doubles without rounding, as whole multiples of 2**-1074, and moments from them, which are rounded once."""

import math

_FRACTION_BITS = 1074  # every double is a whole multiple of 2**-1074
ONE = 1 << _FRACTION_BITS

_NO_VARIANCE = 1e-14  # of the mean square: a smaller variance is the rounding of the squares

# In whole numbers throughout, because a fraction would be reduced at every step.


def exact(value: float) -> int:
    """A finite double as a whole multiple of 2**-1074."""
    numerator, denominator = value.as_integer_ratio()
    return numerator << _FRACTION_BITS - (denominator.bit_length() - 1)


def mean(count: int, total: int) -> float:
    """Mean of values, from how many there are and their exact sum."""
    return total / (count * ONE)


def variance(count: int, total: int, squares: int) -> float:
    """Variance (n - 1) of values, from exact sums of them and of their squares; NaN for fewer than two."""
    if count < 2:
        return math.nan
    spread, scaled = count * squares * ONE - total**2, count * squares * ONE
    if scaled == 0 or spread / scaled <= _NO_VARIANCE:
        return 0.0
    return spread / (count * (count - 1) * ONE**2)


def fourth_moment(count: int, s1: int, s2: int, s3: int, s4: int) -> float:
    """Mean fourth power of the distance of values from their mean, from the exact sums of their four powers."""
    n = count * ONE
    return (s4 * n**3 - 4 * s3 * s1 * n**2 + 6 * s2 * s1**2 * n - 3 * s1**4) / n**4
