"""The highest and the lowest point of a Brownian bridge, each a function of (seed, path, day) alone, in plain NumPy.

A day's path, in units of its standard deviation, begins at 0 and ends at x; between its ends it is a Brownian bridge.
The maximum M is exact: 2 M - x = y = sqrt(x² - 2 log U) for a uniform number U.  The minimum is drawn from its
distribution given M and both ends, by the method of images.  With w twice the range of the day, d = |x| and
g(z) = z exp(-z²/2), the probability that the range is larger is

    S(w) = sum over m = 1, 2, ... of (m [g(mw - d) + g(mw + d)] - (m - 1) g(mw - y) - (m + 1) g(mw + y)) / g(y)

from w = y + d on, where it is one.  Three terms of the sum are taken, and S(w) = V is solved for a uniform number V by
one step of Halley's method for log S, from a polynomial that is right to 0.01 in V as a rule.

The probability that a day reaches both of two levels is wrong by less than 0.0001 over all days, and by less than
0.0004 over days that end at any one x (by 0.0003 of 0.587, where x = 0, for levels 0.5 above and 0.1 below).  For
levels of 0.8 on either side, which are both reached on 3.27 % of days, and on 1.19 % of those with x = 0, it is wrong
by less than 0.00001.

The arithmetic is IEEE 754 single precision without library functions, so the bits are the same everywhere.

Sources:
    A bridge between two walls: Karatzas, Shreve (1991), "Brownian Motion and Stochastic Calculus", 2.8 and 4.3;
    S is the derivative of that by the upper wall.
    Pitman (1975), "One-dimensional Brownian motion and the three-dimensional Bessel process", Adv. Appl. Probab. 7.
"""

import math
from collections.abc import Iterable, Sequence
from functools import reduce

import numpy as np

from montecarlo.engine.normals import Singles, Words, horner, minus_two_log, words

MAXIMUM, MINIMUM = 1, 2
"""Streams of random words beside that of the closes, which is 0."""

FURTHEST = 100.0  # deviations from open to close: beyond its ends, a day that goes further does next to nothing
LEAST = 0.05  # a smaller y, once in 30,000 days, is taken for it: S hardly changes there, but by rounding
LONGEST = 0.4  # of steps
FLATTEST = -1e-12  # slope of S: what rounding has left of a smaller one would be divided by
START = (
    ((-0.76029384,),),
    (
        (5.703182,),
        (-1.3717424, 0.8724034),
    ),
    (
        (-1.4763808,),
        (0.7773458, -4.9652867),
        (-0.7372296, 3.63104, 1.7493359),
    ),
    (
        (-4.0235243,),
        (1.320528, 7.4158144),
        (0.37187034, -2.5554857, -2.878303),
        (-0.019863464, 0.023686228, 0.5377159, 0.039907094),
    ),
)
"""What (w - d)² is more than y² - 2 log V, about: polynomial in 1 / (1 + y²), d / y and sqrt(-2 log V), fitted to the
roots of S.  Highest powers first: of the first for each row, of the second in a row, of the third in each bracket."""

POWERS = (0.00134004, 0.00967604, 0.05550327, 0.24022107, 0.69314718, 1.0)
"""2 to the f up to a half on either side of zero, highest power of f first."""
ROUND = 1.5 * 2.0**23  # adding it leaves the nearest whole number in the low bits
ONE_BITS, MANTISSA = 0x3F800000, 23
MINUS_HALF = -0.5 * 1.4426950408889634  # an exponent of e, doubled and its sign changed, in powers of two

# Less than these is taken for these, so that no product is too small for single precision: processors of Intel would
# take a hundred times as long.  What it changes is less than a ten-thousandth of S.
NEAR, OTHERS, SECOND, THIRD, FAR = -40.0, -60.0, 2.0**-20, 2.0**-10, 2.0**-8


def way(mean: float, deviation: float, least: float = -math.inf) -> tuple[float, float, float]:
    """What makes a day's draw its way from open to close in deviations: what is added to it, and the bounds of the sum.

    Args:
        mean, deviation: Of the way, in whatever unit; where there is no deviation the answer is of no consequence.
        least: The way at least, in the same unit.
    """
    if deviation == 0:
        return 0.0, 0.0, 0.0
    shift = min(max(mean / deviation, -2 * FURTHEST), 2 * FURTHEST)  # the sum is beyond its bound all the same
    return shift, max(least / deviation, -FURTHEST), FURTHEST


def extremes(draws: Singles, way: Sequence[float], seed: int, first_path: int) -> tuple[Singles, Singles]:
    """How far each day goes above the higher and below the lower of its ends, in its standard deviations.

    Args:
        draws: From ``normals`` of the same seed and first path, shape (days, paths).
        way: From ``way``.
    """
    days, paths = draws.shape
    shift, lowest, highest = (np.float32(number) for number in way)
    x = np.minimum(np.maximum(draws + shift, lowest), highest)
    above = above_ends(x, words(seed, first_path, paths, days, MAXIMUM))
    return above, below_ends(x, above, words(seed, first_path, paths, days, MINIMUM))


