"""A backtest as an experiment, so that a job can ask for it: a strategy on the real history, in one unit of work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Self

from montecarlo import parameters
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.experiments.backtest import Backtest, backtest
from montecarlo.experiments.cells import Cells
from montecarlo.experiments.experiment import SUMMARY, Experiment, Progress, RowsFormat, TellSoFar
from montecarlo.experiments.given import PRICES
from montecarlo.experiments.given_history import GivenHistory
from montecarlo.experiments.traded_paths import STRATEGY, known_by
from montecarlo.parameters import Parameter
from montecarlo.statistics.tables import whole_table
from montecarlo.strategies import Strategy, strategy_from_dict
from montecarlo.strategies.own_rule import OwnRule, RuleCode

EQUITY, TRADES = "equity.csv", "trades.csv"


@dataclass(frozen=True, kw_only=True)
class HistoricalBacktest(Experiment):
    """A strategy on a price history, under rules.

    Args:
        history: The prices.
        strategy: What is traded when.
        rules: Money, fills and costs.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """

    kind = "backtest"
    unit = "history"
    doing = "Trading"
    block = 1
    any_result_files = (EQUITY, TRADES, SUMMARY)

    history: GivenHistory
    strategy: Strategy
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        if found := self.strategy.problems(self.history.closes - 1, longer="a longer history"):
            raise ParameterError(found)

    @property
    def units(self) -> int:
        return 1

    @property
    def path_days(self) -> int:
        return self.history.closes

    @property
    def chunk(self) -> int:
        return 1

    @property
    def inputs(self) -> Mapping[str, str]:
        return {PRICES: self.history.digest, **self.strategy.inputs}

    def with_inputs(self, contents: Mapping[str, bytes]) -> Self:
        return replace(self, history=self.history.with_inputs(contents), strategy=self.strategy.with_inputs(contents))

    @property
    def reproducible(self) -> bool:
        return self.strategy.reproducible

    @property
    def warnings(self) -> tuple[str, ...]:
        return (*self.history.warnings, *self.strategy.warnings, *self.rules.warnings)

    @property
    def title(self) -> str:
        return f"backtest, {self.strategy}"

    @property
    def own_rule(self) -> OwnRule | None:
        return self.strategy if isinstance(self.strategy, OwnRule) else None

    def bound(self, code: RuleCode) -> Self:
        return replace(self, strategy=replace(self.own_rule, code=code)) if self.own_rule else super().bound(code)

    def facts(self) -> list[tuple[Parameter, Any]]:
        told = [(each, self.strategy.values[name]) for name, each in self.strategy.parameters.items()]
        told = [(each, value) for each, value in told if value is not None or not each.since]
        rules = [
            (each, getattr(self.rules, name))
            for name, each in parameters.declared(self.rules).items()
            if self.rules.counts(name)
        ]
        return [*self.history.facts(), (STRATEGY, self.strategy.label), *known_by(self.strategy), *told, *rules]

    def headline(self) -> dict[str, Any]:
        told = {"strategy": self.strategy.name, "first": str(self.history.first), "last": str(self.history.last)}
        told |= {each.name: value for each, value in known_by(self.strategy)}
        values = {name: value for name, value in self.strategy.values.items() if value is not None}
        return told | {name: value for name, value in values.items() if name not in told}

    @property
    def rows_format(self) -> RowsFormat | None:
        return None

    def run(
        self,
        first: int,
        stop: int,
        rows: BinaryIO | None = None,
        *,
        threads: int | None = None,
        progress: Progress | None = None,
        so_far: TellSoFar | None = None,
    ) -> Cells:
        found = backtest(self.history.at_hand, self.strategy, rules=self.rules)
        cells = Cells({0: {name: content.decode() for name, content in files_of(found).items()}})
        if so_far:
            so_far(cells)
        if progress:
            progress(1)
        return cells

    def partial_result(self, content: bytes) -> Cells:
        return Cells.from_bytes(content, self.units)

    def results(self, total: Cells, rows: Iterable[bytes]) -> dict[str, bytes]:
        return {name: total.found[0][name].encode() for name in self.any_result_files}

    def require_whole(self, name: str, content: bytes) -> None:
        columns = {EQUITY: ["date", "equity", "buy_and_hold"], TRADES: ["entry_date"], SUMMARY: ["statistic", "value"]}
        numbers = {EQUITY: ["equity", "buy_and_hold"], TRADES: [], SUMMARY: ["value"]}
        lines = self.history.closes if name == EQUITY else content.count(b"\n") - 1
        whole_table(content, columns[name], numbers[name], lines)

    def to_dict(self) -> dict[str, Any]:
        return {
            "history": self.history.to_dict(),
            "strategy": self.strategy.to_dict(),
            "rules": self.rules.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: object) -> Self:
        given = parameters.from_dict(cls.kind, values, cls)
        return cls(
            history=GivenHistory.from_dict(given["history"]),
            strategy=strategy_from_dict(given["strategy"]),
            rules=Rules(**parameters.from_dict("rules", given["rules"], Rules)),
        )


def make_historical(history: PriceHistory, strategy: Strategy, rules: Rules) -> HistoricalBacktest:
    """The experiment that does the same as ``backtest``.

    Raises:
        ParameterError: naming each parameter that cannot be used.
        HistoryError: strategy or rules need the open, high and low of days, and the history has closes only.
    """
    given = GivenHistory.of(history, within_days=strategy.gives_orders or rules.fill == "next-open")
    doubts = (*given.warnings, *strategy.doubts_on(history))
    return HistoricalBacktest(history=replace(given, warnings=doubts), strategy=strategy, rules=rules)


def files_of(found: Backtest) -> dict[str, bytes]:
    """What a backtest found, as files: equity day by day, round trips, and SUMMARY last."""
    equity = found.equity.to_frame().assign(buy_and_hold=found.buy_and_hold)
    return {
        EQUITY: equity.to_csv().encode(),
        TRADES: found.trades.to_csv(index=False).encode(),
        SUMMARY: found.summary.to_csv(index=False).encode(),
    }
