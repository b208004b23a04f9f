"""What all trading strategies share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.bars import Bars
from montecarlo.data.history import PriceHistory
from montecarlo.engine.lanes import LANES, TARGET, Records, Stage, aligned
from montecarlo.errors import ParameterError
from montecarlo.limits import MAX_DAYS
from montecarlo.parameters import Number, Parameter, Whole, check, declared, parameter, to_dict
from montecarlo.strategies.orders import Orders

FloatArray = NDArray[np.float64]
Targets = NDArray[np.int8]
"""The position wanted at each close: 1 long, 0 flat, -1 short."""
StageParameters = NDArray[np.float64]

POSITIONS, ENTRIES = "positions", "entries"
"""What the targets of a strategy mean.

POSITIONS: the position wanted.  Where a stop, a target or the time has ended one, it is entered again only after
something else was wanted.  ENTRIES: an order to enter where they are not 0, and nothing new where they are; positions
end by a stop, a target, the time, or an entry to the other side.
"""

COLUMNS = 16 * LANES
"""Paths for which a strategy without a compiled stage works out its targets at a time."""


@dataclass(frozen=True, kw_only=True)
class Strategy(ABC):
    """What is traded when.  A strategy is a subclass in a file of its own: see docs/add-a-strategy.md.

    Its fields are declared with ``montecarlo.parameters.parameter``.  Those below are of every strategy, and orders
    within the day are made of them; docs/conventions.md says at which prices they are filled.

    Args:
        entry_limit: Enter by a limit order for the next day, so far below the close to buy, above it to sell short; as
            a fraction of that close.  None enters by a market order.
        stop_loss: Leave where the price is so far against the position; as a fraction of the price of its entry.
        take_profit: Leave where it is so far in favour of the position, likewise.
        max_holding: Leave at the close of so many trading days after the day of entry.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    """A few words, for a form."""
    help: ClassVar[str]
    """When it wants which position, in a line."""
    waits_for: ClassVar[str] = "days"
    """The parameter that makes it wait for closes."""
    sweep: ClassVar[tuple[tuple[str, Sequence[Any]], ...]] = ()
    """The values that a sweep tries where nobody says which."""
    reproducible: ClassVar[bool] = True
    """Whether its targets are promised to be the same on every machine."""
    work: ClassVar[int] = 1
    """How many times as much work a day of it is as one of a compiled strategy."""
    signals: ClassVar[str] = POSITIONS
    """What a target is: POSITIONS or ENTRIES."""
    uses_bars: ClassVar[bool] = False
    """Whether it needs the open, the high and the low of days: then ``targets_of_bars`` is asked."""
    asked_daily: ClassVar[bool] = False
    """Whether its compiled stage is asked once a day, and only for paths on which it could act: see ``stage``."""

    entry_limit: float | None = parameter(
        Number(0, 0.5),
        None,
        label="Entry limit",
        unit="of the close",
        help="Enter by a limit order, so far below the close to buy, above it to sell short: 0.01 is 1 %.",
        optional=True,
        since=2,
        kw_only=True,
    )
    stop_loss: float | None = parameter(
        Number(0, 1, low_allowed=False),
        None,
        label="Stop loss",
        unit="of the entry price",
        help="Leave where the price is so far against the position: 0.02 is 2 %.",
        optional=True,
        since=2,
        kw_only=True,
    )
    take_profit: float | None = parameter(
        Number(0, 100, low_allowed=False),
        None,
        label="Take profit",
        unit="of the entry price",
        help="Leave where the price is so far in favour of the position: 0.04 is 4 %.",
        optional=True,
        since=2,
        kw_only=True,
    )
    max_holding: int | None = parameter(
        Whole(1, MAX_DAYS),
        None,
        label="Longest holding time",
        unit="trading days",
        help="Leave at the close so many days after the day of entry.",
        optional=True,
        since=2,
        kw_only=True,
    )

    def __post_init__(self) -> None:
        check(self)
        if found := self.contradictions():
            raise ParameterError(found)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """What it can be told, by name."""
        return declared(self)

    @property
    def values(self) -> dict[str, Any]:
        """What it was told, by name."""
        return {name: getattr(self, name) for name in self.parameters}

    def with_values(self, **values: Any) -> Self:
        """The same with other values of some parameters.

        Raises:
            ParameterError: naming each parameter that cannot be used.
        """
        return replace(self, **values)

    @property
    def called(self) -> str:
        """What people call it."""
        return self.name

    @property
    def inputs(self) -> Mapping[str, str]:
        """Contents that it needs, by what they are: SHA-256 in hexadecimal."""
        return {}

    def with_inputs(self, contents: Mapping[str, bytes]) -> Self:
        """The same with the contents that it needs at hand; ``to_dict`` writes the same.

        Args:
            contents: By what they are, those of ``inputs`` among them, which have the SHA-256 that stands there.

        Raises:
            ParameterError, TrainedModelError: one of them is not what it is called.
        """
        return self

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about it; shown with every result."""
        return ()

    def doubts_on(self, history: PriceHistory) -> tuple[str, ...]:
        """What is doubtful about trading it on these very prices."""
        return ()

    def contradictions(self) -> dict[str, str]:
        """What is wrong with parameters that are right one by one, by name."""
        return {}

    @property
    def has_exits(self) -> bool:
        """Whether a position can end by a stop, a target or the time."""
        return any(each is not None for each in (self.stop_loss, self.take_profit, self.max_holding))

    @property
    def enters_both_ways(self) -> bool:
        """Whether it may want either side; a stage that is asked daily for one side is not asked while that is held."""
        return True

    @property
    def gives_orders(self) -> bool:
        """Whether it takes the account that knows what happens within a day, and so a model and a history with bars."""
        return self.has_exits or self.entry_limit is not None or self.uses_bars or self.signals == ENTRIES

    @property
    @abstractmethod
    def first_decision(self) -> int:
        """The first day, counted from 0, at whose close enough prices are known."""

    def problems(self, days: int, warm_up: bool = False, *, longer: str = "more days or a warm-up") -> dict[str, str]:
        """What keeps it from being traded on ``days + 1`` closes, by parameter name; empty when nothing does.

        Args:
            days: Days after the first close.
            warm_up: Whether closes before the first one let it decide from the first day on.
            longer: What would let it decide in time as it is.
        """
        first = self.first_decision
        if warm_up or first < days:
            return {}
        message = f"must let {self.called} decide before the last day: it first decides on day {first:,} of {days:,}"
        advice = f"shorten it, or take {longer}" if self.waits_for in self.parameters else f"take {longer}"
        return {self.waits_for: f"{message}; {advice}"}

    @abstractmethod
    def targets(self, prices: FloatArray) -> Targets:
        """Positions wanted, in plain NumPy; prices and result have shape (days + 1, paths).

        A target may depend on the prices up to its own day and on nothing else; it is zero before ``first_decision``.
        """

    def targets_of_bars(self, bars: Bars) -> Targets:
        """The same for whoever has bars; what ``uses_bars`` has this in place of ``targets``."""
        return self.targets(bars.close)

    def ordered(self, bars: Bars) -> tuple[Targets, Orders]:
        """Positions wanted, and the orders that come with them, both in the shape of the bars."""
        told = self.entry_limit, self.stop_loss, self.take_profit, self.max_holding
        return self.targets_of_bars(bars), Orders.always(bars.close.shape, *told)

    def lines(self, closes: FloatArray) -> dict[str, FloatArray]:
        """What it compares closes with, by what it is called, for a picture; none, unless a strategy says so.

        Args:
            closes: Of one path, shape (days + 1,).

        Returns:
            Of the same shape, NaN where there is nothing yet.
        """
        return {}

    def lines_of_bars(self, bars: Bars) -> dict[str, FloatArray]:
        """The same for whoever has bars of one path."""
        return self.lines(bars.close)

    def stage(self) -> tuple[Stage, StageParameters] | None:
        """The compiled strategy stage, and its parameters: what it has to know of this strategy.

        The stage is a function (prices, bars, targets, parameters, scratch) without a result that fills in the same
        targets for a group of lanes:

            prices: Records DAY, shape (days + 1,).
            bars: Records BAR, same shape; empty unless it ``gives_orders``.
            targets: Records TARGET to fill from ``first_decision`` on, same shape.
            parameters: As they are given here, float64.
            scratch: From ``scratch``, as bytes.

        What is ``asked_daily`` is called at each close, with all arrays ending there.  Of the last record of targets it
        replaces each 1 by its decision, and may leave the others.

        None where there is none: then ``targets`` is asked, for COLUMNS paths at a time.
        """
        return None

    def scratch(self) -> Records:
        """Records of any kind in which the compiled stage remembers things while it does a group."""
        return aligned(TARGET, 0)

    def __str__(self) -> str:
        """Its name and its parameters, as a title has them: "sma-crossover, short 40, long 100"."""
        words = [self.called]
        for name, value in self.values.items():
            if isinstance(value, bool):
                words += [name.replace("_", " ")] if value else []
            elif value is not None:
                words.append(f"{name.replace('_', ' ')} {value}")
        return ", ".join(words)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, **to_dict(self)}


ORDERS: Mapping[str, Parameter] = declared(Strategy)
"""Those of every strategy, of which orders within the day are made, by name."""
