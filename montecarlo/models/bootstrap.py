"""The history's own daily returns, in blocks: the stationary bootstrap.

Sources:
    Politis, Romano (1994), "The stationary bootstrap", J. Amer. Statist. Assoc. 89.
    Politis, White (2004), "Automatic block-length selection for the dependent bootstrap", Econometric Reviews 23;
    corrected by Patton, Politis, White (2009), Econometric Reviews 28.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.bars import Bars
from montecarlo.data.history import MIN_RETURNS
from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.engine.bars import fill_bars
from montecarlo.engine.generator import draw_words
from montecarlo.engine.lanes import LANES, STRIDE, Stage, inline, stage
from montecarlo.engine.normals import DAYS_AT_ONCE, Words, words
from montecarlo.engine.order_stages import draw_bars
from montecarlo.engine.prices import fill_prices
from montecarlo.engine.stages import draw_closes
from montecarlo.errors import ParameterError
from montecarlo.models import sampling
from montecarlo.models.model import Drawn, FloatArray, Model, alike, compounded, fitted, per_year
from montecarlo.parameters import Number, Parameter, parameter, shown

MAX_RETURNS = 5_000  # twenty years; a job carries them

BLOCK = Number(1, 1000)
RETURN = Number(-0.99, 100)  # beyond is an unadjusted split or a slip of the keyboard
UNFIT = (
    "bootstrap replays daily returns of the history, each "
    f"{RETURN}, and one of them is {{value:.5g}}: mend the close behind it if that is a split or a slip, choose other "
    "days (--start, --end), or take student_t, which draws such days too (--model student_t)"
)
_OVER_CLOSE = Number(0, 101, low_allowed=False)  # no day falls further from its open than the largest return rises
_DIGITS = 7  # behind the point, as far as single precision goes: a job carries them
_UNFIT_BAR = (
    "bootstrap replays days of the history, and one of them has an open, high or low of {value:.5g} times its close, "
    f"which must be {_OVER_CLOSE}: mend that bar, or choose other days (--start, --end)"
)
_WORDS = 2**32


@dataclass(frozen=True)
class BootstrapModel(Model):
    """Daily returns of the history, replayed in blocks of random length that begin anywhere.

    It tells how a rule fares with this history's own fat tails, calm and stormy spells and short-lived trends; it
    knows no day worse than the worst one seen, and nothing of what takes longer than a block.
    ``drift`` and ``volatility`` are those of the returns and change nothing; another drift is set by adding to them.

    Args:
        returns: Daily simple returns, fractions, oldest first; the first follows the last.  Simulated in single
            precision.
        block: Expected length of a block in days: each day a new one begins with probability 1 / ``block``.
        opens, highs, lows: Of each day over its close; empty where it was fitted to closes alone, and has no bars.
            So another drift moves a day as a whole, and leaves what happened within it as it was.
    """

    name = "bootstrap"
    bars_from_history = True
    within_days = ("opens", "highs", "lows")
    help = "The history's own daily returns in blocks, so with its fat tails and its calm and stormy spells."

    returns: tuple[float, ...] = field(kw_only=True, repr=False)
    block: float = parameter(BLOCK, label="Block", unit="trading days", kw_only=True)
    opens: tuple[float, ...] = field(default=(), kw_only=True, repr=False, metadata={"since": 2})
    highs: tuple[float, ...] = field(default=(), kw_only=True, repr=False, metadata={"since": 2})
    lows: tuple[float, ...] = field(default=(), kw_only=True, repr=False, metadata={"since": 2})

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.returns, tuple) or not MIN_RETURNS <= len(self.returns) <= MAX_RETURNS:
            got = f"{len(self.returns):,}" if isinstance(self.returns, tuple) else shown(self.returns)
            raise ParameterError({"returns": f"must be a list of {MIN_RETURNS} to {MAX_RETURNS:,} returns, not {got}"})
        for value in self.returns:
            if not RETURN.accepts(value):
                raise ParameterError({"returns": f"must each be {RETURN}, not {shown(value)}"})
        object.__setattr__(self, "returns", tuple(float(value) for value in self.returns))
        of_returns = per_year(np.array(self.returns), self.bars_per_year)
        for name, expected_value in zip(("drift", "volatility"), of_returns, strict=True):
            if not math.isclose(getattr(self, name), expected_value, rel_tol=1e-6, abs_tol=1e-6):
                message = f"must be that of the returns, {expected_value}, not {shown(getattr(self, name))}"
                raise ParameterError({name: message})
        self._check_bars()

    def _check_bars(self) -> None:
        for name, values in self._within().items():
            if not isinstance(values, tuple) or len(values) not in (0, len(self.returns)):
                got = f"{len(values):,}" if isinstance(values, tuple) else shown(values)
                raise ParameterError({name: f"must be a list of as many numbers as there are returns, not {got}"})
            if len(values) != len(self.opens):
                raise ParameterError({name: "must be given together with the others of opens, highs and lows"})
            for value in values:
                if not _OVER_CLOSE.accepts(value):
                    raise ParameterError({name: f"must each be {_OVER_CLOSE}, not {shown(value)}"})
            object.__setattr__(self, name, tuple(float(value) for value in values))
        for open_, high, low in zip(self.opens, self.highs, self.lows, strict=True):
            if high < max(open_, 1) or low > min(open_, 1):
                message = f"must hold open and close: {shown(high)} and {shown(low)} do not hold {shown(open_)} and 1"
                raise ParameterError({"highs": message, "lows": message})

    def _within(self) -> dict[str, tuple[float, ...]]:
        return {"opens": self.opens, "highs": self.highs, "lows": self.lows}

    @classmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = (), bars_per_year: int = TRADING_DAYS) -> Self:
        """The latest MAX_RETURNS returns, in blocks whose length suits the spells in their squares."""
        found = np.diff(closes) / closes[:-1]
        kept = found[-MAX_RETURNS:]
        for value in kept.tolist():
            if not RETURN.accepts(value):
                raise ParameterError({"model": UNFIT.format(value=value)})
        if len(kept) < len(found):
            warnings += (f"the bootstrap draws from the latest {len(kept):,} of {len(found):,} daily returns",)
        return cls(
            float(closes[-1]),
            warnings=warnings,
            bars_per_year=bars_per_year,
            returns=tuple(kept.tolist()),
            block=block_length(kept),
            **fitted(kept, bars_per_year),
        )

    def with_bars(self, bars: Bars) -> Self:
        """The bars of the days whose returns it has, to seven digits of the close.

        Raises:
            ParameterError: a day went further from its close than the model can hold.
        """
        latest = Bars(*(each[-len(self.returns) :] for each in bars))
        over_close = (np.round(each / latest.close, _DIGITS) for each in (latest.open, latest.high, latest.low))
        opens, highs, lows = (tuple(each.tolist()) for each in over_close)
        for value in (*opens, *highs, *lows):
            if not _OVER_CLOSE.accepts(value):
                raise ParameterError({"model": _UNFIT_BAR.format(value=value)})
        return replace(self, opens=opens, highs=highs, lows=lows)

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        return 1 + self._table[self._places(seed, first_path, paths, days)].astype(np.float64)

    def bars(self, seed: int, first_path: int, paths: int, days: int) -> Bars:
        if not self.has_bars:
            return super().bars(seed, first_path, paths, days)
        closes = compounded(self.start_price, self.growth(seed, first_path, paths, days))
        places = self._places(seed, first_path, paths, days)
        opens, highs, lows = (closes[1:] * np.array(each, np.float32)[places] for each in self._within().values())
        return Bars.of_days(opens, highs, lows, closes)

    def _places(self, seed: int, first_path: int, paths: int, days: int) -> NDArray[np.int64]:
        """Which of the returns each day has, shape (days, paths)."""
        return places(words(seed, first_path, paths, days), len(self.returns), self.block)

    def redrawn(self, seed: int, first: int, count: int, bars: bool = False) -> Drawn:
        """Each has a history of its own: a path of the model as long as the real one.

        A drift that is certain, because a person has set it, is the drift of them all.
        """
        fill_prices, parameters = self.stage()
        closes = np.empty((len(self.returns) + 1, -(-count // LANES) * LANES))
        draw_closes(fill_prices, sampling.key(seed), first, 1.0, parameters[None], closes)
        histories = (closes[1:] / closes[:-1] - 1)[:, :count]
        if self.drift_error == 0:
            histories = np.maximum(histories + self._table.mean(dtype=np.float64) - histories.mean(axis=0), RETURN.low)
        days = len(self.returns)
        told = np.empty((count, 2 + (4 if bars else 1) * days))
        told[:, :2], told[:, 2 : 2 + days] = parameters[:2], histories.T
        drifts = self.bars_per_year * histories.mean(axis=0)
        if not bars:
            return Drawn(fill_prices, told, drifts)
        # The days of a path with bars, the same path, are those that the history has.
        fill_prices, parameters = self._stage(bars)
        found = np.empty((4, *closes.shape))
        draw_bars(fill_prices, sampling.key(seed), first, 1.0, parameters[None], found)
        for k, prices in enumerate(found[:3], 1):
            told[:, 2 + k * days : 2 + (k + 1) * days] = (prices[1:] / closes[1:])[:, :count].T.astype(np.float32)
        return Drawn(fill_prices, told, drifts)

    def with_drift(self, drift: float) -> Self:
        moved = np.maximum(np.array(self.returns) + (drift - self.drift) / self.bars_per_year, RETURN.low)
        now, volatility = per_year(moved, self.bars_per_year)
        exact = drift if math.isclose(now, drift, abs_tol=1e-9) else now  # it is more where a return was cut off
        return replace(self, drift=exact, volatility=volatility, returns=tuple(moved.tolist()))

    @classmethod
    def settable(cls) -> dict[str, Parameter]:
        return {name: each for name, each in super().settable().items() if name in ("drift", "block")}

    def _with(self, values: Mapping[str, Any]) -> Self:
        others = {name: value for name, value in values.items() if name != "drift"}
        return replace(self.with_drift(values["drift"]) if "drift" in values else self, **others)

    def stage(self) -> tuple[Stage, FloatArray]:
        return _fill_prices, np.append(np.array(self._jump), self._table)

    def bar_stage(self) -> tuple[Stage, FloatArray] | None:
        if not self.opens:
            return None
        tables = [np.array(values, np.float32) for values in (self.returns, *self._within().values())]
        return _fill_bars, np.concatenate([np.array(self._jump), *tables])

    def expected_price(self, days: int) -> float:
        """Exact: the mean over all chains of places.

        It is not S_0 (1 + mean return)^T, unless ``block`` is 1, because days that follow each other in the history
        do so in a path.
        """
        factors = 1 + np.array(self.returns)
        growth = np.ones(len(factors))  # expected of the days to come, for each place that today may have
        for _ in range(days):
            onwards = factors * growth
            growth = onwards.mean() / self.block + np.roll(onwards, -1) * (1 - 1 / self.block)
        return self.start_price * float(growth.mean())

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        return np.array(self.returns, np.float32)

    @property
    def _jump(self) -> tuple[np.uint64, float]:
        return jump(len(self.returns), self.block)


def jump(count: int, block: float) -> tuple[np.uint64, float]:
    """Words below the first number begin a new block; times the second they are its place among ``count``.

    So a jump is less likely than 1 / block by 2^-32 at most, and places differ in probability by a fraction of
    block * count / 2^32 at most: 2 in a thousand with the longest of both, 1 in 100,000 as a rule.
    """
    threshold = int(_WORDS / block)
    return np.uint64(threshold), count / threshold


def places(drawn: Words, count: int, block: float) -> NDArray[np.int64]:
    """Which of ``count`` days each has that a word was drawn for, shape (days, paths); the first begins a block."""
    threshold, scale = jump(count, block)
    drawn[0] = drawn[0] * threshold >> 32
    found = np.empty(drawn.shape, np.int64)
    place = np.zeros(drawn.shape[1], np.int64)
    for day, word in enumerate(drawn):
        place = np.where(word < threshold, (word * scale).astype(np.int64), (place + 1) % count)
        found[day] = place
    return found


def block_length(returns: FloatArray) -> float:
    """Expected length in days of the blocks that suit the autocorrelation of the squared returns.

    Of the squares, because returns themselves hardly remember anything and would ask for blocks of a day, which mix
    calm and stormy spells.
    """
    if alike(np.abs(returns)):
        return 1.0  # all squares are the same: there are no spells, and the rule would divide rounding by rounding
    from arch.bootstrap import optimal_block_length  # takes two seconds to import

    best = float(optimal_block_length(returns**2)["stationary"].iloc[0])
    return min(max(best, BLOCK.low), BLOCK.high)


@inline
def _draw_returns(scratch, seed, first_path, first_day, parameters):  # type: ignore[no-untyped-def]
    returns, threshold, scale = parameters
    draw_places(scratch, seed, first_path, first_day, len(returns), threshold, scale)
    words, draws = scratch.words, scratch.draws
    for i in range(DAYS_AT_ONCE * LANES):  # in a loop of its own, where nothing waits for it
        draws[i] = np.float32(returns[words[i]])


@inline
def draw_places(scratch, seed, first_path, first_day, count, threshold, scale):  # type: ignore[no-untyped-def]
    """Fill ``scratch.words`` with each day's place in a table of so many; today's is kept in ``scratch.place``."""
    draw_words(scratch, seed, first_path, first_day)
    words = scratch.words
    if first_day == 0:  # begins a block: its word is squeezed below the threshold
        for lane in range(LANES):
            words[lane] = np.uint32((np.uint64(words[lane]) * threshold) >> np.uint64(32))
    for day in range(0, DAYS_AT_ONCE, STRIDE):
        _walk(scratch, words[day * LANES :], STRIDE, np.uint32(count), threshold, scale)


@inline
def _walk(scratch, words, days, end, threshold, scale):  # type: ignore[no-untyped-def]
    """Turn words into places in the table."""
    for lane in range(LANES):
        place = scratch.place[lane]
        for k in range(days):
            word = words[k * LANES + lane]
            following = np.uint32(place + np.uint32(1))
            following = np.uint32(0) if following == end else following
            place = np.uint32(np.float64(word) * scale) if word < threshold else following
            words[k * LANES + lane] = place
        scratch.place[lane] = place


@inline
def _grow(daily_return, parameters):  # type: ignore[no-untyped-def]
    return 1.0 + np.float64(daily_return)


@stage
def _fill_prices(prices, growth, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    threshold, scale, returns = np.uint64(parameters[0]), parameters[1], parameters[2:]
    fill_prices(prices, growth, seed, first_path, start, _draw_returns, _grow, (returns, threshold, scale), scratch[0])


@inline
def _fill_within(prices, bars, seed, first_path, first_day, days, parameters, scratch):  # type: ignore[no-untyped-def]
    opens, highs, lows = parameters[3:]
    for day in range(days):
        for lane in range(LANES):
            place, close = scratch.words[day * LANES + lane], prices[day + 1].lane[lane]
            bars[day].open[lane] = close * opens[place]
            bars[day].high[lane] = close * highs[place]
            bars[day].low[lane] = close * lows[place]


@inline
def _draw_returns_of_bars(scratch, seed, first_path, first_day, parameters):  # type: ignore[no-untyped-def]
    _draw_returns(scratch, seed, first_path, first_day, parameters[:3])


@stage
def _fill_bars(prices, growth, bars, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    threshold, scale, count = np.uint64(parameters[0]), parameters[1], (len(parameters) - 2) // 4
    returns, opens = parameters[2 : 2 + count], parameters[2 + count : 2 + 2 * count]
    highs, lows = parameters[2 + 2 * count : 2 + 3 * count], parameters[2 + 3 * count :]
    tables = (returns, threshold, scale, opens, highs, lows)
    draw = _draw_returns_of_bars
    fill_bars(prices, growth, bars, seed, first_path, start, draw, _grow, _fill_within, tables, scratch[0])
