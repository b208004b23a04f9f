"""What a portfolio holds: symbols, the share of the capital that each has, and what trades it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from montecarlo import parameters
from montecarlo.accounting.rules import Rules
from montecarlo.data.joint_history import JointHistory
from montecarlo.errors import ParameterError
from montecarlo.parameters import Choice, Number, plain, shown
from montecarlo.strategies import STRATEGIES, BuyAndHold, Strategy, strategy_from_dict
from montecarlo.strategies.own_rule import OwnRule

FIXED, EQUAL, INVERSE_VOLATILITY = "fixed", "equal", "inverse-volatility"
WEIGHTINGS = (FIXED, EQUAL, INVERSE_VOLATILITY)

TRADED_BY: Mapping[str, type[Strategy]] = {
    BuyAndHold.name: BuyAndHold,
    **{name: kind for name, kind in STRATEGIES.items() if not kind().gives_orders},
}
"""Strategies of the library that can trade a share of a portfolio, the usual one first: those that give no orders."""

FILL = replace(
    parameters.declared(Rules)["fill"],
    kind=Choice(("next-close", "same-close")),
    help="Close that a signal is filled at.",
)
"""The rule of that name, as far as a portfolio can keep it."""

WEIGHT = Number(0, 1, low_allowed=False)
ROUNDING = 1e-12
"""Of a sum of weights: less than so much beyond 1 is 1, and less than so much that is left of it is no cash.  It comes
from nowhere, or is lost, whenever weights are put back; so it is no more than rounding."""


@dataclass(frozen=True)
class Holding:
    """One symbol of a portfolio.

    Args:
        symbol: Of the joint history.
        weight: Share of the capital, above 0 and up to 1; what all weights leave of 1 is cash.
        strategy: What trades its share: with BuyAndHold, which is usual, it is simply held.

    Raises:
        ParameterError: the weight cannot be used.
    """

    symbol: str
    weight: float
    strategy: Strategy = field(default_factory=BuyAndHold)

    def __post_init__(self) -> None:
        if not WEIGHT.accepts(self.weight):
            raise ParameterError({"weights": f"must each be {WEIGHT}, not {shown(self.weight)} for {self.symbol}"})
        object.__setattr__(self, "weight", float(plain(self.weight)))

    def __str__(self) -> str:
        """Such as "AAPL 40 %" and "AAPL 40 % by sma-crossover, short 40, long 100"."""
        share = f"{self.symbol} {100 * self.weight:.4g} %"
        return share if isinstance(self.strategy, BuyAndHold) else f"{share} by {self.strategy}"

    def to_dict(self) -> dict[str, Any]:
        return {"symbol": self.symbol, "weight": self.weight, "strategy": self.strategy.to_dict()}

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """What ``to_dict`` wrote.

        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
        given = parameters.from_dict("holding", values, cls)
        if not isinstance(given["symbol"], str):
            raise ParameterError({"symbol": f"must be a text, not {shown(given['symbol'])}"})
        return cls(given["symbol"], given["weight"], strategy_from_dict(given["strategy"]))


def holdings_of(
    history: JointHistory,
    weights: Mapping[str, float] | Sequence[float] | str = EQUAL,
    strategies: Mapping[str, Strategy] | Strategy | None = None,
) -> tuple[Holding, ...]:
    """What a person holds.

    Args:
        history: Whose symbols they are, in its order.
        weights: By symbol or in the order of the symbols, or EQUAL, or INVERSE_VOLATILITY (1 / volatility, of the
            history's daily returns, scaled to 1).
        strategies: By symbol, or one for all; None, and what is not named, is bought and held.

    Raises:
        ParameterError: a weight is not above 0, they are more than 1 together, or one is missing or unknown.
    """
    symbols = history.symbols
    by_symbol = _weights(history, weights)
    if isinstance(strategies, Strategy):
        strategies = dict.fromkeys(symbols, strategies)
    found = {}
    if unknown := [name for name in strategies or {} if name not in symbols]:
        found["strategies"] = _unknown(unknown, symbols)
    if problem := weights_problem(by_symbol):
        found["weights"] = problem
    if found:
        raise ParameterError(found)
    return tuple(
        Holding(symbol, by_symbol[symbol], *([strategies[symbol]] if strategies and symbol in strategies else []))
        for symbol in symbols
    )


