"""Expected growth of a day whose returns are symmetric about their mean and cut off at a loss of everything.

In decimal arithmetic, which gives the same digits on every processor: what is made of it is part of a job's answer.

Sources:
    Takahasi, Mori (1974), "Double exponential formulas for numerical integration", Publ. RIMS 9.
"""

from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from functools import lru_cache

Density = Callable[[Decimal], Decimal]
"""Of a distribution that is symmetric about zero, at a number that is not negative; up to a factor."""

DIGITS = 25
_STEPS = 16  # to one
_REACH = 4  # on either side, where the weights vanish beside what a double holds
_HALF_PI = Decimal("1.5707963267948966192313217")


def exponential(x: float) -> float:
    """e to the x, rounded once."""
    with localcontext(Context(prec=DIGITS)):
        return float(Decimal(x).exp())


def compounded(growth: float, days: int) -> float:
    """The growth to the power of the days, rounded once."""
    with localcontext(Context(prec=DIGITS)):
        return float(Decimal(growth) ** days)


def cut_off_growth(mean: float, scale: float, density: Density) -> float:
    """Expectation of ``max(mean + scale * draw, 0)``, rounded once; the draw has the density, and a mean."""
    if scale == 0:
        return max(mean, 0.0)
    with localcontext(Context(prec=DIGITS)):
        distance = abs(Decimal(mean)) / Decimal(scale)
        beyond = sum(weight * u * density(distance + u) for u, weight in _nodes())
        half = sum(weight * density(u) for u, weight in _nodes())
        return float(max(Decimal(mean), Decimal(0)) + Decimal(scale) * beyond / (2 * half))


@lru_cache(1)
def _nodes() -> tuple[tuple[Decimal, Decimal], ...]:
    """Places from zero to infinity, and their weights."""
    found = []
    for k in range(-_REACH * _STEPS, _REACH * _STEPS + 1):
        rising = (Decimal(k) / _STEPS).exp()
        place = (_HALF_PI * (rising - 1 / rising) / 2).exp()
        found.append((place, place * (rising + 1 / rising)))
    return tuple(found)
