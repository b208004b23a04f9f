"""A portfolio: several symbols in one account, on paths of a joint model."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, BinaryIO, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo import parameters
from montecarlo.accounting.rebalancing import NEVER, Rebalancing
from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import Rules
from montecarlo.errors import ParameterError
from montecarlo.experiments import portfolio_files, uncertainty
from montecarlo.experiments.experiment import Experiment, Progress, RowsFormat, TellSoFar
from montecarlo.experiments.given import PRICES
from montecarlo.experiments.given_joint import GivenJoint
from montecarlo.experiments.holdings import Holding, holdings_problems, reserve_of, rules_problems
from montecarlo.experiments.left_open import LeftOpen
from montecarlo.experiments.parallel import map_blocks
from montecarlo.experiments.paths import simulate_rows
from montecarlo.experiments.pieces import added_up, blocks_at_once, in_units, written_to
from montecarlo.experiments.portfolio_left_open import PortfolioLeftOpen, joint_uncertainty_problem
from montecarlo.experiments.portfolio_measures import MeasuredTables, measure, measured_tables
from montecarlo.experiments.portfolio_paths import PortfolioPaths, simulate_portfolio_paths
from montecarlo.experiments.simulation import CHUNK_WITH_ROWS, ROWS_BY_DEFAULT, Simulation, rows_problem
from montecarlo.experiments.traded_paths import CHUNK_PATH_DAYS, WARM_UP, in_bars, shared, stays_in_range
from montecarlo.limits import MAX_WARM_UP
from montecarlo.models.joint import JOINT_MODELS, JointModel, Mix, joint_model_from_dict
from montecarlo.parameters import Choice, Parameter, Switch, Whole, Word, parameter, shown
from montecarlo.statistics.portfolio_tally import EQUAL_WEIGHT, NEVER_REBALANCED, PortfolioTally
from montecarlo.statistics.summary import summarise
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import BuyAndHold

JOINT_MODEL = Parameter.of(
    "model", Choice(tuple(JOINT_MODELS)), "bootstrap", label="Model", help="How prices are drawn together."
)
HOLDINGS = Parameter.of("holdings", Word(2000), label="Holdings", help="Symbols, their shares, and what trades them.")
RESERVE = Parameter.of(
    "reserve", parameters.Number(0, 1), 0.0, label="Cash", unit="of the capital", help="What the weights leave of 1."
)

SURVIVORSHIP = (
    "symbols that are chosen today are among those that are still there: their past is mostly better than that of what "
    "one would have chosen then (survivorship)"
)
"""What is doubtful about any list of symbols."""

_NO_RULES = ("shares", "intrabar")  # of a portfolio
_DIGITS = 12  # of what weights leave of 1, for whoever reads it


@dataclass(frozen=True, kw_only=True)
class Portfolio(Experiment):
    """Holdings on paths of a joint model, under rules.

    Args:
        history: What there is to say of the joint history; itself where it is at hand.
        holdings: One for each symbol of the history, in its order.
        model: The fitted joint model, of the same symbols.
        rebalancing: When weights are put back.
        days, iterations, seed, rows, uncertainty: As of a simulation.
        warm_up: How many of the last closes stand before the start prices, so that strategies decide from the first day
            on: as many as the one that waits longest needs, or none.
        rules: Money, fills and costs.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """

    kind = "portfolio"
    rows_file = "paths.csv"
    any_result_files = portfolio_files.FILES

    history: GivenJoint
    holdings: tuple[Holding, ...]
    model: JointModel
    rebalancing: Rebalancing = field(default_factory=Rebalancing)
    days: int = shared("days")
    iterations: int = shared("iterations")
    seed: int = shared("seed")
    rows: bool = parameter(Switch(), False, label="Keep rows", help="Keep a row of results for each path.")
    uncertainty: bool = shared("uncertainty")
    warm_up: int = parameter(Whole(0, MAX_WARM_UP), 0, label=WARM_UP.label, unit=WARM_UP.unit, help=WARM_UP.help)
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        found = parameters.problems(self)
        if not found:
            parameters.unify(self)
        symbols = self.history.symbols
        if tuple(each.symbol for each in self.holdings) != symbols:
            held = ", ".join(each.symbol for each in self.holdings)
            found["holdings"] = f"must be one for each of {', '.join(symbols)}, in this order, not {held}"
        else:
            found |= holdings_problems(self.holdings)
        if self.model.symbols != symbols:
            found["model"] = f"must be of {', '.join(symbols)}, not of {', '.join(self.model.symbols)}"
        found |= rules_problems(self.rules)
        if problem := rows_problem(self.rows, self.iterations):
            found["rows"] = problem
        if "days" not in found and "warm_up" not in found:
            found |= self._problems_of_waiting()
        if not found and self.uncertainty and (problem := joint_uncertainty_problem(self.model, self.days)):
            found["uncertainty"] = problem
        if not found and not self._stays_in_range:
            found["days"] = (
                "are too many for these drifts and volatilities: returns would leave the range of double precision"
            )
        if found:
            raise ParameterError(found)

    def _problems_of_waiting(self) -> dict[str, str]:
        needed = max((each.strategy.first_decision for each in self.holdings), default=0)
        if self.warm_up and self.warm_up != needed:
            return {"warm_up": f"must be {needed:,} closes, as the rules need them, or none, not {self.warm_up:,}"}
        if self.warm_up >= self.history.closes:
            return {
                "warm_up": f"takes {needed:,} closes before the last one, and there are {self.history.closes - 1:,} in "
                "common: take shorter windows or longer histories"
            }
        history = self.history.history
        if self.warm_up and history is not None and tuple(history.closes[-1].tolist()) != self.model.start_prices:
            return {"warm_up": "must end where the model starts: give the history that the model was fitted to"}
        found: dict[str, str] = {}
        for each in self.holdings:
            found |= each.strategy.problems(self.days, warm_up=bool(self.warm_up))
            found |= each.strategy.problems(
                self.history.closes - 1, longer="longer histories"
            )  # it is tried there, too
        return found

    @property
    def _stays_in_range(self) -> bool:
        years = self.days / self.model.bars_per_year
        drifts, volatilities = self.model.drifts, self.model.volatilities
        return all(stays_in_range(*each, years) for each in zip(drifts, volatilities, strict=True))

    # ---- what is held ------------------------------------------------------------------------------------------------

    @property
    def symbols(self) -> tuple[str, ...]:
        return self.history.symbols

    @property
    def weights(self) -> tuple[float, ...]:
        """Shares of the capital, in the order of the symbols."""
        return tuple(each.weight for each in self.holdings)

    @property
    def reserve(self) -> float:
        """The share of the capital that is cash."""
        return reserve_of(self.weights)

    @property
    def others(self) -> tuple[str, ...]:
        """What it is set against: each symbol alone, equal weights, and its own weights left alone, as far as these are
        not the portfolio itself or one another."""
        held = all(isinstance(each.strategy, BuyAndHold) for each in self.holdings)
        left_alone = held and self.rebalancing.rebalance == NEVER
        if len(self.holdings) == 1 and not self.reserve:
            return () if held else self.symbols
        weighted = len(set(self.weights)) > 1 or self.reserve > 0
        equal = (EQUAL_WEIGHT,) if len(self.holdings) > 1 and (weighted or not left_alone) else ()
        return (*self.symbols, *equal, *(() if left_alone else (NEVER_REBALANCED,)))

    @property
    def first_fills(self) -> tuple[int, ...]:
        """The first day, counted from 0, at whose close each of the holdings can trade."""
        delay = self.rules.delay
        return tuple(max(each.strategy.first_decision - self.warm_up, 0) + delay for each in self.holdings)

    @property
    def first_fill(self) -> int:
        """The first day, counted from 0, at whose close any of the holdings can trade."""
        return min(self.first_fills)

    @property
    def warm_up_closes(self) -> NDArray[np.float64]:
        """The last closes before the start prices, oldest first, shape (warm_up, symbols).

        Raises:
            ValueError: the prices are not at hand, and some of them are needed.
        """
        if self.warm_up == 0:
            return np.empty((0, len(self.symbols)))
        return self.history.at_hand.closes[-1 - self.warm_up : -1]

    # ---- what it is to queue, bucket and workers ---------------------------------------------------------------------

    @property
    def result_files(self) -> tuple[str, ...]:
        return self.any_result_files if self.uncertainty else self.any_result_files[1:]

    @property
    def units(self) -> int:
        return self.iterations

    @property
    def path_days(self) -> int:
        return self.days * len(self.symbols)

    @property
    def work(self) -> int:
        """As of a simulation."""
        return self.path_days

    @property
    def chunk(self) -> int:
        found = max(CHUNK_PATH_DAYS // self.work // BLOCK_PATHS, 1) * BLOCK_PATHS
        return min(found, CHUNK_WITH_ROWS) if self.rows else found

    @property
    def inputs(self) -> Mapping[str, str]:
        return {PRICES: self.history.digest}

    def with_inputs(self, contents: Mapping[str, bytes]) -> Self:
        history = self.history.with_inputs(contents)
        return replace(self, history=history, model=self.model.with_history(history.at_hand))

    @property
    def reproducible(self) -> bool:
        return all(each.strategy.reproducible for each in self.holdings)

    @property
    def warnings(self) -> tuple[str, ...]:
        of_rules = [words for each in self.holdings for words in each.strategy.warnings]
        chosen = (SURVIVORSHIP,) if len(self.symbols) > 1 else ()
        said = (*self.history.warnings, *self.model.warnings, *of_rules, *self.rules.warnings, *chosen)
        return tuple(dict.fromkeys(said))

    @property
    def title(self) -> str:
        held = ", ".join(map(str, self.holdings[:3]))
        return f"{held} and {len(self.holdings) - 3} more" if len(self.holdings) > 3 else held

    def facts(self) -> list[tuple[Parameter, Any]]:
        own = [(each, getattr(self, name)) for name, each in parameters.declared(self).items()]
        model = [(each, getattr(self.model, name)) for name, each in parameters.declared(self.model).items()]
        when = parameters.declared(self.rebalancing).items()
        rebalancing = [(each, value) for name, each in when if (value := getattr(self.rebalancing, name)) is not None]
        rules = parameters.declared(self.rules).items()
        found = [
            *self.history.facts(),
            (HOLDINGS, ", ".join(map(str, self.holdings))),
            (RESERVE, round(self.reserve, _DIGITS)),
            *rebalancing,
            (JOINT_MODEL, self.model.name),
            *model,
            *own,
            *(
                (each, getattr(self.rules, name))
                for name, each in rules
                if self.rules.counts(name) and name not in _NO_RULES
            ),
        ]
        return in_bars(found, self.model.bars_per_year)

    def headline(self) -> dict[str, Any]:
        told = {"days": self.days, "iterations": self.iterations, "rebalance": self.rebalancing.rebalance}
        return told | {"holdings": tuple(map(str, self.holdings))}

    @property
    def rows_format(self) -> RowsFormat | None:
        return RowsFormat("paths", ".csv", joined=True) if self.rows else None

    def run(
        self,
        first: int,
        stop: int,
        rows: BinaryIO | None = None,
        *,
        threads: int | None = None,
        progress: Progress | None = None,
        so_far: TellSoFar | None = None,
    ) -> PortfolioTally:
        beside = self._paths_beside if first == 0 else 0
        tell = in_units(progress, stop - first, beside)
        total = added_up(self.parts(first, stop, threads=threads), written_to(rows), tell, so_far)
        if first > 0:
            return total
        found = None
        if self.uncertainty:
            done = stop - first
            found = uncertainty.measure(self, threads=threads, progress=lambda paths: tell(done + paths)).to_dict()
        return total.with_findings(found, measure(self))

    def path_days_of(self, first: int, stop: int) -> int:
        return super().path_days_of(first, stop) + (self._paths_beside * self.path_days if first == 0 else 0)

    @property
    def mix(self) -> Mix:
        """What is invested drifts and varies while it has its weights; without the cash beside it, so that it can be
        compared with a symbol and with the risk-free rate."""
        invested = math.fsum(self.weights)
        return self.model.mix([weight / invested for weight in self.weights])

    @property
    def left_open(self) -> LeftOpen[Any]:
        """Itself under parameters other than those of its model."""
        return self.alone.left_open if self.alone else PortfolioLeftOpen.of(self)

    @property
    def _paths_beside(self) -> int:
        return uncertainty.paths_of(self.mix, self.rules) if self.uncertainty else 0

    @cached_property
    def alone(self) -> Simulation | None:
        """The simulation that it is where all of the capital is in one symbol; None where it is none."""
        if len(self.holdings) > 1 or self.reserve:
            return None
        return Simulation(
            model=self.model.single(),
            strategy=self.holdings[0].strategy,
            days=self.days,
            iterations=self.iterations,
            seed=self.seed,
            rows=self.rows,
            uncertainty=self.uncertainty,
            warm_up=tuple(self.warm_up_closes[:, 0].tolist()),
            rules=self.rules,
        )

    def parts(self, first: int, stop: int, *, threads: int | None = None) -> Iterator[tuple[Rows, PortfolioTally]]:
        """Rows and tally of one piece after the other, from path ``first`` (a multiple of BLOCK_PATHS) to ``stop``.

        Raises:
            ParameterError: ``threads`` is not a number of threads.
        """

        def part(start: int, end: int) -> tuple[Rows, PortfolioTally]:
            rows, *others = self.paths(start, end)
            return rows, PortfolioTally.of(rows, *others)

        return map_blocks(part, first, stop, threads=threads, at_once=blocks_at_once(self.work))

    def paths(self, first: int, stop: int) -> PortfolioPaths:
        """What becomes of the paths from ``first`` up to but not including ``stop``."""
        if self.alone is None:
            return simulate_portfolio_paths(self, first, stop)
        rows = simulate_rows(self.alone, first, stop)
        returns, hold = (np.asarray(rows[name], np.float64)[:, None] for name in ("return", "hold"))
        # Of what is traded, a simulation does not tell whether anything is held in the end.
        held = isinstance(self.holdings[0].strategy, BuyAndHold)
        weights = np.where((returns > -1) & held, 1.0, np.nan)
        return PortfolioPaths(rows, returns, hold, weights)

    def partial_result(self, content: bytes) -> PortfolioTally:
        return PortfolioTally.from_bytes(content)

    def summary(self, total: PortfolioTally, kept: Rows | None) -> pd.DataFrame:
        """The statistics of all paths; where there are rows, and not very many, quantiles are order statistics."""
        exact = kept if total.paths <= ROWS_BY_DEFAULT else None
        return summarise(total.tally, self.rules, self.days, self.model.bars_per_year, exact)

    def contributions(self, total: PortfolioTally, summary: pd.DataFrame) -> pd.DataFrame:
        """What each symbol, and cash, adds to the gain and to the tail; the columns add up to those of the summary."""
        return total.contributions(self.symbols, self.weights, round(self.reserve, _DIGITS), summary)

    def beating(self, total: PortfolioTally) -> pd.DataFrame:
        """How often it ends above each symbol, above equal weights, and above its own weights left alone."""
        return total.beating(self.symbols, self.others)

    def measured(self, total: PortfolioTally) -> MeasuredTables:
        """Stylized facts of its paths beside those of the history, and what it has made on the history itself.

        Raises:
            ValueError: path 0 is not among the paths.
        """
        if total.measured is None:
            raise ValueError("only the range that begins at path 0 tells this")
        return measured_tables(total.measured, self.symbols)

    def results(self, total: PortfolioTally, rows: Iterable[bytes]) -> dict[str, bytes]:
        return portfolio_files.files_of(self, total, rows)

    def require_whole(self, name: str, content: bytes) -> None:
        portfolio_files.require_whole(self, name, content)

    def to_dict(self) -> dict[str, Any]:
        values = parameters.to_dict(self)
        return values | {
            "history": self.history.to_dict(),
            "holdings": [each.to_dict() for each in self.holdings],
            "model": self.model.to_dict(),
            "rebalancing": self.rebalancing.to_dict(),
            "rules": self.rules.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: object) -> Self:
        given = parameters.from_dict(cls.kind, values, cls)
        if not isinstance(given["holdings"], tuple):
            raise ParameterError({"holdings": f"must be a list, not {shown(given['holdings'])}"})
        rebalancing = parameters.from_dict("rebalancing", given["rebalancing"], Rebalancing)
        return cls(
            **given
            | {
                "history": GivenJoint.from_dict(given["history"]),
                "holdings": tuple(map(Holding.from_dict, given["holdings"])),
                "model": joint_model_from_dict(given["model"]),
                "rebalancing": Rebalancing(**rebalancing),
                "rules": Rules(**parameters.from_dict("rules", given["rules"], Rules)),
            }
        )
