"""Extremes of Brownian bridges for a group of lanes, the same bits as those of ``bridge``."""

import math

import numpy as np

from montecarlo.engine import bridge as reference
from montecarlo.engine.generator import draw_words, horner, minus_two_log
from montecarlo.engine.lanes import LANES, inline
from montecarlo.engine.normals import DAYS_AT_ONCE

# Every constant is a float32: see ``generator``.
_START = tuple(tuple(tuple(np.float32(c) for c in bracket) for bracket in row) for row in reference.START)
_ROW3, _ROW2, _ROW1, _ROW0 = _START
_POWERS = tuple(np.float32(c) for c in reference.POWERS)
_HALF, _ONE, _TWO, _THREE, _FOUR, _NINE = (np.float32(c) for c in (0.5, 1, 2, 3, 4, 9))
_NEAR, _OTHERS, _SECOND, _THIRD, _FAR = (
    np.float32(c) for c in (reference.NEAR, reference.OTHERS, reference.SECOND, reference.THIRD, reference.FAR)
)
_LEAST, _LONGEST, _FLATTEST = (np.float32(c) for c in (reference.LEAST, reference.LONGEST, reference.FLATTEST))
_ZERO, _MINUS_HALF, _ROUND = (np.float32(c) for c in (0, reference.MINUS_HALF, reference.ROUND))
_UNIT = np.float32(2.0**-32)
_ONE_BITS, _MANTISSA = np.int32(reference.ONE_BITS), np.int32(reference.MANTISSA)


@inline
def draw_extremes(scratch, way, seed, first_path, first_day):  # type: ignore[no-untyped-def]
    """Fill ``scratch.above`` and ``scratch.below`` for the days whose draws are in ``scratch.draws``.

    Args:
        scratch: A record DRAWS; its draws are used up.
        way: The three numbers of ``bridge.way``.
        seed, first_path, first_day: As of ``draw_normals``.
    """
    shift, lowest, highest = np.float32(way[0]), np.float32(way[1]), np.float32(way[2])
    words, draws, above, below = scratch.words, scratch.draws, scratch.above, scratch.below
    draw_words(scratch, seed, first_path, first_day, reference.MAXIMUM)
    for i in range(DAYS_AT_ONCE * LANES):
        d = abs(min(max(draws[i] + shift, lowest), highest))
        draws[i] = d
        above[i] = _HALF * (np.float32(math.sqrt(d * d + minus_two_log(words[i]))) - d)
    draw_words(scratch, seed, first_path, first_day, reference.MINIMUM)
    for i in range(DAYS_AT_ONCE * LANES):  # in two loops: a quarter faster, because registers last for either
        below[i] = _start(_between(draws[i], above[i]), draws[i], minus_two_log(words[i]))
    for i in range(DAYS_AT_ONCE * LANES):
        below[i] = _below(draws[i], _between(draws[i], above[i]), below[i], words[i])


@inline
def _between(d, above):  # type: ignore[no-untyped-def]
    """From either end to the maximum and on to the other end."""
    return max(above + above + d, _LEAST)


@inline
def _below(d, y, s, word):  # type: ignore[no-untyped-def]
    survival, slope, curvature = _images(s, y, d)
    aimed = y * ((np.float32(word) + _HALF) * _UNIT)
    excess, both = survival - aimed, survival + aimed
    inverse = _ONE / min(slope, _FLATTEST)
    ratio = survival * inverse
    bend = ratio * (curvature * inverse) - _ONE
    step = excess * (ratio + ratio) / max(both - excess * bend, _HALF * both)
    step = max(min(step, _LONGEST), -_LONGEST)
    return _HALF * max(s - step - y, _ZERO)


@inline
def _start(y, d, surprise):  # type: ignore[no-untyped-def]
    square = y * y
    more = square + _ONE
    inverse = _ONE / (y * more)
    a, b, c = y * inverse, d * (more * inverse), np.float32(math.sqrt(surprise))
    row3 = horner(c, _ROW3[0])
    row2 = horner(c, _ROW2[0]) * b + horner(c, _ROW2[1])
    row1 = (horner(c, _ROW1[0]) * b + horner(c, _ROW1[1])) * b + horner(c, _ROW1[2])
    row0 = ((horner(c, _ROW0[0]) * b + horner(c, _ROW0[1])) * b + horner(c, _ROW0[2])) * b + horner(c, _ROW0[3])
    beyond = ((row3 * a + row2) * a + row1) * a + row0
    return np.float32(math.sqrt(square + max(surprise + beyond, _ZERO)))


@inline
def _images(s, y, d):  # type: ignore[no-untyped-def]
    w = s + d
    twice = w + w
    near, far = _power(_NEAR, (s - y) * (s + y)), _power(_OTHERS, twice * (d + d))
    wide, beside = _power(_OTHERS, w * w), _power(_OTHERS, twice * y)
    inner, outer = _power(_OTHERS, twice * s), _power(_OTHERS, twice * (w - y))
    first = wide * beside
    second = max(first, _SECOND)
    narrow = max(wide, _THIRD)
    square = narrow * narrow
    onwards = max(wide * inner, _SECOND)
    across = max(wide * outer, _SECOND)
    away = max(far, _FAR)
    near2 = near * onwards
    near3 = near2 * onwards * square
    beyond2 = second * second * square
    beyond3 = beyond2 * second * square * square
    w2, w3 = twice, twice + w

    sums = _added(_of(w - d, near), _of(w + d, near * far))
    value1, slope1, curve1 = _added(sums, _of(w + y, -_TWO * first))
    sums = _added(_of(w2 - d, _TWO * near2), _of(w2 + d, _TWO * near2 * (away * away)))
    sums = _added(sums, _of(w2 - y, -(outer * outer)))
    value2, slope2, curve2 = _added(sums, _of(w2 + y, -_THREE * beyond2))
    sums = _added(_of(w3 - d, _THREE * near3), _of(w3 + d, _THREE * near3 * (away * away * away)))
    sums = _added(sums, _of(w3 - y, -_TWO * (across * across * across)))
    value3, slope3, curve3 = _added(sums, _of(w3 + y, -_FOUR * beyond3))
    return (
        value1 + value2 + value3,
        slope1 + _TWO * slope2 + _THREE * slope3,
        curve1 + _FOUR * curve2 + _NINE * curve3,
    )


@inline
def _of(z, size):  # type: ignore[no-untyped-def]
    square, part = z * z, size * z
    return part, size * (_ONE - square), part * (square - _THREE)


@inline
def _added(one, other):  # type: ignore[no-untyped-def]
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


@inline
def _power(least, double):  # type: ignore[no-untyped-def]
    exponent = max(double * _MINUS_HALF, least)
    shifted = np.float32(exponent + _ROUND)
    fraction = exponent - (shifted - _ROUND)
    scale = np.int32((shifted.view(np.int32) << _MANTISSA) + _ONE_BITS)
    return horner(fraction, _POWERS) * scale.view(np.float32)
