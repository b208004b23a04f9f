"""The original workshop's random weightings, beside ours: ``python -m benchmarks.weightings`` does this alone.

Its loop is rebuilt from what the workshop describes: for each weighting uniform numbers are drawn and scaled to add up
to one, and return and deviation per year are worked out by pandas, of mean daily returns and their covariances; the
Sharpe ratio leaves the risk-free rate out.  Ours are the same numbers, all weightings at once.
"""

import math
import time
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import montecarlo as mc
from benchmarks.markdown import table
from benchmarks.targets import Target, as_table
from benchmarks.timing import Contender, Timing, measure
from montecarlo.data.joint_history import JointHistory, align
from montecarlo.frontiers.bounds import Bounds
from montecarlo.frontiers.moments import Moments
from montecarlo.frontiers.random_weightings import random_weightings
from montecarlo.models.joint import fit_joint

SYMBOLS = ("AAPL", "GOOG", "IBM", "MSFT")
WEIGHTINGS = 10_000
SEED, ROUNDS = 7, 5
LOOP, ALL_AT_ONCE = "the workshop's loop over random weightings", "random weightings, all at once"
LEAST = 50.0  # times as fast
TOLERANCE = 1e-9  # relative


def stocks() -> JointHistory:
    return align([mc.load_history(symbol, "sample") for symbol in SYMBOLS])


def loop(closes: pd.DataFrame, weightings: int, draw: Callable[[int], NDArray[np.float64]]) -> pd.DataFrame:
    """Columns ``expected_return``, ``volatility``, ``sharpe`` of weightings one by one.

    Args:
        closes: By symbol.
        weightings: How many.
        draw: Makes so many uniform numbers.
    """
    daily = closes.pct_change()
    means, covariances = daily.mean(), daily.cov()
    rows = []
    for _ in range(weightings):
        weights = draw(len(means))
        weights = weights / weights.sum()
        expected = (means * weights).sum() * 252
        deviation = math.sqrt(weights @ covariances.dot(weights)) * math.sqrt(252)
        rows.append((expected, deviation, expected / deviation))
    return pd.DataFrame(rows, columns=["expected_return", "volatility", "sharpe"])


def all_at_once(history: JointHistory, weightings: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights, shape (weightings, symbols), and what they have: return, volatility, Sharpe ratio, in this order."""
    moments = Moments.of(fit_joint(history, "normal"), 0.0)
    weights = random_weightings(SEED, weightings, Bounds.of(history.symbols, 0.0, 1.0))
    return weights, np.column_stack(moments.measured(weights))


def disagreements() -> list[str]:
    """Of the loop, told our weights, with ours; as messages."""
    history = stocks()
    weights, ours = all_at_once(history, WEIGHTINGS)
    told = iter(weights)
    looped = loop(_frame(history), WEIGHTINGS, lambda _: next(told))
    off = np.abs(ours / looped.to_numpy() - 1).max(axis=0)
    return [
        f"{name} of the workshop's weightings differs from ours by {most:.2g}, relatively"
        for name, most in zip(looped.columns, off, strict=True)
        if not most <= TOLERANCE
    ]


def contenders() -> list[Contender]:
    """Both from the closes on; their unit is a weighting instead of a path and day."""
    history = stocks()
    closes = _frame(history)
    return [
        Contender(LOOP, lambda: loop(closes, WEIGHTINGS, np.random.random), WEIGHTINGS),
        Contender(ALL_AT_ONCE, lambda: all_at_once(history, WEIGHTINGS), WEIGHTINGS),
    ]


def of_timings(timings: Mapping[str, Timing]) -> list[Target]:
    """How often ours is done while the loop is done once."""
    ratio = timings[LOOP].best / timings[ALL_AT_ONCE].best
    return [Target(f"{LOOP} / all {WEIGHTINGS:,} at once", ratio, LEAST, False)]


def report() -> tuple[str, list[Target]]:
    """Tables of what weightings and the frontier take, and the target; ``disagreements`` come before it."""
    timings = measure(contenders(), ROUNDS)
    rows = [(name, f"{timing.best / 1000:,.2f}", f"{timing.spread:+.0%}") for name, timing in timings.items()]
    seconds = [
        (f"`mc.frontier` of {symbols} symbols, with 200 other draws", f"{_seconds(symbols):.2f}")
        for symbols in (len(SYMBOLS), 20)
    ]
    return "\n\n".join(
        [
            table(("", "µs for a weighting", "median above that"), rows),
            table(("", "seconds"), seconds),
        ]
    ), of_timings(timings)


def _seconds(symbols: int) -> float:
    history = stocks() if symbols == len(SYMBOLS) else _made_up(symbols)
    start = time.perf_counter()
    mc.frontier(history, seed=SEED)
    return time.perf_counter() - start


def _made_up(symbols: int) -> JointHistory:
    """As many as there are, beside each other on the same days."""
    return align(
        [
            mc.simulate_history(
                mc.fit(mc.load_history(SYMBOLS[place % len(SYMBOLS)], "sample"), "bootstrap"),
                days=2000,
                seed=place,
                symbol=f"S{place}",
            )
            for place in range(symbols)
        ]
    )


def _frame(history: JointHistory) -> pd.DataFrame:
    return pd.DataFrame(history.closes, columns=list(history.symbols))


def main() -> int:
    if found := disagreements():
        print("Nothing is timed, because results disagree:", *found, sep="\n")
        return 1
    page, found_targets = report()
    print(page, as_table(found_targets), sep="\n\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
