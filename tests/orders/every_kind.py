"""Every kind of order under every rule, on the bars of a history, compiled and by the broker."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

import montecarlo as mc
from montecarlo.accounting.rows import Rows
from montecarlo.data.bars import Bars
from montecarlo.engine.lanes import LANES
from montecarlo.experiments import reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.strategies.strategy import ENTRIES, POSITIONS
from tests.montecarlo.given_bars import GivenTargets, ReplayedBars

TOLERANCE = 1e-9  # of a value
OF_RATIOS = 1e-6  # of what divides by a deviation, which may be hardly more than rounding
RATIOS = ("sharpe", "sortino", "calmar", "annual_volatility", "sqn")

ORDERS: tuple[Mapping[str, float], ...] = (
    {},
    {"stop_loss": 0.01},
    {"take_profit": 0.015},
    {"max_holding": 5},
    {"stop_loss": 0.01, "take_profit": 0.015},
    {"stop_loss": 0.01, "take_profit": 0.015, "max_holding": 5},
)
LIMITS: tuple[Mapping[str, float], ...] = ({}, {"entry_limit": 0.005})
COSTS: tuple[Mapping[str, object], ...] = (
    {"shares": None},
    {
        "shares": 100.0,
        "commission_model": "per-share",
        "commission_per_share": 0.01,
        "commission_minimum": 1.0,
        "slippage_model": "volatility",
        "slippage_volatility": 0.1,
    },
)


@dataclass(frozen=True, eq=False, kw_only=True)
class ReplayedHistory(ReplayedBars):
    """A history on each path, for the compiled account and for the reference."""

    name = "replayed-history"

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> np.ndarray:
        closes = self.replayed.close[:, :paths]
        return closes[1:] / closes[:-1]

    def bars(self, seed: int, first_path: int, paths: int, days: int) -> Bars:
        return Bars(*(each[:, :paths] for each in self.replayed))


@dataclass(frozen=True, eq=False)
class SomeTargets(GivenTargets):
    """Those of the first paths."""

    name = "some-targets"

    def targets(self, prices: np.ndarray) -> np.ndarray:
        return np.tile(self.wanted, -(-prices.shape[1] // LANES))[:, : prices.shape[1]]


def wants(closes: np.ndarray) -> np.ndarray:
    """Targets of four rules on one history, over and over: shape (days + 1, LANES)."""
    crossover = mc.SmaCrossover(5, 20).targets(closes)
    breakout = mc.Breakout(channel=10, direction="both").targets(closes)
    short = -mc.BollingerReversion().targets(closes)
    random = np.random.default_rng(7).choice(np.array([-1, 0, 1], np.int8), closes.shape)
    random[:20] = 0
    return np.tile(np.hstack([breakout, random, crossover, short]), LANES // 4)


def simulations(history: mc.PriceHistory, days: int | None = None) -> Iterator[mc.Simulation]:
    """Of the first days of a history, or of all."""
    bars = Bars(*(each[: days + 1 if days else None] for each in history.adjusted_bars))
    wanted = wants(bars.close[:, None])
    replayed = Bars(*(np.tile(each[:, None], LANES) for each in bars))
    model = ReplayedHistory(float(bars.close[0]), 0.0, 0.0, replayed=replayed)
    kinds = product(ORDERS, LIMITS, (POSITIONS, ENTRIES))
    rules = product(("next-close", "same-close", "next-open"), ("stop-first", "target-first"), COSTS)
    for (orders, limit, meaning), (fill, intrabar, costs) in product(kinds, list(rules)):
        strategy = SomeTargets(wanted=wanted, meaning=meaning, first=1, **orders, **limit)
        told = mc.Rules(fill=fill, intrabar=intrabar, capital=20_000.0, **costs)
        if strategy.gives_orders or told.needs_order_account:
            yield mc.Simulation(model=model, strategy=strategy, rules=told, days=bars.days, iterations=LANES, seed=0)


def compare(simulation: mc.Simulation, paths: int = 4) -> tuple[int, int, list[str]]:
    """Trades and ambiguous bars of the broker, and what the compiled account finds otherwise."""
    theirs = reference.simulate_rows(simulation, 0, paths)
    ours = simulate_rows(simulation, 0, paths)
    found = [f"columns {sorted(ours.keys() ^ theirs.keys())}"] if ours.keys() != theirs.keys() else []
    found += [f"{_title(simulation)}: {name}" for name in theirs if not _alike(name, ours, theirs)]
    return int(theirs["trades"].sum()), int(theirs["ambiguous_bars"].sum()), found


def _alike(name: str, ours: Rows, theirs: Rows) -> bool:
    relative = OF_RATIOS if name in RATIOS else TOLERANCE
    return np.allclose(ours[name], theirs[name], rtol=relative, atol=TOLERANCE, equal_nan=True)


def _title(simulation: mc.Simulation) -> str:
    strategy, rules = simulation.strategy, simulation.rules
    orders = {name: getattr(strategy, name) for name in ("entry_limit", "stop_loss", "take_profit", "max_holding")}
    size = "all in" if rules.shares is None else "100 shares"
    return f"{orders}, {strategy.signals}, {rules.fill}, {rules.intrabar}, {size}"
