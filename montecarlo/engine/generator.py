"""Random numbers for a group of lanes, the same bits as those of ``normals``: Philox4x32-10 and Box-Muller."""

import math

import numpy as np

from montecarlo.engine import normals as reference
from montecarlo.engine.lanes import LANES, inline
from montecarlo.engine.normals import DAYS_AT_ONCE, ROUNDS

_LOW, _HIGH = np.uint64(reference.LOW), np.uint64(32)
_M0, _M1 = (np.uint64(multiplier) for multiplier in reference.MULTIPLIERS)
_K0, _K1 = (np.uint64(step) for step in reference.KEY_STEPS)

# Every constant is a float32: a single float64 among them would double the width of the whole loop.
_LOG, _SIN, _COS = (tuple(np.float32(c) for c in row) for row in (reference.LOG, reference.SIN, reference.COS))
_MINUS_2_LOG_2 = np.float32(reference.MINUS_2_LOG_2)
_HALF, _ONE, _ANGLE = (np.float32(c) for c in (0.5, 1, np.pi * 2.0**-32))
_SQRT_HALF, _WORDS_SQRT_HALF = np.int32(reference.SQRT_HALF_BITS), np.int32(reference.WORDS_SQRT_HALF_BITS)
_MANTISSA, _SIGN = np.int32(reference.MANTISSA), np.int32(-(2**31))


@inline
def philox(counter, stream, path, key):  # type: ignore[no-untyped-def]
    """Four random words; only the low 32 bits of each are meaningful."""
    c0, c1, c2, c3 = counter, np.uint64(stream), path & _LOW, path >> _HIGH
    k0, k1 = key & _LOW, key >> _HIGH
    for _ in range(ROUNDS):
        left = (c0 & _LOW) * _M0
        right = (c2 & _LOW) * _M1
        c0, c1, c2, c3 = (right >> _HIGH) ^ c1 ^ k0, right, (left >> _HIGH) ^ c3 ^ k1, left
        k0, k1 = (k0 + _K0) & _LOW, (k1 + _K1) & _LOW
    return c0, c1, c2, c3


@inline
def draw_words(scratch, seed, first_path, first_day, stream=0):  # type: ignore[no-untyped-def]
    """Fill ``scratch.words``, one random word for each of the DAYS_AT_ONCE days from ``first_day`` on."""
    words = scratch.words
    for quad in range(DAYS_AT_ONCE // 4):
        counter = np.uint64(first_day // 4 + quad)
        for lane in range(LANES):
            four = philox(counter, stream, np.uint64(first_path + lane), seed)
            for k in range(4):
                words[(4 * quad + k) * LANES + lane] = four[k]


@inline
def draw_normals(scratch, seed, first_path, first_day, parameters, stream=0):  # type: ignore[no-untyped-def]
    """Fill ``scratch.draws`` with standard normals for the DAYS_AT_ONCE days from ``first_day`` on."""
    draw_words(scratch, seed, first_path, first_day, stream)
    words, normals = scratch.words, scratch.draws
    half = DAYS_AT_ONCE * LANES // 2
    for i in range(half):  # one flat loop: LLVM would unroll a nest of small ones and not vectorise it
        normals[i], normals[half + i] = box_muller(words[i], words[half + i])


@inline
def box_muller(radius_word, angle_word):  # type: ignore[no-untyped-def]
    radius, angle = direct(math.sqrt(minus_two_log(radius_word)), angle_word)
    return sides(radius, angle)


@inline
def sides(radius, angle):  # type: ignore[no-untyped-def]
    """The radius times cosine and sine of an angle from -pi/2 to pi/2."""
    return radius * cosine(angle), radius * angle * horner(angle * angle, _SIN)


@inline
def direct(radius, angle_word):  # type: ignore[no-untyped-def]
    """A radius that is negative on half of the circle, and the angle from -pi/2 to pi/2 on either."""
    signed = np.int32(angle_word)
    directed = np.int32(np.float32(radius).view(np.int32) ^ np.int32(signed & _SIGN)).view(np.float32)
    return directed, np.float32(np.int32(signed << 1)) * _ANGLE


@inline
def cosine(angle):  # type: ignore[no-untyped-def]
    """For an angle from -pi/2 to pi/2."""
    return horner(angle * angle, _COS)


@inline
def minus_two_log(word):  # type: ignore[no-untyped-def]
    """-2 log of a uniform number above 0 and up to 1."""
    middle = np.float32(np.float32(word) + _HALF)
    bits = np.int32(middle.view(np.int32) - _WORDS_SQRT_HALF)
    exponent = np.float32(np.int32(bits >> 23))
    f = np.int32((bits & _MANTISSA) + _SQRT_HALF).view(np.float32) - _ONE
    return exponent * _MINUS_2_LOG_2 + f * horner(f, _LOG)


@inline
def horner(x, coefficients):  # type: ignore[no-untyped-def]
    """A polynomial, highest power first."""
    y = coefficients[0]
    for k in range(1, len(coefficients)):
        y = y * x + coefficients[k]
    return y
