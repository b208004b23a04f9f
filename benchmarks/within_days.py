"""What is timed of orders within the day and of learned rules, and the peers that can do it."""

from collections.abc import Callable

import numpy as np

import montecarlo as mc
from benchmarks.learned import LOGISTIC, TREES, learned
from benchmarks.peers import with_backtrader, with_learning
from benchmarks.peers.case import BracketCase
from benchmarks.recommended import DAYS, ITERATIONS, SEED, STRATEGY
from benchmarks.timing import Contender
from montecarlo.data.bars import Bars
from montecarlo.engine.lanes import LANES
from montecarlo.engine.order_stages import OrderSpace
from montecarlo.experiments.paths import draw_bars, simulate_rows
from montecarlo.models import Model

MODELS = ("normal", "gbm", "bootstrap")
BRACKET = mc.SmaCrossover(STRATEGY.short, STRATEGY.long, stop_loss=0.03, take_profit=0.05)
PEER_RULES = mc.Rules(commission=0.001, slippage=0.0)  # peers charge targets what they charge stops

CLOSES, PRICES, BARS = "crossover at closes, {}", "closes alone, {}", "bars alone, {}"
WITH_BRACKET = "crossover with stop and target, {}"
BY_LOGISTIC, BY_TREES = "forecast by logistic regression, {}", "forecast by 100 trees, {}"
PEER_BRACKET = "vectorbt, given the bars, crossover with stop and target"
PEER_LOGISTIC = "scikit-learn and vectorbt, given the bars, forecast by logistic regression"
PEER_TREES = "LightGBM and vectorbt, given the bars, forecast by 100 trees"
PEER_BAR_BY_BAR = "backtrader, given the bars and what is wanted, stop and target"

PEER_PATHS = 100


def model(name: str) -> Model:
    """With bars."""
    return mc.fit(mc.load_history("AAPL", source="sample"), name, bars=True)


def simulation(name: str, strategy: mc.Strategy, rules: mc.Rules | None = None) -> mc.Simulation:
    return mc.Simulation(
        model=model(name), strategy=strategy, days=DAYS, iterations=ITERATIONS, seed=SEED, rules=rules or mc.Rules()
    )


def contenders() -> list[Contender]:
    """On one thread."""
    found = []
    for name in MODELS:
        strategies = {
            CLOSES: STRATEGY,
            WITH_BRACKET: BRACKET,
            BY_LOGISTIC: learned(LOGISTIC).strategy,
            BY_TREES: learned(TREES).strategy,
        }
        drawing = {PRICES: _drawing(name, bars=False), BARS: _drawing(name, bars=True)}
        runs = drawing | {what: _simulating(simulation(name, each)) for what, each in strategies.items()}
        found += [Contender(what.format(name), run, ITERATIONS * DAYS) for what, run in runs.items()]
    bars, path = peer_bars(), one_path()
    peers: dict[str, Callable[[], object]] = {
        PEER_BRACKET: lambda: with_learning.crossover_values(bars, BRACKET, PEER_RULES),
        PEER_LOGISTIC: lambda: with_learning.forecast_values(bars, learned(LOGISTIC), PEER_RULES),
        PEER_TREES: lambda: with_learning.forecast_values(bars, learned(TREES), PEER_RULES),
    }
    found += [Contender(name, run, PEER_PATHS * DAYS) for name, run in peers.items()]
    return [*found, Contender(PEER_BAR_BY_BAR, lambda: with_backtrader.backtest(path), DAYS)]


def peer_bars() -> Bars:
    """Of a few paths that gbm draws: what peers are given."""
    return draw_bars(model("gbm"), SEED, 0, PEER_PATHS, DAYS)


def one_path() -> BracketCase:
    """The first of them, and what the crossover wants there, for one that goes bar by bar."""
    bars = Bars(*(each[:, 0].copy() for each in peer_bars()))
    wanted = STRATEGY.targets(bars.close[:, None])[:, 0]
    rules = mc.Rules(commission=0.001, slippage=0.0, fill="next-open")
    wanted = np.append(np.zeros(1, np.int8), wanted[:-1])
    stop, target = BRACKET.stop_loss, BRACKET.take_profit
    assert stop is not None
    assert target is not None
    return BracketCase("gbm", bars.close, wanted, rules, bars=bars, stop=stop, target=target)


def _simulating(simulation: mc.Simulation) -> Callable[[], object]:
    return lambda: simulate_rows(simulation, 0, ITERATIONS)


def _drawing(name: str, *, bars: bool) -> Callable[[], object]:
    """Called from Python for each group of lanes, which takes a microsecond each time: 0.06 ns for a path and day."""
    drawn = model(name)
    stage = drawn.bar_stage() if bars else drawn.stage()
    assert stage is not None
    fill, parameters = stage
    space = OrderSpace.of(DAYS, (), None, STRATEGY.scratch())
    matrices = (space.prices, space.growth, space.bars) if bars else (space.prices, space.growth)

    def draw() -> None:
        for first in range(0, ITERATIONS, LANES):
            fill(*matrices, np.uint64(SEED), first, drawn.start_price, parameters, space.draws)

    return draw