def above_ends(x: Singles, word: Words) -> Singles:
    """How far the maximum is above the higher end."""
    d = np.abs(x)
    return np.float32(0.5) * (np.sqrt(d * d + minus_two_log(word)) - d)


def below_ends(x: Singles, above: Singles, word: Words) -> Singles:
    """How far the minimum is below the lower end, where the maximum is ``above`` the higher one."""
    half, one = np.float32(0.5), np.float32(1)
    d = np.abs(x)
    y = np.maximum(above + above + d, np.float32(LEAST))
    surprise = minus_two_log(word)
    s = start(y, d, surprise)
    survival, slope, curvature = images(s, y, d)

    aimed = y * ((word.astype(np.float32) + half) * np.float32(2.0**-32))
    excess, both = survival - aimed, survival + aimed
    inverse = one / np.minimum(slope, np.float32(FLATTEST))
    ratio = survival * inverse
    bend = ratio * (curvature * inverse) - one
    step = excess * (ratio + ratio) / np.maximum(both - excess * bend, half * both)
    step = np.maximum(np.minimum(step, np.float32(LONGEST)), np.float32(-LONGEST))
    found: Singles = half * np.maximum(s - step - y, np.float32(0))
    return found


def start(y: Singles, d: Singles, surprise: Singles) -> Singles:
    """About w - d where S is V, of which ``surprise`` is -2 log."""
    square = y * y
    more = square + np.float32(1)
    inverse = np.divide(np.float32(1), y * more)
    a, b, c = y * inverse, d * (more * inverse), np.sqrt(surprise)
    beyond = nested(a, (nested(b, (horner(c, bracket) for bracket in row)) for row in START))
    found: Singles = np.sqrt(square + np.maximum(surprise + beyond, np.float32(0)))
    return found


def nested(x: Singles, coefficients: Iterable[Singles]) -> Singles:
    """A polynomial whose coefficients are arrays, highest power first."""
    y, *others = coefficients
    for coefficient in others:
        y = np.add(y * x, coefficient)
    return y


def images(s: Singles, y: Singles, d: Singles) -> tuple[Singles, Singles, Singles]:
    """y times S, at w = s + d, and the first and second derivative of that."""
    two, three, four = (np.float32(m) for m in (2, 3, 4))
    w = s + d
    twice = w + w
    near, far = power(NEAR, (s - y) * (s + y)), power(OTHERS, twice * (d + d))
    wide, beside = power(OTHERS, w * w), power(OTHERS, twice * y)
    inner, outer = power(OTHERS, twice * s), power(OTHERS, twice * (w - y))

    # exp((y² - z²) / 2) of each image, from those of the images nearer by.
    least, first = np.float32(SECOND), wide * beside
    second = np.maximum(first, least)
    narrow = np.maximum(wide, np.float32(THIRD))
    square = narrow * narrow
    onwards = np.maximum(wide * inner, least)
    across = np.maximum(wide * outer, least)
    away = np.maximum(far, np.float32(FAR))
    near2 = near * onwards
    near3 = near2 * onwards * square
    beyond2 = second * second * square
    beyond3 = beyond2 * second * square * square

    w2, w3 = twice, twice + w
    value1, slope1, curve1 = added((w - d, near), (w + d, near * far), (w + y, -two * first))
    value2, slope2, curve2 = added(
        (w2 - d, two * near2),
        (w2 + d, two * near2 * (away * away)),
        (w2 - y, -(outer * outer)),
        (w2 + y, -three * beyond2),
    )
    value3, slope3, curve3 = added(
        (w3 - d, three * near3),
        (w3 + d, three * near3 * (away * away * away)),
        (w3 - y, -two * (across * across * across)),
        (w3 + y, -four * beyond3),
    )
    return (
        value1 + value2 + value3,
        slope1 + two * slope2 + three * slope3,
        curve1 + four * curve2 + three * three * curve3,
    )


def added(*terms: tuple[Singles, Singles]) -> tuple[Singles, Singles, Singles]:
    """The sum of ``size * z``, where ``size`` is a multiple of exp(-z²/2), and its first and second derivative by z."""
    parts = [(size * z, size * (np.float32(1) - z * z), size * z * (z * z - np.float32(3))) for z, size in terms]
    value, slope, curve = (reduce(np.add, each) for each in zip(*parts, strict=True))
    return value, slope, curve


def power(least: float, double: Singles) -> Singles:
    """exp(-double / 2), but 2 to the ``least`` at least."""
    exponent = np.maximum(double * np.float32(MINUS_HALF), np.float32(least))
    shifted = exponent + np.float32(ROUND)
    fraction = exponent - (shifted - np.float32(ROUND))
    scale = (shifted.view(np.int32) << np.int32(MANTISSA)) + np.int32(ONE_BITS)
    found: Singles = horner(fraction, POWERS) * scale.view(np.float32)
    return found
