"""What a person wants to hold, as text by line, and the holdings made of it.

A line is read alone, so that whatever is wrong with any of them is told at once, before a price is fetched.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from fleet import chosen
from fleet.chosen import Chosen, read_given
from fleet.histories import SOURCE as S3
from montecarlo.accounting.rebalancing import BAND, Rebalancing
from montecarlo.accounting.rules import Rules
from montecarlo.data.currencies import read_currency
from montecarlo.data.history import check_symbol
from montecarlo.data.joint_history import MOST_SYMBOLS, JointHistory
from montecarlo.data.sources import SOURCES
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.holdings import (
    EQUAL,
    FIXED,
    TRADED_BY,
    WEIGHTINGS,
    Holding,
    holdings_of,
    holdings_problems,
    reserve_of,
    rules_problems,
    weights_problem,
)
from montecarlo.experiments.portfolio import JOINT_MODEL, Portfolio
from montecarlo.experiments.simulation import rows_problem
from montecarlo.experiments.traded_paths import WARM_UP
from montecarlo.models.joint import JOINT_MODELS
from montecarlo.parameters import Choice, Parameter, declared, shown
from montecarlo.strategies import ORDERS, STRATEGIES, BuyAndHold, Strategy
from montecarlo.typed_numbers import read_decimal

Made = TypeVar("Made")

HOLDINGS = "holdings"
"""Under which it is told what is wrong with the lines: sentences that stand alone."""

WEIGHTS = Parameter.of(
    "weights",
    Choice(tuple(each for each in WEIGHTINGS if each != FIXED)),
    EQUAL,
    label="Weights",
    help="Where no holding has a weight of its own: the same of each, or by the inverse of its volatility.",
    optional=True,
)
MODEL = JOINT_MODEL
_OF_THE_LINE = ("symbol", "weight", "source", "prices", "settings", "cells")  # whose problems need no more words
_OF_REBALANCING: Mapping[str, Parameter] = declared(Rebalancing)
_OF_PATHS: Mapping[str, Parameter] = {**declared(Portfolio), MODEL.name: MODEL, WARM_UP.name: WARM_UP}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One holding as it was written; what is empty was not said.

    Attributes:
        symbol: Such as AAPL.
        weight: Share of the capital: "0.4" and "40%" are the same.
        source: One of ``SOURCES``, or S3; "" is that of all.
        prices: A file of prices, or its address in S3; None for the other sources.
        currency: Of the prices, such as USD; "" where their source may know it.
        strategy: What trades it; "" is that of all.
        settings: What that is told, as typed, by name.
        place: Where it was written, for messages: "line 3 of holdings.csv"; "" where its symbol is enough.
        wrong: What whoever wrote it down found wrong with it already; as ``ReadLine.problems``.
    """

    symbol: str
    weight: str = ""
    source: str = ""
    prices: Path | str | None = None
    currency: str = ""
    strategy: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def called(self) -> str:
        return self.place or self.symbol.strip()[:40] or "a holding without a symbol"


@dataclass(frozen=True, kw_only=True)
class ChosenHolding:
    """One holding, read.

    Attributes:
        symbol: In capital letters, but for that of a file, which may be a label.
        weight: Share of the capital; None where no holding has one of its own.
        strategy: What trades it.
        source: One of ``SOURCES``, or S3.
        prices: As of ``Line``.
        currency: In capital letters, or "".
    """

    symbol: str
    weight: float | None
    strategy: Strategy
    source: str
    prices: Path | str | None
    currency: str


@dataclass(frozen=True)
class ReadLine:
    """A line, as far as it can be read.

    Attributes:
        values: By name of the attributes of ``ChosenHolding``, without those that are wrong.
        problems: By such a name, by that of what its strategy is told, or as "settings" or "cells"; each the end of a
            sentence.
    """

    values: dict[str, Any]
    problems: dict[str, str]


