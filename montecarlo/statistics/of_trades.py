"""Statistics of the trades of all paths, of simulations whose orders are kept within the day.

Some are means over paths of what each path has; others are of all trades of all paths together, by a ratio estimator
with paths as units, so that a path with a single trade does not count as much as one with a hundred.
"""

import math

from montecarlo.statistics.estimators import NAN, Estimate, mean_estimate, ratio_estimate
from montecarlo.statistics.exact_sums import ONE
from montecarlo.statistics.tally import Tally
from montecarlo.statistics.trade_sums import AMBIGUOUS, DAYS_HELD, GAINS, LOSSES, has_trades

OF_TRADES = {
    "profit_factor": "what all trades of all paths gained, over what they lost, after costs; undefined without a loss",
    "expectancy_mean": "what a trade makes of the equity before it, on average on a path; mean of the paths that trade",
    "sqn_mean": "system quality number: root of the number of trades times their mean profit over its deviation; mean "
    "of the paths that have one",
    "longest_losing_streak_mean": "most losing trades in a row, on average over the paths",
    "average_holding": "days from the entry to the exit of a trade, of all trades of all paths; 0 is the same day",
    "ambiguous_bars": "days on all paths that do not tell whether stop or target came first: `intrabar` decided",
    "ambiguous_share": "such days for each trade, of all paths: where there are many, compare both ways to decide",
}
"""Behind those of ``montecarlo.statistics.summary.STATISTICS``."""


def estimates_of_trades(tally: Tally) -> dict[str, Estimate]:
    """Each of OF_TRADES; none where the tally has no trades of that kind.

    Sources:
        Ratio estimators: Cochran (1977), "Sampling Techniques", 2.11.
    """
    if not has_trades(tally.sums):
        return {}
    return {
        "profit_factor": ratio_estimate(tally, GAINS, LOSSES, most=math.inf),
        "expectancy_mean": mean_estimate(*tally.powers("expectancy")),
        "sqn_mean": mean_estimate(*tally.powers("sqn")),
        "longest_losing_streak_mean": mean_estimate(*tally.powers("longest_losing_streak")),
        "average_holding": ratio_estimate(tally, DAYS_HELD, "trades", most=math.inf),
        "ambiguous_bars": (tally.sums[AMBIGUOUS] / ONE, NAN, NAN),
        "ambiguous_share": ratio_estimate(tally, AMBIGUOUS, "trades", most=math.inf),
    }
