"""Pieces of work on several cores, handed over in their order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

from montecarlo.errors import ParameterError
from montecarlo.limits import MAX_THREADS
from montecarlo.parameters import Parameter, Whole
from montecarlo.statistics.tally import BLOCK_PATHS

Piece = TypeVar("Piece")
Part = TypeVar("Part")

THREADS = Parameter.of("threads", Whole(1, MAX_THREADS), label="Threads", help="Cores to use; all, unless given.")


def map_blocks(
    work: Callable[[int, int], Part], first: int, stop: int, *, threads: int | None = None, at_once: int = 1
) -> Iterator[Part]:
    """What ``work`` makes of one piece after the other, each a whole number of blocks but for the last.

    At most two pieces for each thread are under way or waiting at any time.

    Args:
        work: Called with the first path of a piece and the path after its last; compiled code in it runs side by side.
        first: First path, a multiple of BLOCK_PATHS.
        stop: Path after the last.
        threads: Cores to use; None uses all.
        at_once: Blocks in a piece at most.  Pieces are equal but for a block, and as many for each thread.

    Raises:
        ParameterError: ``threads`` is not a number of threads.
    """
    threads = available_cores() if threads is None else threads
    require_threads(threads)
    threads = int(threads)
    blocks = -(-(stop - first) // BLOCK_PATHS)
    rounds = -(-blocks // (threads * at_once))
    count = min(threads * rounds, blocks)
    pieces = pairwise([*(first + k * blocks // count * BLOCK_PATHS for k in range(count)), stop])
    return in_order(lambda piece: work(*piece), pieces, threads)


def in_order(work: Callable[[Piece], Part], pieces: Iterable[Piece], threads: int) -> Iterator[Part]:
    """What ``work`` makes of one piece after the other, at most two for each thread under way or waiting."""
    if threads == 1:
        yield from map(work, pieces)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="simulate") as pool:
        waiting: deque[Future[Part]] = deque()
        try:
            for piece in pieces:
                waiting.append(pool.submit(work, piece))
                if len(waiting) == 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def require_threads(threads: int | None) -> None:
    """
    Raises:
        ParameterError: it is not a number of threads.
    """
    if threads is not None and (problem := THREADS.problem(threads)):
        raise ParameterError({"threads": problem})


def available_cores() -> int:
    """Cores that this process may use; a container is often given fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
