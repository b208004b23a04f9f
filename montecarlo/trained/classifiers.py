"""Classifiers as numbers: from features to a score, by sums in order and comparisons alone."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from montecarlo.errors import ParameterError
from montecarlo.trained.checks import finite_numbers, whole_numbers

FloatArray = NDArray[np.float64]

LEAF = -1
MOST_TREES, MOST_NODES = 1000, 100_000
MOST_DEPTH = 64  # comparisons of a tree: a decision walks as many for each of its trees, whatever the features are

_FEW_NUMBERS = 2**10  # for which a step of NumPy takes as long whatever it does, so that few of them are best
_WALKS_AT_ONCE = 2**14  # of trees times rows: what they read and write stays in the processor's cache


@dataclass(frozen=True)
class Logistic:
    """A logistic regression: ``score = intercept + Σ weights[j] x[j]``, added up from the first feature to the last.

    Args:
        intercept: Where the sum begins.
        weights: One for each feature, as it is: whatever scaled it in training is folded in.
    """

    name: ClassVar[str] = "logistic"

    intercept: float
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "intercept", finite_numbers("intercept", (self.intercept,))[0])
        object.__setattr__(self, "weights", finite_numbers("weights", self.weights))

    @property
    def used(self) -> frozenset[int]:
        """The features that matter to it."""
        return frozenset(j for j, weight in enumerate(self.weights) if weight)

    def problem(self, features: int) -> str:
        """Why it cannot take so many features; empty when it can."""
        return "" if len(self.weights) == features else f"has {len(self.weights)} weights for {features} features"

    def scores(self, features: FloatArray) -> FloatArray:
        if features.size <= _FEW_NUMBERS:
            terms = np.full((*features.shape[:-1], 1 + len(self.weights)), self.intercept)
            np.multiply(features, self._weights, out=terms[..., 1:])
            added: FloatArray = np.add.accumulate(terms, axis=-1)[..., -1]
            return added
        score = np.full(features.shape[:-1], self.intercept)
        for j, weight in enumerate(self.weights):
            score = score + weight * features[..., j]
        return score

    @cached_property
    def _weights(self) -> FloatArray:
        return np.array(self.weights)


class _Steps(NamedTuple):
    """Trees as NumPy walks them: ``ways[2 * node]`` is where a node leads to on the right, the next one on the left."""

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: FloatArray
    ways: NDArray[np.int64]
    value: FloatArray
    depth: int


@dataclass(frozen=True)
class Trees:
    """Boosted trees: the score is the sum of what each tree leads to, from 0.0 on, from the first tree to the last.

    The nodes of all trees lie in the same arrays; a node comes before its children.

    Args:
        roots: First node of each tree.
        feature: Which one a node looks at; LEAF for a leaf.
        threshold: A node goes left where the feature is at most this; 0 for a leaf.
        left, right: Nodes that come next; LEAF for a leaf.
        value: What a leaf adds to the score; 0 for a node that is none.
    """

    name: ClassVar[str] = "trees"

    roots: tuple[int, ...]
    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("roots", "feature", "left", "right"):
            object.__setattr__(self, name, whole_numbers(name, getattr(self, name)))
        for name in ("threshold", "value"):
            object.__setattr__(self, name, finite_numbers(name, getattr(self, name)))
        if problem := self._shape_problem() or self._walk_problem() or self._depth_problem():
            raise ParameterError({"trees": problem})

    @property
    def depth(self) -> int:
        """Comparisons on the longest way from a root to a leaf."""
        depths = [0] * len(self.feature)
        for node in range(len(self.feature) - 1, -1, -1):
            if self.feature[node] != LEAF:
                depths[node] = 1 + max(depths[self.left[node]], depths[self.right[node]])
        return max((depths[root] for root in self.roots), default=0)

    @property
    def used(self) -> frozenset[int]:
        """The features that matter to it."""
        return frozenset(self.feature) - {LEAF}

    def problem(self, features: int) -> str:
        """Why it cannot take so many features; empty when it can."""
        highest = max(self.feature, default=LEAF)
        return f"looks at feature {highest} of {features}" if highest >= features else ""

    def scores(self, features: FloatArray) -> FloatArray:
        rows = np.ascontiguousarray(features).reshape(-1, features.shape[-1])
        score, at_once = np.empty(len(rows)), max(_WALKS_AT_ONCE // len(self.roots), 1)
        for first in range(0, len(rows), at_once):
            score[first : first + at_once] = self._walk_all(rows[first : first + at_once])
        return score.reshape(features.shape[:-1])

    def _walk_all(self, rows: FloatArray) -> FloatArray:
        """All trees step by step together, which is one step of NumPy for all of them; then their sum in order."""
        steps = self._steps
        values, begins = rows.ravel(), np.arange(len(rows)) * rows.shape[1]
        node = steps.roots[:, None]
        for _ in range(steps.depth):
            goes_left = values.take(begins + steps.feature.take(node)) <= steps.threshold.take(node)
            node = steps.ways.take(2 * node + goes_left)
        added = np.zeros((1 + len(self.roots), len(rows)))
        added[1:] = steps.value.take(node)
        total: FloatArray = np.add.accumulate(added, axis=0)[-1]
        return total

    @cached_property
    def _steps(self) -> "_Steps":
        places = np.arange(len(self.feature))
        is_leaf = np.array(self.feature) == LEAF
        feature = np.where(is_leaf, 0, self.feature)  # a leaf leads to itself, whatever it looks at
        ways = np.stack([np.where(is_leaf, places, self.right), np.where(is_leaf, places, self.left)], axis=1).ravel()
        roots, threshold, value = np.array(self.roots), np.array(self.threshold), np.array(self.value)
        return _Steps(roots, feature, threshold, ways, value, self.depth)

    def _shape_problem(self) -> str:
        nodes = len(self.feature)
        if not 1 <= len(self.roots) <= MOST_TREES:
            return f"must be 1 to {MOST_TREES:,}, not {len(self.roots):,}"
        if not len(self.roots) <= nodes <= MOST_NODES:
            return f"must have up to {MOST_NODES:,} nodes and one for each tree, not {nodes:,}"
        lengths = {name: len(getattr(self, name)) for name in ("threshold", "left", "right", "value")}
        if other := [name for name, length in lengths.items() if length != nodes]:
            return f"have {nodes:,} nodes by their features, and {lengths[other[0]]:,} by their {other[0]}"
        return ""

    def _walk_problem(self) -> str:
        """Why not every node belongs to exactly one tree."""
        nodes, parents = len(self.feature), [0] * len(self.feature)
        for node, feature in enumerate(self.feature):
            children = (self.left[node], self.right[node])
            if feature < LEAF:
                return f"have a node, {node}, that looks at feature {feature}"
            if feature == LEAF and (children != (LEAF, LEAF) or self.threshold[node] != 0):
                return f"have a leaf, {node}, that leads on"
            if feature != LEAF and self.value[node] != 0:
                return f"have a node, {node}, with a value, though it is no leaf"
            for child in children if feature != LEAF else ():
                if not node < child < nodes:
                    return f"have a node, {node}, that leads to {child}"
                parents[child] += 1
        for root in self.roots:
            if not 0 <= root < nodes:
                return f"have a root, {root}, that is none of {nodes:,} nodes"
            parents[root] += 1
        if odd := [node for node, count in enumerate(parents) if count != 1]:
            return f"have a node, {odd[0]}, that {'nothing leads' if not parents[odd[0]] else 'several ways lead'} to"
        return ""

    def _depth_problem(self) -> str:
        return f"must be {MOST_DEPTH} deep at most, not {self.depth:,}" if self.depth > MOST_DEPTH else ""


Classifier = Logistic | Trees
CLASSIFIERS: dict[str, type[Any]] = {kind.name: kind for kind in (Logistic, Trees)}
