"""Classifiers: fitted by a library, and taken over as numbers."""

from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.learning.libraries import lightgbm, one_thread, scikit_learn
from montecarlo.learning.settings import LOGISTIC
from montecarlo.trained.classifiers import LEAF, Classifier, Logistic, Trees

FloatArray = NDArray[np.float64]
Labels = NDArray[np.bool_]

TREES = 100
TREE_SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "max_depth": 3,
    "min_data_in_leaf": 20,
    "lambda_l2": 1.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 0,
    "verbosity": -1,
}
"""Small trees, because days tell little: three comparisons each.  One thread and a seed, so that one machine trains the
same model again; see https://lightgbm.readthedocs.io/en/stable/Parameters.html#deterministic."""


def fitted(method: str, features: FloatArray, labels: Labels) -> Classifier:
    """The classifier of the method.

    Args:
        method: One of those of ``Training``.
        features: Shape (signals, features).
        labels: Whether the trade reached its target, shape (signals,), some of them and some not.

    Raises:
        LibraryError: what it takes is not installed.
    """
    return logistic_of(logistic(features, labels)) if method == LOGISTIC else trees_of(trees(features, labels))


def made_by(method: str) -> str:
    """The libraries that train by the method, with their versions."""
    used = ("scikit-learn",) if method == LOGISTIC else ("lightgbm", "scikit-learn")
    return ", ".join(f"{name} {version(name)}" for name in used)


def logistic(features: FloatArray, labels: Labels) -> Any:
    """scikit-learn's, with its own penalty, of features that are brought to the same scale."""
    pipeline, scaler = scikit_learn("pipeline"), scikit_learn("preprocessing").StandardScaler()
    regression = scikit_learn("linear_model").LogisticRegression(max_iter=1000)
    with one_thread():
        return pipeline.make_pipeline(scaler, regression).fit(features, labels)


def logistic_of(model: Any) -> Logistic:
    """The same scores from the features as they are."""
    scaler, regression = model[0], model[-1]
    weights = regression.coef_[0] / scaler.scale_
    intercept = regression.intercept_[0] - float(np.dot(weights, scaler.mean_))
    return Logistic(float(intercept), tuple(weights.tolist()))


def trees(features: FloatArray, labels: Labels) -> Any:
    """LightGBM's booster."""
    library = lightgbm()
    data = library.Dataset(features, labels.astype(np.float64), params={"verbosity": -1})
    return library.train(TREE_SETTINGS, data, num_boost_round=TREES)


def trees_of(booster: Any) -> Trees:
    """The same scores from arrays."""
    nodes: list[dict[str, Any]] = []
    roots = [_append(nodes, tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    columns = {name: tuple(node[name] for node in nodes) for name in ("feature", "threshold", "left", "right", "value")}
    return Trees(roots=tuple(roots), **columns)


def _append(nodes: list[dict[str, Any]], tree: dict[str, Any]) -> int:
    """The node's place; it comes before its children."""
    place, is_leaf = len(nodes), "split_feature" not in tree
    nodes.append({"feature": LEAF, "threshold": 0.0, "left": LEAF, "right": LEAF, "value": 0.0})
    if is_leaf:
        nodes[place]["value"] = float(tree["leaf_value"])
        return place
    if tree["decision_type"] != "<=":
        raise ValueError(f"a tree decides by {tree['decision_type']!r}, and only <= is known here")
    nodes[place] |= {"feature": int(tree["split_feature"]), "threshold": float(tree["threshold"])}
    nodes[place]["left"] = _append(nodes, tree["left_child"])
    nodes[place]["right"] = _append(nodes, tree["right_child"])
    return place
