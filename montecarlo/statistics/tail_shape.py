"""How heavy the tails of a distribution are, as the shape of the log-normal that is as heavy.

Sources:
    Hosking (1990), "L-moments", J. R. Statist. Soc. B 52.
    Hosking, Wallis (1997), "Regional Frequency Analysis", A.8: the three-parameter log-normal by its L-moments.
"""

import numpy as np

from montecarlo.statistics.critical_values import L_KURTOSIS, L_SKEWNESS, SHAPES, interpolated
from montecarlo.statistics.histogram import Distribution


def tails(distribution: Distribution) -> tuple[int, float]:
    """How many values tell of the tails, and the larger of the two shapes that have their L-skewness and L-kurtosis.

    A shape is the standard deviation of the logarithm: 0 is a normal distribution or a lighter one, 1 a very skewed
    one, and the largest of SHAPES stands for everything beyond.  Neither location nor scale matter, and a few values
    far out matter much less than in moments.

    The most frequent value counts once: paths without a trade all return 0, and tell nothing of how far others go.
    """
    counts = distribution.counts.copy()
    counts[counts.argmax()] = 1
    skewness, kurtosis = l_ratios(Distribution(distribution.values, counts))
    shapes = interpolated(L_SKEWNESS, SHAPES, abs(skewness)), interpolated(L_KURTOSIS, SHAPES, kurtosis)
    return int(counts.sum()), max(shapes)


def l_ratios(distribution: Distribution) -> tuple[float, float]:
    """L-skewness and L-kurtosis, from the shares of the values up to each; 0 where all values are the same."""
    below = np.append(0, distribution.counts).cumsum()
    f = below / below[-1]
    # Integrals of Legendre's polynomials, shifted to 0 to 1.
    values = distribution.values - distribution.values[0]
    second, third, fourth = (
        float((values * np.diff(integral)).sum())
        for integral in (f * (f - 1), f * (f - 1) * (2 * f - 1), f * (f - 1) * (5 * f * (f - 1) + 1))
    )
    return (third / second, fourth / second) if second > 0 else (0.0, 0.0)
