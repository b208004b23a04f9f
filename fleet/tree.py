"""How a job's units of work are cut: fixed trees of ranges, whoever walks them and however fast.

The leaves are the chunks; every other node covers up to FAN_OUT nodes of the level below.  A node that would cover
one node only is that node.  A job that may be enough before its last unit has one tree for each round, side by side.
So a range alone tells its place.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

FAN_OUT = 10  # as many messages as SQS takes in one batch


class Range(NamedTuple):
    """The units from ``first`` up to but not including ``stop``."""

    first: int
    stop: int

    def __str__(self) -> str:
        return f"{self.first}-{self.stop}"


@dataclass(frozen=True)
class Tree:
    """The tree over adjoining units.

    Args:
        units: Number of units of work, such as paths.
        chunk: Number of units in a leaf; the last may have fewer.
        first: The first of them.
    """

    units: int
    chunk: int
    first: int = 0

    @property
    def root(self) -> Range:
        """All units."""
        return Range(self.first, self.first + self.units)

    def __contains__(self, node: Range) -> bool:
        return self.first <= node.first < node.stop and node == self._around(node, self._width(node))

    def is_leaf(self, node: Range) -> bool:
        """Whether it is one chunk."""
        return node.stop - node.first <= self.chunk

    def children(self, node: Range) -> list[Range]:
        """The ranges that a node is cut into, two to FAN_OUT in order; none for a leaf."""
        if self.is_leaf(node):
            return []
        width = self._width(node) // FAN_OUT
        return [Range(first, min(first + width, node.stop)) for first in range(node.first, node.stop, width)]

    def parent(self, node: Range) -> Range | None:
        """The node that has this one among its children; None for the root."""
        width = self._width(node)
        while node != self.root:
            width *= FAN_OUT
            above = self._around(node, width)
            if above != node:
                return above
        return None

    def ancestors(self, node: Range) -> list[Range]:
        """The nodes that it is a part of, from the root down to its parent; none for the root."""
        found = []
        while (parent := self.parent(node)) is not None:
            found.append(parent)
            node = parent
        return found[::-1]

    def leaves(self) -> Iterator[Range]:
        """All chunks in order."""
        return (self._at(number, self.chunk) for number in range(self.chunks))

    @property
    def chunks(self) -> int:
        """Number of leaves."""
        return -(-self.units // self.chunk)

    def first_level(self) -> list[Range]:
        """What a submission sends: the children of the root, or the root where it is a leaf."""
        return self.children(self.root) or [self.root]

    def _width(self, node: Range) -> int:
        """Number of units in a whole node of its level."""
        width = self.chunk
        while width < node.stop - node.first:
            width *= FAN_OUT
        return width

    def _around(self, node: Range, width: int) -> Range:
        """The node of that level in which this one begins."""
        return self._at((node.first - self.first) // width, width)

    def _at(self, number: int, width: int) -> Range:
        first, stop = self.root
        return Range(first + number * width, min(first + (number + 1) * width, stop))


@dataclass(frozen=True)
class Rounds:
    """The trees over a job's units, one for each round; most jobs have a single round.

    Args:
        ends: How many units are done at the end of each round, ascending, each but the last whole chunks' blocks.
        chunk: Number of units in a leaf; the last of a round may have fewer.
    """

    ends: tuple[int, ...]
    chunk: int

    @property
    def root(self) -> Range:
        """All units."""
        return self.whole(len(self) - 1)

    def __len__(self) -> int:
        """Number of rounds."""
        return len(self.ends)

    def __getitem__(self, number: int) -> Tree:
        """The tree of a round, counted from 0."""
        first = self.ends[number - 1] if number else 0
        return Tree(self.ends[number] - first, self.chunk, first)

    def whole(self, number: int) -> Range:
        """All units until the end of a round; a node of a tree only in the first one."""
        return Range(0, self.ends[number])

    def number_of(self, node: Range) -> int:
        """The round that a node is in."""
        return bisect_right(self.ends, node.first)

    def tree_of(self, node: Range) -> Tree:
        """The tree that a node is in."""
        return self[self.number_of(node)]

    def __contains__(self, node: Range) -> bool:
        return 0 <= node.first < self.ends[-1] and node in self.tree_of(node)

    def is_leaf(self, node: Range) -> bool:
        """Whether it is one chunk."""
        return node in self and self.tree_of(node).is_leaf(node)

    def children(self, node: Range) -> list[Range]:
        """As ``Tree.children``."""
        return self.tree_of(node).children(node)

    def parent(self, node: Range) -> Range | None:
        """As ``Tree.parent``: None for the root of a round."""
        return self.tree_of(node).parent(node)

    def ancestors(self, node: Range) -> list[Range]:
        """As ``Tree.ancestors``; none for all units until the end of a round."""
        return [] if node.first == 0 and node.stop in self.ends else self.tree_of(node).ancestors(node)

    def leaves(self, stop: int | None = None) -> Iterator[Range]:
        """All chunks in order, or those of the rounds until this end of one."""
        numbers = range(len(self) if stop is None else self.ends.index(stop) + 1)
        return (leaf for number in numbers for leaf in self[number].leaves())

    @property
    def chunks(self) -> int:
        """Number of leaves."""
        return sum(self[number].chunks for number in range(len(self)))

    def first_level(self) -> list[Range]:
        """What a submission sends: that of the first round."""
        return self[0].first_level()
