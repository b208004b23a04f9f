"""How a job's units of work are cut: one fixed tree of ranges, whoever walks it and however fast.

The leaves are the chunks; every other node covers up to FAN_OUT nodes of the level below.  A node that would cover
one node only is that node.  So a range alone tells its place in the tree.
"""

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
    """The tree over a job's units.

    Args:
        units: Number of units of work, such as paths.
        chunk: Number of units in a leaf; the last may have fewer.
    """

    units: int
    chunk: int

    @property
    def root(self) -> Range:
        """All units."""
        return Range(0, self.units)

    def __contains__(self, node: Range) -> bool:
        width = self._width(node)
        return 0 <= node.first < node.stop and node == self._at(node.first // width, width)

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
            above = self._at(node.first // width, width)
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

    def _at(self, number: int, width: int) -> Range:
        return Range(number * width, min((number + 1) * width, self.units))
