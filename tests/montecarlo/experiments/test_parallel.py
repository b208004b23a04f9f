"""Blocks of paths on several cores, handed over in path order."""

import itertools
import threading

import pytest

import montecarlo as mc
from montecarlo.experiments.parallel import map_blocks
from montecarlo.statistics.tally import BLOCK_PATHS


def pieces(blocks, **options):
    return list(map_blocks(lambda first, stop: (first, stop), BLOCK_PATHS, blocks * BLOCK_PATHS + 5, **options))


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("at_once", [1, 3, 16])
@pytest.mark.parametrize("blocks", [1, 2, 3, 40])
def test_pieces_come_in_path_order_without_gaps_and_begin_with_a_block(blocks, at_once, threads):
    found = pieces(blocks, threads=threads, at_once=at_once)
    assert [first for first, _ in found] == [BLOCK_PATHS, *(stop for _, stop in found[:-1])]
    assert found[-1][1] == blocks * BLOCK_PATHS + 5
    assert all(first % BLOCK_PATHS == 0 and 0 < stop - first <= at_once * BLOCK_PATHS for first, stop in found)


def test_a_piece_is_a_block_unless_more_are_allowed():
    assert {stop - first for first, stop in pieces(9, threads=2)[:-1]} == {BLOCK_PATHS}


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize("blocks", [1, 2, 9, 20, 25, 200, 1000])
def test_pieces_are_few_equal_but_for_a_block_and_as_many_for_each_thread(blocks, threads):
    starts = [first for first, _ in pieces(blocks, threads=threads, at_once=16)]
    sizes = {(stop - first) // BLOCK_PATHS for first, stop in itertools.pairwise([*starts, (1 + blocks) * BLOCK_PATHS])}
    assert max(sizes) - min(sizes) <= 1
    assert len(starts) == blocks or len(starts) % threads == 0
    assert len(starts) < blocks / 16 + threads


@pytest.mark.parametrize("paths", [20_000, 100_000, 200 * BLOCK_PATHS])
def test_no_thread_gets_much_more_to_do_than_another(paths):
    sizes = list(map_blocks(lambda first, stop: stop - first, 0, paths, threads=2, at_once=16))
    done = [0, 0]
    for size in sizes:
        done[done.index(min(done))] += size
    assert max(done) <= 1.06 * min(done)


def test_threads_work_side_by_side():
    """Each waits for the other, so one after the other they would never end."""
    together = threading.Barrier(2, timeout=300)
    parts = map_blocks(lambda first, stop: together.wait(), 0, 4 * BLOCK_PATHS, threads=2)
    assert sorted(parts) == [0, 0, 1, 1]


@pytest.mark.parametrize("threads", [1, 2])
def test_no_more_is_done_than_is_asked_for(threads):
    """So that memory stays bounded where the rows are slow to write."""
    started = []
    parts = map_blocks(lambda first, stop: started.append(first), 0, 1000 * BLOCK_PATHS, threads=threads)
    list(itertools.islice(parts, 3))
    parts.close()
    assert 3 <= len(started) <= 3 + 2 * threads


def test_a_number_of_threads_that_makes_no_sense_is_refused():
    with pytest.raises(mc.ParameterError, match=r"^threads must be a whole number from 1"):
        pieces(1, threads=0)
