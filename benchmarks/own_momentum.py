"""Momentum as a person writes it into a file of their own; it is compared with the strategy of the library."""

import numpy as np


def targets(closes, *, lookback: int = 120, band: float = 0.02):  # type: ignore[no-untyped-def]
    wanted = np.zeros(closes.shape)
    wanted[lookback:] = closes[lookback:] > closes[:-lookback] * (1 + band)
    return wanted


def first_decision(*, lookback: int):  # type: ignore[no-untyped-def]
    return lookback
