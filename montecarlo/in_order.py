"""Blocks of paths on several cores, handed over in path order."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from montecarlo import limits
from montecarlo.tally import BLOCK_PATHS

Part = TypeVar("Part")


def blocks_in_order(
    work: Callable[[int, int], Part], first: int, stop: int, *, threads: int | None = None
) -> Iterator[Part]:
    """What ``work`` makes of one block of paths after the other.

    At most two blocks for each thread are under way or waiting at any time.

    Args:
        work: Called with the first path of a block and the path after its last; compiled code in it runs side by side.
        first: First path, a multiple of BLOCK_PATHS.
        stop: Path after the last.
        threads: Cores to use; None uses all.

    Raises:
        ParameterError: ``threads`` is not a number of threads.
    """
    threads = available_cores() if threads is None else threads
    limits.require(threads=threads)
    with ThreadPoolExecutor(threads, thread_name_prefix="simulate") as pool:
        waiting: deque[Future[Part]] = deque()
        try:
            for start in range(first, stop, BLOCK_PATHS):
                waiting.append(pool.submit(work, start, min(start + BLOCK_PATHS, stop)))
                if len(waiting) == 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def available_cores() -> int:
    """Cores that this process may use; a container is often given fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
