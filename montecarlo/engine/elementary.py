"""Exponential and logarithm from exactly rounded operations alone: the same bits on every processor."""

import math

import numpy as np

from montecarlo.engine.lanes import inline

_LOG2_E = 1 / math.log(2)
_LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")  # the leading bits, so that a whole multiple is exact
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_ROUND = 1.5 * 2.0**52  # adding it leaves the nearest whole number in the low bits
_MANTISSA_BITS = np.int64(52)
_ONE_BITS = np.float64(1.0).view(np.int64)
_TAYLOR = tuple(1 / math.factorial(k) for k in range(12, -1, -1))  # good to 2e-16 up to half of log 2


@inline
def exponential(x):  # type: ignore[no-untyped-def]
    """e to the x, within two units in the last place, for x from -700 to 700."""
    shifted = x * _LOG2_E + _ROUND
    power = shifted - _ROUND
    rest = (x - power * _LN2_HIGH) - power * _LN2_LOW
    y = _TAYLOR[0]
    for k in range(1, len(_TAYLOR)):
        y = y * rest + _TAYLOR[k]
    scale = np.int64((np.float64(shifted).view(np.int64) << _MANTISSA_BITS) + _ONE_BITS)
    return y * scale.view(np.float64)