def weights_problem(weights: Mapping[str, float]) -> str:
    """Why these cannot be the weights of a portfolio, by symbol; empty where they can."""
    unusable = [f"{shown(weight)} for {symbol}" for symbol, weight in weights.items() if not WEIGHT.accepts(weight)]
    if unusable:
        return f"must each be {WEIGHT}, not {', '.join(unusable)}"
    total = math.fsum(weights.values())
    if total > 1 + ROUNDING:
        return (
            f"must be 1 together at most, and are {total:.12g}: nothing is bought on credit; "
            f"divide each by {total:.12g}, or make some smaller"
        )
    return ""


def reserve_of(weights: Sequence[float]) -> float:
    """What weights leave of 1: the share of the capital that is cash; 0 where that is rounding."""
    left = 1 - math.fsum(weights)
    return left if left > ROUNDING else 0.0


def holdings_problems(holdings: Sequence[Holding]) -> dict[str, str]:
    """Why an account of several symbols cannot have these holdings, by what is wrong; empty where it can."""
    found = {}
    if problem := weights_problem({each.symbol: each.weight for each in holdings}):
        found["weights"] = problem
    own = [each for each in holdings if isinstance(each.strategy, OwnRule)]
    orders = [each for each in holdings if each.strategy.gives_orders and each not in own]
    if orders:
        names = ", ".join(dict.fromkeys(f"{each.strategy.called} on {each.symbol}" for each in orders))
        found["strategies"] = (
            f"cannot give orders within the day in a portfolio, as {names} would: leave out stops, targets, limits and "
            "longest holding times, and take rules that decide at the close"
        )
    elif own:
        names = ", ".join(dict.fromkeys(f"{each.strategy.called} on {each.symbol}" for each in own))
        found["strategies"] = (
            f"must be rules of the library in a portfolio, and {names} is your own: take one of the library's, or "
            "simulate each symbol by itself"
        )
    return found


def rules_problems(rules: Rules) -> dict[str, str]:
    """Which rules an account of several symbols cannot keep, and what helps, by name; empty where it can."""
    found = {}
    if rules.shares is not None:
        found["shares"] = "must be left out for a portfolio: its weights say how much of each symbol is bought"
    if rules.fill == "next-open":
        found["fill"] = "must be next-close or same-close for a portfolio, whose symbols trade at common closes"
    if rules.commission_model != "fraction":
        found["commission_model"] = "must be a fraction of the traded value for a portfolio: set the commission"
    if rules.slippage_model != "fraction":
        found["slippage_model"] = "must be a fraction of the traded value for a portfolio: set the slippage"
    return found


def _weights(history: JointHistory, weights: Mapping[str, float] | Sequence[float] | str) -> dict[str, float]:
    symbols = history.symbols
    if isinstance(weights, str):
        if weights == EQUAL:
            return dict.fromkeys(symbols, 1 / len(symbols))
        if weights == INVERSE_VOLATILITY:
            return _by_inverse_volatility(history)
        words = f"must be {EQUAL}, {INVERSE_VOLATILITY}, or a number for each symbol, not {shown(weights)}"
        raise ParameterError({"weights": words})
    if isinstance(weights, Mapping):
        missing = [name for name in symbols if name not in weights]
        unknown = [name for name in weights if name not in symbols]
        if missing or unknown:
            said = [f"lack {', '.join(missing)}"] if missing else []
            said += [_unknown(unknown, symbols)] if unknown else []
            raise ParameterError({"weights": "; and they ".join(said)})
        return {name: weights[name] for name in symbols}
    if len(weights) != len(symbols):
        words = f"must be {len(symbols)}, one for each of {', '.join(symbols)}, not {len(weights)}"
        raise ParameterError({"weights": words})
    return dict(zip(symbols, weights, strict=True))


def _by_inverse_volatility(history: JointHistory) -> dict[str, float]:
    deviations = history.returns.std(axis=0, ddof=1)
    if still := [name for name, deviation in zip(history.symbols, deviations, strict=True) if not deviation > 0]:
        words = f"cannot be by inverse volatility, because the price of {', '.join(still)} never moves: give numbers"
        raise ParameterError({"weights": words})
    inverse = (1 / deviations).tolist()
    total = math.fsum(inverse)
    return {name: each / total for name, each in zip(history.symbols, inverse, strict=True)}


def _unknown(names: Sequence[str], symbols: Sequence[str]) -> str:
    return f"name {', '.join(map(shown, names))}, and the history has {', '.join(symbols)}"
