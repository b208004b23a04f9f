"""What a range of paths adds to a job's summary: counts, sums and histograms.

Sums are taken in doubles over each block of BLOCK_PATHS paths, counted from path 0, and then added without rounding.
So a job's tally is the same however its blocks were shared out and in whatever order they came together.
"""

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numpy as np

from montecarlo.histogram import Histogram
from montecarlo.rows import Rows

BLOCK_PATHS = 1024
POWERS = ("return", "return_2", "return_3", "return_4", "max_drawdown", "max_drawdown_2")
EVENTS = ("loss", "beats_hold", "unfilled", "absorbed")

EVEN = 1e-9  # of the value: a smaller lead over buy and hold is rounding

_FRACTION_BITS = 1074  # every double is a whole multiple of 2**-1074


def exact(value: float) -> int:
    """A finite double as a whole multiple of 2**-1074."""
    numerator, denominator = value.as_integer_ratio()
    return numerator << _FRACTION_BITS - (denominator.bit_length() - 1)


@dataclass(frozen=True, eq=False)
class Tally:
    """Of a range of paths.

    Attributes:
        paths: How many there are.
        events: How many of them made a loss, ended above buy and hold, had an order that was not filled, or fell to a
            price of zero.
        sums: Of the powers of return and maximum drawdown, exact, as whole multiples of 2**-1074.
        wealth: Histogram of final value over capital.
        drawdown: Histogram of maximum drawdown.
    """

    paths: int
    events: dict[str, int]
    sums: dict[str, int]
    wealth: Histogram
    drawdown: Histogram

    @classmethod
    def of(cls, rows: Rows) -> Self:
        """The tally of adjoining paths, of which the first begins a block."""
        if rows["path"][0] % BLOCK_PATHS:
            raise ValueError(f"a tally starts with a block: path {rows['path'][0]} is no multiple of {BLOCK_PATHS}")
        gained, fallen = rows["return"], rows["max_drawdown"]
        squared = gained * gained
        powers = (gained, squared, squared * gained, squared * squared, fallen, fallen * fallen)
        happened = (
            gained < 0,
            rows["final_value"] > (1 + EVEN) * rows["buy_and_hold_value"],
            rows["unfilled"],
            rows["final_price"] == 0,
        )
        starts = range(0, len(gained), BLOCK_PATHS)
        return cls(
            paths=len(gained),
            events={name: int(np.count_nonzero(event)) for name, event in zip(EVENTS, happened, strict=True)},
            sums={
                name: sum(exact(float(power[start : start + BLOCK_PATHS].sum())) for start in starts)
                for name, power in zip(POWERS, powers, strict=True)
            },
            wealth=Histogram.of(1 + gained),
            drawdown=Histogram.of(fallen),
        )

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            paths=self.paths + other.paths,
            events={name: self.events[name] + other.events[name] for name in EVENTS},
            sums={name: self.sums[name] + other.sums[name] for name in POWERS},
            wealth=self.wealth + other.wealth,
            drawdown=self.drawdown + other.drawdown,
        )

    def to_json(self) -> bytes:
        values = {
            "paths": self.paths,
            "events": self.events,
            "sums": {name: hex(total) for name, total in self.sums.items()},
            "wealth": self.wealth.to_dict(),
            "drawdown": self.drawdown.to_dict(),
        }
        return json.dumps(values, separators=(",", ":"), sort_keys=True).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        values = json.loads(content)
        return cls(
            paths=values["paths"],
            events=values["events"],
            sums={name: int(total, 16) for name, total in values["sums"].items()},
            wealth=Histogram.from_dict(values["wealth"]),
            drawdown=Histogram.from_dict(values["drawdown"]),
        )

    def mean(self, name: str) -> Fraction:
        """Mean of one of the powers, without rounding."""
        return Fraction(self.sums[name], self.paths << _FRACTION_BITS)
