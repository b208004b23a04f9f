"""The tree of shards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.tree import FAN_OUT, Range, Rounds, Tree


def leaves(tree: Tree, node: Range) -> list[Range]:
    children = tree.children(node)
    return [leaf for child in children for leaf in leaves(tree, child)] or [node]


def nodes(tree: Tree, node: Range) -> list[Range]:
    return [node, *(each for child in tree.children(node) for each in nodes(tree, child))]


@pytest.mark.parametrize(
    ("iterations", "first_level"),
    [
        (1, [(0, 1)]),
        (100, [(0, 100)]),
        (101, [(0, 100), (100, 101)]),
        (1000, [(first, first + 100) for first in range(0, 1000, 100)]),
        (1001, [(0, 1000), (1000, 1001)]),
        (2500, [(0, 1000), (1000, 2000), (2000, 2500)]),
        (10_000, [(first, first + 1000) for first in range(0, 10_000, 1000)]),
    ],
)
def test_a_submission_is_a_handful_of_shards(iterations: int, first_level: list[tuple[int, int]]) -> None:
    assert Tree(iterations, 100).first_level() == first_level


def test_a_trillion_paths_start_as_easily_as_a_thousand() -> None:
    tree = Tree(10**12, 2**20)
    assert len(tree.first_level()) == FAN_OUT
    assert tree.first_level()[0] == (0, 2**20 * 10**5)


@given(st.integers(1, 5000), st.integers(1, 40))
def test_the_leaves_are_the_chunks_each_path_once_and_in_order(iterations: int, chunk: int) -> None:
    tree = Tree(iterations, chunk)
    found = [leaf for node in tree.first_level() for leaf in leaves(tree, node)]
    assert found == [(first, min(first + chunk, iterations)) for first in range(0, iterations, chunk)]
    assert found == list(tree.leaves())
    assert all(tree.is_leaf(leaf) for leaf in found)


@given(st.integers(1, 5000), st.integers(1, 40))
def test_a_range_alone_tells_its_place(iterations: int, chunk: int) -> None:
    tree = Tree(iterations, chunk)
    everything = nodes(tree, tree.root)
    assert len(set(everything)) == len(everything)
    assert len(everything) <= 2 * len(leaves(tree, tree.root)), "noticing that a job is complete costs O(parts)"
    assert tree.parent(tree.root) is None
    for node in everything:
        assert node in tree
        assert len(tree.children(node)) in (0, *range(2, FAN_OUT + 1))
        assert all(tree.parent(child) == node for child in tree.children(node))


@pytest.mark.parametrize(
    "node", [(0, 0), (-100, 0), (0, 99), (0, 200), (50, 150), (100, 250), (2400, 2600), (2500, 2600), (1000, 3000)]
)
def test_other_ranges_are_not_in_the_tree(node: tuple[int, int]) -> None:
    assert Range(*node) not in Tree(2500, 100)


ENDS = st.lists(st.integers(1, 3000), min_size=1, max_size=8, unique=True).map(lambda ends: tuple(sorted(ends)))


@given(ENDS, st.integers(1, 40))
def test_rounds_lie_side_by_side_and_a_range_alone_tells_its_place_in_them(ends: tuple[int, ...], chunk: int) -> None:
    rounds = Rounds(ends, chunk)
    found = [leaf for number in range(len(rounds)) for leaf in leaves(rounds[number], rounds[number].root)]
    assert found == list(rounds.leaves())
    assert [unit for leaf in found for unit in range(*leaf)] == list(range(ends[-1]))
    assert rounds.chunks == len(found)
    for number, end in enumerate(ends):
        assert list(rounds.leaves(end)) == [leaf for leaf in found if leaf.stop <= end]
        for node in nodes(rounds[number], rounds[number].root):
            assert node in rounds
            assert rounds.number_of(node) == number
            assert rounds.is_leaf(node) == (node in found)
            assert all(rounds.parent(child) == node for child in rounds.children(node))
            assert rounds.ancestors(node)[:1] in ([], [rounds[number].root])
        if number:
            assert rounds.whole(number) not in rounds, "it is a sum, and no piece of work"
            assert not rounds.is_leaf(rounds.whole(number))
            assert rounds.ancestors(rounds.whole(number)) == []


@given(st.integers(1, 5000), st.integers(1, 40))
def test_a_single_round_is_the_tree(units: int, chunk: int) -> None:
    tree, rounds = Tree(units, chunk), Rounds((units,), chunk)
    assert rounds[0] == tree
    assert (rounds.root, rounds.first_level(), rounds.chunks) == (tree.root, tree.first_level(), tree.chunks)
    assert all(rounds.ancestors(node) == tree.ancestors(node) for node in nodes(tree, tree.root))
