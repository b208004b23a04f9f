"""The scores of a forecast, compiled, and how its classifier is told to compiled code: as numbers in a row.

A logistic regression is worked out for all lanes side by side.  Trees are walked for the lanes that ask alone, and each
tree for all of them before the next: none of these walks waits for another, so that a step takes 1 ns where one walk
after the other takes 2 to 3.  A walk has as many steps as its tree is deep, because a test whether it has arrived is a
guess that the processor loses.  Four walks at a time in registers were slower than all of them through memory.
"""

import math

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.lanes import LANES, inline
from montecarlo.trained.classifiers import LEAF, Logistic, Trees
from montecarlo.trained.forecast import Forecast

FloatArray = NDArray[np.float64]

SCORES = np.dtype(
    [
        *((name, "f8", (LANES,)) for name in ("score", "buys", "sells", "margin", "short_margin")),
        *((name, "i8", (LANES,)) for name in ("asking", "node")),
    ]
)
"""Scratch: the score, whether it reaches the cut of either side, and the margins above it; of the lanes that ask, their
numbers, and where they are in a tree."""

NODE = np.dtype([("threshold", "f8"), ("child", "i4"), ("place", "i4")])
"""Of a tree: the next node is ``child`` where the feature is at most the threshold, and the one after it elsewhere.

``place`` is that of the feature's first lane; a leaf leads to itself."""

_LOGISTIC, _TREES = 0.0, 1.0
_HEAD = 5  # which classifier, a, the cut, the intercept or the number of trees, and the number of nodes


def as_numbers(forecast: Forecast) -> FloatArray:
    """The forecast as ``reach`` reads it."""
    classifier = forecast.classifier
    if isinstance(classifier, Logistic):
        return np.array([_LOGISTIC, forecast.a, forecast.cut, classifier.intercept, 0.0, *classifier.weights])
    roots, depths, nodes, values = _neighbours(classifier)
    head = [_TREES, forecast.a, forecast.cut, len(roots), len(nodes)]
    return np.concatenate([head, roots, depths, nodes.view(np.float64), values])


def _neighbours(trees: Trees) -> tuple[FloatArray, FloatArray, NDArray[np.void], FloatArray]:
    """The same trees with the two nodes below another side by side: roots, depths, nodes and the values of leaves."""
    nodes, values = np.zeros(len(trees.feature), NODE), np.zeros(len(trees.feature))
    roots: list[int] = []
    depths: list[int] = []
    used = 0
    for root in trees.roots:
        roots.append(used)
        level, places, depth, used = [root], [used], 0, used + 1
        while True:
            below, below_places = [], []
            for node, place in zip(level, places, strict=True):
                if trees.feature[node] == LEAF:
                    nodes[place], values[place] = (math.inf, place, 0), trees.value[node]
                    continue
                nodes[place] = trees.threshold[node], used, trees.feature[node] * LANES
                below += [trees.left[node], trees.right[node]]
                below_places += [used, used + 1]
                used += 2
            if not below:
                break
            level, places, depth = below, below_places, depth + 1
        depths.append(depth)
    return np.array(roots, np.float64), np.array(depths, np.float64), nodes, values


@inline
def find_asking(scores, wants):  # type: ignore[no-untyped-def]
    """How many lanes of a record TARGET ask; ``scores.asking`` has them."""
    count = np.int64(0)
    for lane in range(LANES):
        scores.asking[count] = lane
        count += np.int64(1 if wants.lane[lane] != 0 else 0)
    return count


@inline
def reach(scores, row, features, forecast, asking, reached, margin):  # type: ignore[no-untyped-def]
    """Whether the score of each lane that asks reaches the cut, 1 or 0, and its margin above it; as in ``Forecast``.

    Args:
        scores, row: Records SCORES and ROW.
        features: How many.
        forecast: From ``as_numbers``.
        asking: How many lanes ask; see ``find_asking``.
        reached, margin: Fields of ``scores`` to fill.
    """
    if forecast[0] == _LOGISTIC:
        _add_up(scores, row, features, forecast[3], forecast[_HEAD:])
    else:
        _walk(scores, row, np.int64(forecast[3]), np.int64(forecast[4]), forecast[_HEAD:], asking)
    a, cut = forecast[1], forecast[2]
    for lane in range(LANES):
        reached[lane] = 1.0 if scores.score[lane] >= cut else 0.0
        margin[lane] = a * (scores.score[lane] - cut)


@inline
def _add_up(scores, row, features, intercept, weights):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        scores.score[lane] = intercept
    for j in range(features):
        weight, values = weights[j], row.feature[j * LANES :]
        for lane in range(LANES):
            scores.score[lane] += weight * values[lane]


@inline
def _walk(scores, row, trees, count, numbers, asking):  # type: ignore[no-untyped-def]
    roots, depths = numbers[:trees], numbers[trees : 2 * trees]
    nodes = numbers[2 * trees : 2 * trees + 2 * count].view(NODE)
    values = numbers[2 * trees + 2 * count :]
    for i in range(asking):
        scores.score[scores.asking[i]] = 0.0
    for tree in range(trees):
        root = np.int64(roots[tree])
        for i in range(asking):
            scores.node[i] = root
        for _ in range(np.int64(depths[tree])):
            for i in range(asking):
                node = nodes[scores.node[i]]
                value = row.feature[np.int64(node.place) + scores.asking[i]]
                scores.node[i] = np.int64(node.child) + np.int64(not value <= node.threshold)
        for i in range(asking):
            scores.score[scores.asking[i]] += values[scores.node[i]]
