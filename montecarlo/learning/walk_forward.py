"""Walking forward: trained again and again, each time on all the days so far, and judged on those that follow."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.learning.judging import student_t
from montecarlo.learning.settings import Training
from montecarlo.learning.split import walks
from montecarlo.learning.train import Trained, examples_of, learned, settings_of
from montecarlo.parameters import Parameter, Whole

FOLDS = Parameter.of(
    "folds", Whole(2, 50), 5, label="Folds", help="How many models, each judged on the days that follow its training."
)


@dataclass(frozen=True, eq=False)
class WalkForward:
    """
    Attributes:
        trained: The models in the order of their days, with all that is known of each.
        skill: Their rows one below the other, with the columns ``fold``, ``judged_from`` and ``judged_until`` (dates of
            signals).
    """

    trained: tuple[Trained, ...]
    skill: pd.DataFrame

    def mean(self, side: str) -> tuple[float, float, float]:
        """The mean area under the curve of the folds, with its interval of 95 % by how the folds differ."""
        areas = self.skill.loc[self.skill["side"] == side, "auc"].to_numpy()
        half = student_t(len(areas) - 1) * float(areas.std(ddof=1)) / np.sqrt(len(areas))
        return float(areas.mean()), float(areas.mean() - half), float(areas.mean() + half)


def walk_forward(
    history: PriceHistory, settings: Training | None = None, *, folds: int = FOLDS.default, **one_by_one: Any
) -> WalkForward:
    """Train a model on each longer part of a history, and judge it on the piece that follows.

    Args:
        history: From ``load_history``, with open, high and low.
        settings: As for ``train``; ``share`` does not matter.
        folds: How many models; the days are cut into one piece more.
        one_by_one: Those that differ from ``settings``.

    Raises:
        As ``train``.
    """
    if problem := FOLDS.problem(folds):
        raise ParameterError({FOLDS.name: problem})
    told = settings_of(settings, one_by_one)
    examples = examples_of(history, told)
    span = told.barrier.span
    trained, skills = [], []
    for fold, parts in enumerate(walks(told.n, examples.closes, folds=folds, span=span, gap=told.gap), start=1):
        each = learned(history, examples, parts, told)
        days = history.bars.index[[parts.test.start, parts.test.stop - 1]]
        trained.append(each)
        skills.append(each.skill.assign(fold=fold, judged_from=days[0], judged_until=days[1]))
    return WalkForward(tuple(trained), pd.concat(skills, ignore_index=True))
