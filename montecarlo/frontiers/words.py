"""What a frontier tells, in plain words."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from montecarlo.frontiers.moments import Weighting
from montecarlo.wording import from_to, percent

SHOWN = 0.005  # of the money: less is not named
MOST_NAMED = 5


def named_weights(symbols: Sequence[str], weighting: Weighting) -> str:
    """Such as "AAPL 62 %, MSFT 38 %", the largest first."""
    parts = sorted(zip(weighting.weights, symbols, strict=True), key=lambda part: -part[0])
    parts = [part for part in parts if part[0] >= SHOWN]
    named = [f"{symbol} {percent(weight)}" for weight, symbol in parts[:MOST_NAMED]]
    if others := parts[MOST_NAMED:]:
        named.append(f"{len(others)} others {percent(sum(weight for weight, _ in others))}")
    return ", ".join(named) or "nothing but cash"


def paragraphs(
    symbols: Sequence[str], best: Weighting, equal: Weighting, asked: Weighting | None, elsewhere: pd.DataFrame
) -> list[str]:
    """How little of the best weighting survives another draw of the history, and equal weights beside it: the best
    one, what other draws leave of it, and what it is worth under these."""
    if len(symbols) == 1:
        return [f"With {symbols[0]} alone there is nothing to weight."]
    if best.sharpe <= 0:
        return [
            f"On this history no weighting had more than the risk-free rate, so that none is best; "
            f"{named_weights(symbols, best)} had the highest return, {percent(best.expected_return)} per year."
        ]
    first = (
        f"On this history the best weighting ({named_weights(symbols, best)}) has a Sharpe ratio of {best.sharpe:.2f} "
        f"(equal weights: {equal.sharpe:.2f})."
    )
    largest = symbols[int(np.argmax(best.weights))]
    kept, (low, high) = elsewhere["kept"], elsewhere[largest].quantile([0.05, 0.95])
    calmest = float(elsewhere["calmest_kept"].median())
    known = "is known better: it leaves" if calmest > kept.median() else "leaves"
    second = (
        f"In {len(elsewhere):,} other draws of the same history, each as likely, another weighting is the best: it "
        f"leaves {percent(float(kept.median()))} of the money where this one has it, on the median, and "
        f"{percent(float(kept.quantile(0.05)))} or less in one of twenty; {largest} alone has {from_to(low, high)} in "
        f"nine of ten. The calmest weighting, that of the least volatility, {known} {percent(calmest)} where it is."
    )
    ahead = float((elsewhere["sharpe"] > elsewhere["equal_sharpe"]).mean())
    third = (
        f"Whoever had chosen by such a draw would have been promised a Sharpe ratio of "
        f"{elsewhere['best_sharpe'].median():.2f} and would have {elsewhere['best_here'].median():.2f} here (medians). "
        f"This history's best has {_range(elsewhere['sharpe'])} in nine of ten draws, equal weights "
        f"{_range(elsewhere['equal_sharpe'])}; it is ahead of them in {percent(ahead)}, which flatters it, for the "
        "draws are centred on the history that it was chosen by."
    )
    said = [first, second, third]
    told = asked is not None and np.allclose(asked.weights, equal.weights, rtol=0, atol=1e-9)
    if asked is not None and not told and "asked_sharpe" in elsewhere and elsewhere["asked_sharpe"].notna().all():
        behind = float((elsewhere["sharpe"] > elsewhere["asked_sharpe"]).mean())
        said.append(
            f"The weighting that was asked about has {asked.sharpe:.2f} here and {_range(elsewhere['asked_sharpe'])} "
            f"there; the best is ahead of it in {percent(behind)}."
        )
    return said


def _range(ratios: "pd.Series[float]") -> str:
    low, high = ratios.quantile([0.05, 0.95])
    return f"{low:.2f} to {high:.2f}"
