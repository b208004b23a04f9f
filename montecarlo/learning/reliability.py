"""Whether what was said to have a probability happens as often: the data of a reliability diagram."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

BINS = 10


def reliability(probabilities: NDArray[np.float64], labels: NDArray[np.bool_], bins: int = BINS) -> pd.DataFrame:
    """Days in bins of about as many each, by their probability; those with the same probability stay together.

    Returns:
        Columns ``probability`` (mean of the bin), ``observed`` (share whose trade reached its target) and ``days``.
    """
    order = np.argsort(probabilities, kind="stable")
    said, came = probabilities[order], labels[order]
    wanted = np.linspace(0, len(said), bins + 1)[1:-1].astype(np.int64)
    edges = np.unique(np.searchsorted(said, said[wanted], "left"))
    parts = [np.arange(len(said))[each] for each in _between(edges[edges > 0], len(said))]
    return pd.DataFrame(
        {
            "probability": [float(said[part].mean()) for part in parts],
            "observed": [float(came[part].mean()) for part in parts],
            "days": [len(part) for part in parts],
        }
    )


def _between(edges: NDArray[np.int64], end: int) -> list[slice]:
    places = [0, *edges.tolist(), end]
    return [slice(start, stop) for start, stop in pairwise(places) if stop > start]
