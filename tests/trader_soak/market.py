"""Days of an exchange that never were: a holiday and a half day among them, and prices that turn often."""

from datetime import date, time

import numpy as np

from tests.alpaca_exchange import TradingDay

SYMBOL = "ACME"
HISTORY = 90  # sessions before the first that is traded
HOLIDAYS = {date(2025, 9, 1), date(2025, 11, 27), date(2025, 12, 25)}
HALF_DAYS = {date(2025, 11, 28), date(2025, 12, 24)}
LAST = date(2025, 12, 5)
TO_COME = (date(2025, 12, 8), date(2025, 12, 9), date(2025, 12, 10))


def sessions(traded: int) -> list[date]:
    """The last so many are to be traded; the others went before."""
    days = np.arange(np.datetime64("2025-05-01"), np.datetime64(LAST) + 1)
    open_days = [day for day in days[np.is_busday(days)].tolist() if day not in HOLIDAYS]
    return open_days[-(HISTORY + traded) :]


def market(traded: int, seed: int, split_on: int | None = None) -> list[TradingDay]:
    """
    Args:
        traded: Sessions that are traded, the last of all.
        seed: Of prices.
        split_on: Of these, the one before which each share becomes two; None has no split.
    """
    dice = np.random.default_rng(seed)
    days = sessions(traded)
    turning = 0.04 * np.sin(np.arange(len(days)) * 2 * np.pi / 4.6 + dice.uniform(0, 6)) + dice.normal(
        0, 0.01, len(days)
    )
    closes = np.round(80 * np.exp(turning), 2)
    found = []
    for number, (day, close) in enumerate(zip(days, closes, strict=True)):
        opened = round(float(closes[max(number - 1, 0)] * np.exp(dice.normal(0, 0.004))), 2)
        spread = abs(dice.normal(0, 0.012, 2))
        high = round(max(opened, float(close)) * (1 + spread[0]), 2)
        low = round(min(opened, float(close)) * (1 - spread[1]), 2)
        split = split_on is not None and number >= HISTORY + split_on
        bar = tuple(round(each / 2, 2) if split else each for each in (opened, high, low, float(close)))
        found.append(
            TradingDay(
                day,
                (bar[0], bar[1], bar[2], bar[3]),
                closes_at=time(13) if day in HALF_DAYS else time(16),
                split=2.0 if split_on is not None and number == HISTORY + split_on else 1.0,
            )
        )
    return found + [TradingDay(day, None) for day in TO_COME]
