"""Trading strategies: from prices to the position that is wanted at each close."""

from montecarlo.strategies.breakout import Breakout
from montecarlo.strategies.buy_and_hold import BuyAndHold
from montecarlo.strategies.sma_crossover import SmaCrossover
from montecarlo.strategies.strategy import Strategy

__all__ = ["STRATEGIES", "Breakout", "BuyAndHold", "SmaCrossover", "Strategy"]

STRATEGIES: dict[str, type[Strategy]] = {strategy.name: strategy for strategy in (SmaCrossover, Breakout, BuyAndHold)}
