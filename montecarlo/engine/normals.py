"""Random words and standard normal draws, each a function of (seed, path, day) alone: Philox4x32-10 and Box-Muller.

The arithmetic is IEEE 754 single precision without library functions, so the bits are the same everywhere.

Sources:
    Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC'11.
    Box, Muller (1958), "A note on the generation of random normal deviates", Ann. Math. Statist. 29.
"""

import numpy as np
from numpy.typing import NDArray

DAYS_AT_ONCE = 8  # days drawn from one set of words: the first half give radii, the second half angles; few, so that
# the compiled engine writes prices while it draws the next, not 64 days in a burst: a tenth of its model stage
LARGEST = 6.77  # no draw is further from zero: the square root of -2 log(2**-33)

ROUNDS = 10
MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
KEY_STEPS = 0x9E3779B9, 0xBB67AE85
LOW = 0xFFFFFFFF

# Minimax polynomials, highest power first: -2 log(1 + f) / f around 1; sin(x) / x and cos(x) in x² up to pi / 2.
LOG = (-0.17444698, 0.2873368, -0.29904535, 0.33124787, -0.39913667, 0.50004148, -0.66668371, 0.99999976, -1.99999995)
SIN = (2.60190702e-06, -1.98074210e-04, 8.33302518e-03, -1.66666567e-01, 9.99999995e-01)
COS = (2.31539730e-05, -1.38537066e-03, 4.16635851e-02, -4.99999054e-01, 1.0)
MINUS_2_LOG_2 = -1.3862943611198906
SQRT_HALF_BITS, MANTISSA = 0x3F3504F3, 0x007FFFFF
WORDS_SQRT_HALF_BITS = SQRT_HALF_BITS + (32 << 23)  # of 2**32 times the square root of a half

Words = NDArray[np.uint64]
Singles = NDArray[np.float32]


def philox(counter: tuple[Words, Words, Words, Words], key: int) -> tuple[Words, Words, Words, Words]:
    """Four 32-bit words, held in 64, for each counter of four such words; ``key`` has 64 bits."""
    c0, c1, c2, c3 = counter
    low, shift = np.uint64(LOW), np.uint64(32)
    for step in range(ROUNDS):
        k0, k1 = (np.uint64(((key >> 32 * i) + step * KEY_STEPS[i]) & LOW) for i in (0, 1))
        left, right = c0 * np.uint64(MULTIPLIERS[0]), c2 * np.uint64(MULTIPLIERS[1])
        c0, c1, c2, c3 = (right >> shift) ^ c1 ^ k0, right & low, (left >> shift) ^ c3 ^ k1, left & low
    return c0, c1, c2, c3


def words(seed: int, first_path: int, paths: int, days: int, stream: int = 0) -> Words:
    """A 32-bit word for each day of ``paths`` paths from ``first_path`` on, shape (days, paths).

    Streams, up to 2^32 of them, have no word in common.
    """
    quads = np.arange(-(-days // 4), dtype=np.uint64)[:, None]
    path = np.arange(first_path, first_path + paths, dtype=np.uint64)[None, :]
    streams = np.full((1, 1), stream, np.uint64)
    four = philox((quads, streams, path & np.uint64(LOW), path >> np.uint64(32)), seed)
    return np.stack(four, axis=1).reshape(-1, paths)[:days]


def normals(seed: int, first_path: int, paths: int, days: int, stream: int = 0) -> Singles:
    """Draws for ``paths`` paths from ``first_path`` on, shape (days, paths), good to 6.7 standard deviations."""
    spans = -(-days // DAYS_AT_ONCE)
    drawn = words(seed, first_path, paths, spans * DAYS_AT_ONCE, stream)
    radius_words, angle_words = np.split(drawn.reshape(spans, DAYS_AT_ONCE, paths), 2, axis=1)
    radius, angle = direct(np.sqrt(minus_two_log(radius_words)), angle_words)
    squared = angle * angle
    draws = np.concatenate([radius * horner(squared, COS), radius * angle * horner(squared, SIN)], axis=1)
    return draws.reshape(-1, paths)[:days]


def direct(radius: Singles, angle_word: Words) -> tuple[Singles, Singles]:
    """A radius that is negative on half of the circle, and the angle from -pi/2 to pi/2 on either."""
    signed = angle_word.astype(np.uint32).view(np.int32)
    angle = (signed << np.int32(1)).astype(np.float32) * np.float32(np.pi * 2.0**-32)
    return np.where(signed < 0, -radius, radius), angle


def minus_two_log(drawn: Words) -> Singles:
    """-2 log of uniform numbers above 0 and up to 1: a word stands for the middle of one of 2^32 intervals, rounded."""
    bits = (drawn.astype(np.float32) + np.float32(0.5)).view(np.int32) - np.int32(WORDS_SQRT_HALF_BITS)
    exponent = (bits >> np.int32(23)).astype(np.float32)
    f = ((bits & np.int32(MANTISSA)) + np.int32(SQRT_HALF_BITS)).view(np.float32) - np.float32(1)
    return exponent * np.float32(MINUS_2_LOG_2) + f * horner(f, LOG)


def horner(x: Singles, coefficients: tuple[float, ...]) -> Singles:
    """A polynomial, highest power first."""
    y = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        y = y * x + np.float32(coefficient)
    return y
