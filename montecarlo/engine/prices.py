"""What model stages share: prices from random draws."""

import numpy as np

from montecarlo.engine.lanes import LANES, STRIDE, inline
from montecarlo.engine.normals import DAYS_AT_ONCE

DRAWS = np.dtype(
    [
        ("words", "u4", (DAYS_AT_ONCE * LANES,)),
        ("draws", "f4", (DAYS_AT_ONCE * LANES,)),
        ("price", "f8", (LANES,)),
        ("place", "u4", (LANES,)),
        ("above", "f4", (DAYS_AT_ONCE * LANES,)),
        ("below", "f4", (DAYS_AT_ONCE * LANES,)),
    ]
)
"""Scratch of a model stage, laid out [day * LANES + lane]: random words, the draws made of them; for each lane today's
price, and today's place in a table where a model has one; and how far a day goes beyond open and close, where a model
has bars that are bridges."""


@inline
def fill_prices(prices, growth, seed, first_path, start, draw, grow, parameters, scratch):  # type: ignore[no-untyped-def]
    """Fill the prices of a group, and their growth.

    Args:
        prices: Records DAY, shape (days + 1,).
        growth: Of each price over that of the day before, records DAY, same shape.
        seed: Key of the random numbers.
        first_path: Number of the first lane's path.
        start: Price of row 0.
        draw: Inline function (scratch, seed, first_path, first_day, parameters) that fills ``scratch.draws`` for
            DAYS_AT_ONCE days.
        grow: Inline function (draw, parameters) that gives a day's price over that of the day before.
        parameters: What both are told of the model.
        scratch: A record DRAWS.
    """
    days = len(prices) - 1
    for lane in range(LANES):
        prices[0].lane[lane] = scratch.price[lane] = start
    for first in range(0, days, DAYS_AT_ONCE):
        draw(scratch, seed, first_path, first, parameters)
        count = min(DAYS_AT_ONCE, days - first)
        whole = count - count % STRIDE
        for day in range(0, whole, STRIDE):
            draws, today = scratch.draws[day * LANES :], first + day + 1
            compound(scratch, draws, prices[today:], growth[today:], STRIDE, grow, parameters)
        for day in range(whole, count):
            draws, today = scratch.draws[day * LANES :], first + day + 1
            compound(scratch, draws, prices[today:], growth[today:], 1, grow, parameters)


@inline
def compound(scratch, draws, prices, growths, days, grow, parameters):  # type: ignore[no-untyped-def]
    """So many days more, from ``scratch.price`` on."""
    for lane in range(LANES):
        price = scratch.price[lane]  # not from the matrix that is written: LLVM would have to fear an overlap
        for k in range(days):
            growth = grow(draws[k * LANES + lane], parameters)
            price *= growth
            prices[k].lane[lane], growths[k].lane[lane] = price, growth
        scratch.price[lane] = price