class HoldingsError(ParameterError):
    """Holdings that cannot be; all of it in ``problems``, that of the lines as sentences under HOLDINGS.

    Attributes:
        lines: In their order, each with its own problems.
        together: What is wrong with them together, a sentence; "" where nothing is.
    """

    def __init__(
        self, problems: Mapping[str, str], lines: Sequence[Line], read: Sequence[ReadLine], together: str
    ) -> None:
        self.lines, self.together = tuple(read), together
        said = [
            f"{line.called} {', '.join(_of_a_line(name, why) for name, why in each.problems.items())}"
            for line, each in zip(lines, read, strict=True)
            if each.problems
        ]
        of_lines = "; ".join([*said, together] if together else said)
        super().__init__({**problems, HOLDINGS: of_lines} if of_lines else problems)


def _of_a_line(name: str, why: str) -> str:
    return why if name in _OF_THE_LINE else f"has a {name.replace('_', ' ')} that {why}"


@dataclass(frozen=True, kw_only=True)
class ChosenHoldings:
    """What a person chose for a portfolio.

    Attributes:
        holdings: In the order in which they were written.
        weighting: FIXED where each has its weight, otherwise EQUAL or INVERSE_VOLATILITY.
        rebalancing: When weights are put back.
        rules: Money, fills and costs.
        paths: The other parameters that were given, by name; those of the model as "model_values".
    """

    holdings: tuple[ChosenHolding, ...]
    weighting: str = EQUAL
    rebalancing: Rebalancing = field(default_factory=Rebalancing)
    rules: Rules = field(default_factory=Rules)
    paths: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        lines: Sequence[Line],
        given: Mapping[str, Any],
        *,
        source: str = "sample",
        strategy: str = BuyAndHold.name,
        told: Mapping[str, str] | None = None,
        model_settings: Mapping[str, str] | None = None,
    ) -> Self:
        """
        Args:
            lines: What is held.
            given: Text or values by name, of which "weights" and those of rebalancing, rules and paths are taken;
                None is not given.  With FIXED as "weights", each line must have its own.
            source: Of the lines that name none.
            strategy, told: What trades the lines that name no strategy, and what it is told, as typed.
            model_settings: Parameters of the model in place of those that are fitted, as typed.

        Raises:
            HoldingsError: naming all that cannot be used, whatever the prices are.
        """
        problems: dict[str, str] = {}
        weighting = given.get(WEIGHTS.name)
        if weighting != FIXED:
            weighting = read_given({WEIGHTS.name: WEIGHTS}, given, problems).get(WEIGHTS.name)
        rules = _made(Rules, read_given(chosen.OF_RULES, given, problems), problems)
        when = read_given(_OF_REBALANCING, given, problems)
        if "rebalance" not in when and "band" in when and "every" not in when:
            when["rebalance"] = BAND
        rebalancing = _made(Rebalancing, when, problems)
        paths = read_given(_OF_PATHS, given, problems)
        if model_settings and "model" not in problems:
            try:
                paths["model_values"] = read_joint_settings(paths.get("model", MODEL.default), model_settings)
            except ParameterError as error:
                problems["set_model"] = str(error)
        usual = _usual(strategy, told or {}, problems)
        read = [_read(each, source, usual, strategy) for each in lines]
        if rules:
            problems |= rules_problems(rules)
        problems |= _problems_of_paths(paths, read, usual)
        together = _together(lines, read, weighting)
        if problems or together or any(each.problems for each in read):
            raise HoldingsError(problems, lines, read, together)
        assert rules is not None
        assert rebalancing is not None
        holdings = tuple(ChosenHolding(**each.values) for each in read)
        fixed = any(each.weight is not None for each in holdings)
        return cls(
            holdings=holdings,
            weighting=FIXED if fixed else weighting or EQUAL,
            rebalancing=rebalancing,
            rules=rules,
            paths=paths,
        )

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(each.symbol for each in self.holdings)

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        return tuple(each.strategy for each in self.holdings)

    def of_history(self, history: JointHistory) -> tuple[Holding, ...]:
        """The holdings with their weights; ``history`` has the symbols in the same order.

        Raises:
            ParameterError: as ``holdings_of``.
        """
        weights = [each.weight for each in self.holdings if each.weight is not None]
        strategies = dict(zip(history.symbols, self.strategies, strict=True))
        return holdings_of(history, weights or self.weighting, strategies)

    @property
    def reserve(self) -> float:
        """Share of the capital that stays cash."""
        if self.weighting != FIXED:
            return 0.0
        return reserve_of([each.weight or 0.0 for each in self.holdings])

    @property
    def currencies(self) -> dict[str, str]:
        """By symbol, where a person has said so."""
        return {each.symbol: each.currency for each in self.holdings if each.currency}

    @property
    def of_a_portfolio(self) -> dict[str, Any]:
        """What ``make_portfolio_job`` is told, with what is usual where nobody looks at a form."""
        return {"rebalancing": self.rebalancing, "rules": self.rules, "uncertainty": None, **self.paths}


