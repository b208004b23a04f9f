"""What a range of paths adds to a job's summary: counts, sums, histograms and the fan.

Sums are taken in doubles over each block of BLOCK_PATHS paths, counted from path 0, and then added without rounding.
So a job's tally is the same however its blocks were shared out and in whatever order they came together.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.rows import Rows
from montecarlo.engine.tolerances import EVEN
from montecarlo.statistics.control_sums import cross_products
from montecarlo.statistics.exact_sums import exact
from montecarlo.statistics.fan import Fan
from montecarlo.statistics.histogram import Histogram
from montecarlo.statistics.trade_sums import DEFINED_OF_TRADES, has_trades, sums_of_trades

FloatArray = NDArray[np.float64]

BLOCK_PATHS = 1024
EVENTS = ("loss", "beats_hold", "unfilled", "absorbed")
DEFINED = ("sharpe", "annual_volatility", "sortino", "calmar", "turnover")
"""Columns that are NaN for some paths."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Of a range of paths.

    Attributes:
        paths: How many there are.
        events: How many of them made a loss, ended above buy and hold, had an order that was not filled, or fell to a
            price of zero.
        defined: On how many of them each column of DEFINED is, and of DEFINED_OF_TRADES where there are trades.
        sums: Of everything that is ``summed``, exact, as whole multiples of 2**-1074.
        wealth: Histogram of final value over capital.
        hold: The same of buying and holding; None where an engine before version 6 wrote it.
        drawdown: Histogram of maximum drawdown.
        fan: Counts of equity over capital through the horizon.
        uncertainty: What ``montecarlo.experiments.uncertainty`` found, as plain values; only of the range that begins
            at path 0, and where that was asked for.
    """

    paths: int
    events: dict[str, int]
    defined: dict[str, int]
    sums: dict[str, int]
    wealth: Histogram
    drawdown: Histogram
    fan: Fan
    uncertainty: Mapping[str, Any] | None = None
    hold: Histogram | None = None

    @property
    def units(self) -> int:
        return self.paths

    @classmethod
    def of(cls, rows: Rows) -> Self:
        """The tally of adjoining paths, of which the first begins a block."""
        if rows["path"][0] % BLOCK_PATHS:
            raise ValueError(f"a tally starts with a block: path {rows['path'][0]} is no multiple of {BLOCK_PATHS}")
        happened = (
            rows["return"] < 0,
            rows["final_value"] > (1 + EVEN) * rows["buy_and_hold_value"],
            rows["unfilled"],
            rows["final_price"] == 0,
        )
        return cls(
            paths=len(rows["path"]),
            events={name: int(np.count_nonzero(event)) for name, event in zip(EVENTS, happened, strict=True)},
            defined={name: int(np.count_nonzero(~np.isnan(rows[name]))) for name in _defined(rows)},
            sums=sums_by_block(summed(rows)),
            wealth=Histogram.of(1 + rows["return"]),
            drawdown=Histogram.of(rows["max_drawdown"]),
            fan=Fan.of(rows["equity"]),
            hold=Histogram.of(rows["hold"]),
        )

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            paths=self.paths + other.paths,
            events=_added(self.events, other.events),
            defined=_added(self.defined, other.defined),
            sums=_added(self.sums, other.sums),
            wealth=self.wealth + other.wealth,
            drawdown=self.drawdown + other.drawdown,
            fan=self.fan + other.fan,
            uncertainty=self.uncertainty or other.uncertainty,
            hold=self.hold + other.hold if self.hold and other.hold else None,
        )

    def to_bytes(self) -> bytes:
        return json.dumps(self.to_dict(), separators=(",", ":"), sort_keys=True).encode()

    def to_dict(self) -> dict[str, Any]:
        values = {
            "paths": self.paths,
            "events": self.events,
            "defined": self.defined,
            "sums": {name: hex(total) for name, total in self.sums.items()},
            "wealth": self.wealth.to_dict(),
            "drawdown": self.drawdown.to_dict(),
            "fan": self.fan.to_dict(),
        }
        if self.hold:
            values["hold"] = self.hold.to_dict()
        return values | ({"uncertainty": self.uncertainty} if self.uncertainty else {})

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        return cls.from_dict(json.loads(content))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        return cls(
            paths=values["paths"],
            events=values["events"],
            defined=values["defined"],
            sums={name: int(total, 16) for name, total in values["sums"].items()},
            wealth=Histogram.from_dict(values["wealth"]),
            drawdown=Histogram.from_dict(values["drawdown"]),
            fan=Fan.from_dict(values["fan"]),
            uncertainty=values.get("uncertainty"),
            hold=Histogram.from_dict(values["hold"]) if "hold" in values else None,
        )

    def count(self, name: str) -> int:
        """On how many paths a column is defined."""
        return self.defined.get(name, self.paths)

    def powers(self, name: str, highest: int = 2) -> list[int]:
        """On how many paths a column is defined, and the sums over them of its powers up to the highest."""
        return [self.count(name), *(self.sums[_power(name, power)] for power in range(1, highest + 1))]


def summed(rows: Rows) -> Iterator[tuple[str, FloatArray]]:
    """Everything that is summed, zero where it is undefined."""
    for name in ("return", "max_drawdown", "longest_drawdown", *DEFINED, "wins", "trades"):
        column = np.where(np.isnan(rows[name]), 0.0, rows[name]) if name in DEFINED else rows[name]
        squared = column * column
        yield name, column
        yield _power(name, 2), squared
        if name == "return":
            yield _power(name, 3), squared * column
            yield _power(name, 4), squared * squared
    yield "wins*trades", rows["wins"] * rows["trades"]
    yield from cross_products(rows, BLOCK_PATHS)
    yield from sums_of_trades(rows)


def _defined(rows: Rows) -> tuple[str, ...]:
    return (*DEFINED, *DEFINED_OF_TRADES) if has_trades(rows) else DEFINED


def sums_by_block(columns: Iterable[tuple[str, FloatArray]]) -> dict[str, int]:
    sums = {}
    for name, column in columns:
        whole = len(column) - len(column) % BLOCK_PATHS
        blocks = column[:whole].reshape(-1, BLOCK_PATHS).sum(axis=1).tolist()
        sums[name] = sum(exact(float(block)) for block in (*blocks, column[whole:].sum()))
    return sums


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}**{power}"


def _added(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {name: value + second[name] for name, value in first.items()}
