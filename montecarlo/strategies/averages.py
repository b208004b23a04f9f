"""The parameters of strategies that compare two moving averages."""

from typing import Any

from montecarlo.limits import MAX_DAYS
from montecarlo.parameters import Switch, Whole, parameter


def short_window(default: int) -> Any:
    return parameter(
        Whole(1, MAX_DAYS - 1), default, label="Short window", unit="trading days", help="Less than the long one."
    )


def long_window(default: int) -> Any:
    return parameter(
        Whole(2, MAX_DAYS), default, label="Long window", unit="trading days", help="More than the short one."
    )


def shorting_switch(when: str) -> Any:
    return parameter(Switch(), False, label="Sell short", help=f"Be short instead of flat {when}.")


def windows_out_of_order(short: int, long: int) -> dict[str, str]:
    """What is wrong with the two together, by name."""
    if short < long:
        return {}
    return {"short": f"must be less than long: the short window is {short:,} days, the long one {long:,}"}
