"""Simulating many paths, piece by piece and on several cores."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

import pandas as pd

from montecarlo import limits, rows
from montecarlo.engine.run import simulate_rows
from montecarlo.fan import fan_of
from montecarlo.history import PriceHistory
from montecarlo.in_order import blocks_in_order
from montecarlo.models import Model
from montecarlo.rules import Rules
from montecarlo.simulation import Simulation
from montecarlo.strategies import Strategy
from montecarlo.summary import summarise
from montecarlo.tally import BLOCK_PATHS, Tally
from montecarlo.warm_up import closes_before_start

MOST_BLOCKS = 16  # in a piece: enough that NumPy's overhead vanishes, few enough to stay in a cache
PIECE_PATH_DAYS = 2**25  # in a piece at most, unless a block has more: a fraction of a second

Part = tuple[rows.Rows, Tally]


@dataclass(frozen=True, eq=False)
class Result:
    """What a simulation found.

    Attributes:
        simulation: What was simulated, its seed and its costs included.
        summary: Columns ``statistic``, ``value``, ``low``, ``high``; see ``montecarlo.summary.STATISTICS``.
        tally: Of all paths: what the summary and the fan are made of.
        kept: Columns of ``paths`` by name, which share its memory; None where rows were not kept.
    """

    simulation: Simulation
    summary: pd.DataFrame
    tally: Tally
    kept: rows.Rows | None

    # Made when first asked for: these two frames would take a tenth of the time of 2,000 paths.

    @cached_property
    def paths(self) -> pd.DataFrame | None:
        """One row for each path, columns ``montecarlo.rows.COLUMNS``; None where rows were not kept."""
        return None if self.kept is None else pd.DataFrame(self.kept, copy=False)

    @cached_property
    def fan(self) -> pd.DataFrame:
        """Quantiles of equity over capital through the horizon: columns ``day``, ``q05``, ``q25``, ``q50``, ``q75``,
        ``q95``; see ``montecarlo.fan``."""
        return fan_of(self.simulation, self.tally.fan)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about the price history behind the model."""
        return self.simulation.model.warnings


def simulate(
    model: Model,
    strategy: Strategy,
    *,
    days: int = 1260,
    iterations: int = 2000,
    seed: int | None = None,
    fill: str = "next-close",
    capital: float = 100_000.0,
    shares: float | None = None,
    commission: float = 0.0005,
    slippage: float = 0.0005,
    risk_free: float = 0.0,
    warm_up: PriceHistory | None = None,
    paths: bool | None = None,
    threads: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Result:
    """Trade a strategy on simulated paths.

    Args:
        model: From ``fit``.
        strategy: What is traded when.
        days: Trading days simulated.
        iterations: Number of paths.
        seed: Same seed, same bits; None draws one, which the result tells.
        fill, capital, shares, commission, slippage, risk_free: See ``Rules``.
        warm_up: The history that the model was fitted to: its last closes stand before every path, so that the
            strategy decides from the first day on.  None lets it wait until it knows enough of the path.
        paths: Keep a row for each path; None keeps them up to ``limits.ROWS_BY_DEFAULT`` paths.
        threads: Cores to use; None uses all.
        progress: Called with the number of paths done, now and then.

    Raises:
        ParameterError: naming each parameter that cannot be used.
    """
    rules = Rules(
        capital=capital, shares=shares, commission=commission, slippage=slippage, fill=fill, risk_free=risk_free
    )
    simulation = Simulation(
        model=model,
        strategy=strategy,
        rules=rules,
        days=days,
        iterations=iterations,
        seed=seed_or_new(seed),
        warm_up=() if warm_up is None else closes_before_start(warm_up, model, strategy),
    )
    keep = limits.keep_rows(iterations, paths)
    kept = []
    total: Tally | None = None
    for piece, tally in simulate_parts(simulation, 0, iterations, threads=threads):
        total = tally if total is None else total + tally
        if keep:
            kept.append({name: piece[name] for name in rows.COLUMNS})
        if progress:
            progress(total.paths)
    assert total is not None  # there is at least one path
    all_rows = rows.join(kept) if keep else None
    exact = all_rows if iterations <= limits.ROWS_BY_DEFAULT else None
    return Result(simulation, summarise(simulation, total, exact), total, all_rows)


def simulate_parts(simulation: Simulation, first: int, stop: int, *, threads: int | None = None) -> Iterator[Part]:
    """Rows and tally of one piece after the other, from path ``first`` (a multiple of BLOCK_PATHS) to ``stop``.

    Raises:
        ParameterError: ``threads`` is not a number of threads.
    """

    def part(start: int, end: int) -> Part:
        piece = simulate_rows(simulation, start, end)
        return piece, Tally.of(piece)

    at_once = max(min(MOST_BLOCKS, PIECE_PATH_DAYS // (simulation.days * BLOCK_PATHS)), 1)
    return blocks_in_order(part, first, stop, threads=threads, at_once=at_once)


def simulate_to_csv(
    simulation: Simulation,
    first: int,
    stop: int,
    stream: BinaryIO | None,
    *,
    threads: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Tally:
    """Simulate a range of paths and write their rows, if wanted, as they come; memory does not grow with the range.

    Args:
        simulation: What is simulated.
        first: First path, a multiple of BLOCK_PATHS.
        stop: Path after the last.
        stream: Takes the rows as CSV with a header; None keeps no rows.
        threads, progress: As for ``simulate``.

    Returns:
        The tally of the range.
    """
    total: Tally | None = None
    for piece, tally in simulate_parts(simulation, first, stop, threads=threads):
        if stream is not None:
            stream.write(rows.to_csv(piece, header=total is None))
        total = tally if total is None else total + tally
        if progress:
            progress(total.paths)
    if total is None:
        raise ValueError(f"there are no paths from {first} to {stop}")
    return total


def seed_or_new(seed: int | None) -> int:
    """The seed, or a fresh one where none is given."""
    return secrets.randbits(64) if seed is None else seed