def read_weight(text: str) -> float:
    """The weight of a holding: "0.4" and "40%" are the same.

    Raises:
        ValueError: why it can be none, as the end of a sentence.
    """
    text = text.strip()
    try:
        weight = read_share(text)
    except ValueError as error:
        hint = f": {error}" if str(error) else ""
        raise ValueError(f"must have a weight such as 0.4 or 40%, not {shown(text)}{hint}") from None
    if not weight > 0:
        raise ValueError(f"must have a weight above 0, not {text}: leave out what is not held")
    if weight > 1:
        meant = "" if "%" in text or not 2 <= weight <= 100 else f": {text} % is written {text}% or {weight / 100:.15g}"
        raise ValueError(f"must have a weight of at most 1, which is all of the capital, not {text}{meant}")
    return weight


def read_share(text: str) -> float:
    """A fraction, which may be written in percent.

    Raises:
        ValueError: it is no number, with what may help, or with nothing.
    """
    text = text.strip()
    number = read_decimal(text.removesuffix("%").strip())
    return float(number / 100 if text.endswith("%") else number)


def read_joint_settings(model: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """Parameters of the named joint model, from what a person typed.

    Raises:
        ParameterError: there is no such parameter, or it cannot have the value.
    """
    known = JOINT_MODELS[model].settable()
    problems = {
        name: f"cannot be set for the {model} model of several symbols, which has {', '.join(known)}"
        for name in typed
        if name not in known
    }
    values = read_given({name: known[name] for name in typed if name in known}, typed, problems)
    if problems:
        raise ParameterError(problems)
    return values


def _made(kind: Callable[..., Made], values: Mapping[str, Any], problems: dict[str, str]) -> Made | None:
    """The dataclass's value; what is wrong with it is added to ``problems``."""
    try:
        return kind(**values)
    except ParameterError as error:
        problems.update({name: said for name, said in error.problems.items() if name not in problems})
        return None


def _usual(strategy: str, told: Mapping[str, str], problems: dict[str, str]) -> Strategy | None:
    try:
        return _strategy(strategy, told)
    except ParameterError as error:
        problems |= error.problems
        return None


def _strategy(name: str, told: Mapping[str, str]) -> Strategy:
    """
    Raises:
        ParameterError: no such strategy trades within a portfolio, or it cannot be told something.
    """
    if name not in TRADED_BY:
        known = ", ".join(TRADED_BY)
        own = ", because rules of your own cannot trade a share of a portfolio yet" if name.endswith(".py") else ""
        orders = ", which gives orders within the day" if name in STRATEGIES else ""
        raise ParameterError({"strategy": f"must be one of {known}, not {shown(name)}{own or orders}"})
    own_and_orders = declared(STRATEGIES[name])
    try:
        return chosen.strategy_of(Chosen(name, told, Rules(), {}))
    except ParameterError as error:
        own = ", ".join(each for each in own_and_orders if each not in ORDERS)  # which no share of a portfolio can have
        has = f"which has {own}" if own else "which is told nothing: name another strategy"
        unknown = dict.fromkeys(error.problems.keys() - own_and_orders.keys(), f"is no parameter of {name}, {has}")
        raise ParameterError({each: unknown.get(each, why) for each, why in error.problems.items()}) from None


def _problems_of_paths(paths: Mapping[str, Any], lines: Sequence[ReadLine], usual: Strategy | None) -> dict[str, str]:
    """What can be told of them before there are prices: whether strategies decide in time, and give no orders.

    What is to be said of one line alone is added to its problems.
    """
    known = declared(Portfolio)
    days, iterations = (paths.get(name, known[name].default) for name in ("days", "iterations"))
    rows = rows_problem(paths.get("rows"), iterations)
    problems = {"rows": rows} if rows else {}
    for each in lines:
        if each.problems or "strategy" not in each.values:
            continue
        strategy = each.values["strategy"]
        said = strategy.problems(days, warm_up=bool(paths.get("warm_up")))
        if orders := holdings_problems([Holding(each.values["symbol"], 1.0, strategy)]).get("strategies"):
            said["strategy"] = orders
        for name, why in said.items():
            own = strategy is not usual and name in ("strategy", *strategy.parameters)
            (each.problems if own else problems).setdefault(name, why)
    return problems


def _read(line: Line, source: str, usual: Strategy | None, usual_name: str) -> ReadLine:
    values: dict[str, Any] = {"prices": line.prices}
    problems = dict(line.wrong)
    symbol = line.symbol.strip()
    where = line.source.strip() or ("csv" if line.prices is not None else source)

    def take(name: str, read: Callable[[], Any]) -> None:
        try:
            values[name] = read()
        except ParameterError as error:
            problems.update(error.problems)
        except HistoryError as error:
            problems[name] = f"cannot be: {str(error).removeprefix('symbol: ')}"
        except ValueError as error:
            problems[name] = str(error)

    if symbol:
        take("symbol", lambda: check_symbol(symbol) if where == "csv" else check_symbol(symbol).upper())
    else:
        problems["symbol"] = "lacks its symbol"
    take("weight", lambda: read_weight(line.weight) if line.weight.strip() else None)
    values["source"] = where
    if where not in (*SOURCES, S3):
        problems["source"] = f"must be from one of {', '.join((*SOURCES, S3))}, not {shown(where)}"
    elif where == "csv" and line.prices is None and "prices" not in problems:
        problems["source"] = "is from csv, and lacks the file with its prices"
    elif where not in ("csv", S3) and line.prices is not None:
        problems["source"] = f"has a file with its prices, and is from {where}: choose one of them"
    take("currency", lambda: read_currency(line.currency))
    if line.strategy.strip() or line.settings:
        take("strategy", lambda: _strategy(line.strategy.strip() or usual_name, line.settings))
    elif usual:
        values["strategy"] = usual
    return ReadLine(values, problems)


def _together(lines: Sequence[Line], read: Sequence[ReadLine], weighting: str | None) -> str:
    """What is wrong with them together; what is to be said of one line is added to its problems."""
    if not lines:
        return "nothing is held: name one symbol at least"
    if len(lines) > MOST_SYMBOLS:
        return f"the holdings must be {MOST_SYMBOLS} symbols at most, not {len(lines):,}"
    seen: set[str] = set()
    for each in read:
        symbol = each.values.get("symbol", "")
        if symbol and symbol in seen:
            each.problems["symbol"] = f"is in the list already, which must name {symbol} once: add the weights up"
        seen.add(symbol)
    without = [each for line, each in zip(lines, read, strict=True) if not line.weight.strip()]
    if weighting != FIXED and len(without) == len(lines):
        return ""
    if weighting not in (None, FIXED):
        return f"weights of their own and {weighting} ones for all exclude each other: leave out one of both"
    for each in without:
        each.problems["weight"] = "lacks a weight: write 0.25 or 25%, or let all have the same weight"
    if not without and _are_percentages(lines):
        for each in read:
            each.problems.pop("weight", None)  # each of which says the same
        written = ", ".join(f"{each.weight.strip()}%" for each in lines[:3]) + (", …" if len(lines) > 3 else "")
        return f"the weights must be 1 together, not 100: write {written}"
    if any(name in each.problems for each in read for name in ("symbol", "weight")):
        return ""
    problem = weights_problem({each.values["symbol"]: each.values["weight"] for each in read})
    return problem and f"the weights {problem}"


def _are_percentages(lines: Sequence[Line]) -> bool:
    """Whether all weights were meant as percent, and none has its sign."""
    try:
        total = sum(read_decimal(each.weight.strip()) for each in lines)
    except ValueError:
        return False
    return 99 <= total <= 101
