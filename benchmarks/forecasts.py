"""What learned rules take, beside the crossover on the same model with the same bars; and peers that can do it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from llvmlite import binding

from benchmarks import within_days
from benchmarks.learned import BRACKET, LOGISTIC, PEER_PATHS, PEER_RULES, TREES, learned, peer_bars, simulation
from benchmarks.peers import with_backtrader, with_learning
from benchmarks.peers.case import BracketCase
from benchmarks.recommended import DAYS, ITERATIONS, WITH_BARS
from benchmarks.targets import Target
from benchmarks.timing import Contender, Timing
from montecarlo.data.bars import Bars
from montecarlo.experiments.paths import simulate_rows
from montecarlo.experiments.simulation import Simulation

FORECASTS = {LOGISTIC: "forecast by logistic regression, {}", TREES: "forecast by 100 trees, {}"}
PEER_BRACKET = "vectorbt, given the bars, crossover with stop and target"
PEER_FORECASTS = {
    LOGISTIC: "scikit-learn and vectorbt, given the bars, forecast by logistic regression",
    TREES: "LightGBM and vectorbt, given the bars, forecast by 100 trees",
}
PEER_BAR_BY_BAR = "backtrader, given the bars and what is wanted, stop and target"

MOST = {LOGISTIC: 20.0, TREES: 200.0}
MOST_WITH_WIDE_VECTORS = MOST | {LOGISTIC: 40.0}  # of the crossover, which gains more from them


def contenders() -> list[Contender]:
    """On one thread."""
    jobs = {
        what.format(name): simulation(name, learned(method).strategy)
        for name in WITH_BARS
        for method, what in FORECASTS.items()
    }
    found = [Contender(name, _simulating(job), ITERATIONS * DAYS) for name, job in jobs.items()]
    bars, path = peer_bars(), one_path()
    peers: dict[str, Callable[[], object]] = {
        PEER_BRACKET: lambda: with_learning.crossover_values(bars, BRACKET, PEER_RULES),
        PEER_FORECASTS[LOGISTIC]: lambda: with_learning.forecast_values(bars, learned(LOGISTIC), PEER_RULES),
        PEER_FORECASTS[TREES]: lambda: with_learning.forecast_values(bars, learned(TREES), PEER_RULES),
    }
    found += [Contender(name, run, PEER_PATHS * DAYS) for name, run in peers.items()]
    return [*found, Contender(PEER_BAR_BY_BAR, lambda: with_backtrader.backtest(path), DAYS)]


def of_timings(timings: Mapping[str, Timing]) -> list[Target]:
    """As in ``within_days``, whose timings are among these."""
    wide = binding.get_host_cpu_features().get("avx512f")
    found = []
    for method, most in (MOST_WITH_WIDE_VECTORS if wide else MOST).items():
        for model in WITH_BARS:
            crossover, bars, closes = (
                timings[each.format(model)].best
                for each in (within_days.CROSSOVER, within_days.BARS, within_days.CLOSES)
            )
            name = FORECASTS[method].format(model)
            claim = f"{name} / crossover, with the same bars"
            found.append(Target(claim, timings[name].best / (crossover + bars - closes), most, True))
    return found


def one_path() -> BracketCase:
    """The first of the peers' paths, and what the crossover wants there, for one that goes bar by bar."""
    bars = Bars(*(each[:, 0].copy() for each in peer_bars()))
    targets = BRACKET.targets(bars.close[:, None])[:, 0]
    wanted = np.append(np.zeros(1, np.int8), targets[:-1])
    stop, target = BRACKET.stop_loss, BRACKET.take_profit
    assert stop is not None
    assert target is not None
    rules = replace(PEER_RULES, fill="next-open")
    return BracketCase("gbm", bars.close, wanted, rules, bars=bars, stop=stop, target=target)


def _simulating(job: Simulation) -> Callable[[], object]:
    return lambda: simulate_rows(job, 0, ITERATIONS)
