"""The cases that peers are asked about, and our own answers."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd

import montecarlo as mc
from benchmarks.peers.case import Answer, BracketCase, Case
from montecarlo.data.sources.sample import SYMBOLS

STRATEGY = mc.SmaCrossover(short=40, long=100)
COSTS = (0.0, 0.0), (0.0005, 0.0005)  # commission, slippage

BRACKET = {"stop_loss": 0.03, "take_profit": 0.05}
BRACKET_STRATEGIES = (
    mc.SmaCrossover(short=5, long=20, **BRACKET),
    mc.Breakout(channel=10, direction="short", **BRACKET),
)


def cases() -> Iterator[tuple[Case, Answer]]:
    """Every sample history under all-in and fixed sizes, both fills, with and without costs; and our answer."""
    for symbol in SYMBOLS:
        history = mc.load_history(symbol, source="sample")
        for fill, shares, (commission, slippage) in product(("same-close", "next-close"), (None, 100.0), COSTS):
            size = "all in" if shares is None else f"{shares:g} shares"
            name = f"{symbol}, {fill}, {size}, costs {commission + slippage:g}"
            rules = mc.Rules(shares=shares, commission=commission, slippage=slippage, fill=fill)
            wanted = filled(STRATEGY.targets(history.closes[:, None])[:, 0], rules.delay)
            yield Case(name, history.closes, wanted, rules), _answer(mc.backtest(history, STRATEGY, **rules.to_dict()))


def bracket_cases(fill: str, intrabar: str = "stop-first") -> Iterator[tuple[BracketCase, Answer]]:
    """Every sample history, long only and short only, with a stop and a target; and our answer.

    Without slippage: peers charge targets what they charge stops.
    """
    for symbol, strategy in product(SYMBOLS, BRACKET_STRATEGIES):
        history = mc.load_history(symbol, source="sample")
        for shares, commission in ((None, 0.001), (100.0, 0.0)):
            size = "all in" if shares is None else f"{shares:g} shares"
            name = f"{symbol}, {strategy.name} with stop and target, {fill}, {intrabar}, {size}, costs {commission:g}"
            rules = mc.Rules(shares=shares, commission=commission, slippage=0.0, fill=fill, intrabar=intrabar)
            wanted = filled(strategy.targets(history.closes[:, None])[:, 0], rules.delay)
            case = BracketCase(
                name,
                history.closes,
                wanted,
                rules,
                bars=history.adjusted_bars,
                stop=strategy.stop_loss,
                target=strategy.take_profit,
            )
            yield case, _answer(mc.backtest(history, strategy, **rules.to_dict()))


def filled(targets: np.ndarray, delay: int) -> np.ndarray:
    """Targets at the close that fills them, along axis 0."""
    moved = np.zeros_like(targets)
    moved[delay:] = targets[: len(targets) - delay]
    return moved


def _answer(backtest: mc.Backtest) -> Answer:
    statistics = backtest.summary.set_index("statistic")["value"]
    if statistics["unfilled_orders"]:
        raise ValueError("peers handle an order that cash cannot pay in ways of their own: choose another size")
    trades, days = backtest.trades, backtest.equity.index
    closed = trades[trades["exit_date"].notna()]
    return Answer(
        final_value=statistics["final_value"],
        max_drawdown=statistics["max_drawdown"],
        entries=days.get_indexer(pd.DatetimeIndex(trades["entry_date"])),
        exits=days.get_indexer(pd.DatetimeIndex(closed["exit_date"])),
        profits=closed["profit"].to_numpy(),
    )
