"""Reading figures and tables."""

import pandas as pd

import montecarlo as mc

STRATEGY = mc.SmaCrossover(short=40, long=100)

RELIABILITY = pd.DataFrame(
    {
        "side": ["long", "long", "short"],
        "probability": [0.4, 0.6, 0.5],
        "observed": [0.5, 0.6, 0.55],
        "days": [100, 300, 400],
    }
)
IMPORTANCE = pd.DataFrame(
    {
        "side": ["long", "long", "long", "short", "short", "short"],
        "feature": ["all averages", "sma_3", "volatility"] * 2,
        "loss": [0.01, 0.02, -0.001, 0.0, 0.001, 0.03],
        "deviation": [0.002] * 6,
    }
)
PAPER = pd.DataFrame(
    {
        "date": pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07"]),
        "equity": [100_000.0, 100_000.0, 100_040.0],
        "backtest_equity": [100_000.0, 99_990.0, 100_030.0],
        "shares": [0.0, 0.0, 100.0],
        "backtest_shares": [0.0, 100.0, 100.0],
    }
)


def with_reasons(trades):
    """The trades of a backtest as if they had ended in all the ways there are, one after the other."""
    reasons = ["signal", "stop", "target", "time", "ruin"]
    return trades.assign(exit_reason=[reasons[place % len(reasons)] for place in range(len(trades))])


def traces(figure, name):
    """Those of a figure with that name."""
    return [trace for trace in figure.data if trace.name == name]


def statistics(table):
    """Values of a summary by name."""
    return table.set_index("statistic")["value"]


def contrast(first, second):
    """Of two opaque colours like #ffffff, by WCAG 2.2."""
    darker, lighter = sorted(map(_luminance, (first, second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour):
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
