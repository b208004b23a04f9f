"""Training on the first days of a history, judged on those after them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from montecarlo.data.bars import Bars
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.learning.classifying import made_by
from montecarlo.learning.examples import Examples
from montecarlo.learning.one_side import Learned, learn
from montecarlo.learning.settings import Training
from montecarlo.learning.split import Split, split
from montecarlo.learning.words import sentence
from montecarlo.trained.forecast import ALWAYS, NEVER
from montecarlo.trained.model import TrainedModel, TrainedOn
from montecarlo.wording import percent

INTERVAL = "blocks of days twice as long as a label spans, Student's t"
"""Where the intervals of an area come from."""

NEARLY_NONE = 0.05
"""Share of the days: a rule that trades on fewer, or stays out on fewer, hardly decides anything."""


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training found.

    Attributes:
        model: Of numbers alone; ``model.to_json()`` keeps it.
        settings: What it was told.
        sides: What is known of each side, by "long" and "short".
        warnings: What is doubtful about the history, and about the model.
    """

    model: TrainedModel
    settings: Training
    sides: Mapping[str, Learned]
    warnings: tuple[str, ...]

    @cached_property
    def doubts(self) -> Mapping[str, str]:
        """Of each side that decides alike on all days, or on nearly all: how, and what would tell days apart."""
        return _doubts(self.sides)

    @cached_property
    def skill(self) -> pd.DataFrame:
        """A row for each side: column ``side``, and the fields of ``montecarlo.trained.Skill``."""
        skills = {side: each.skill for side, each in self.model.sides.items()}
        return pd.DataFrame([{"side": side, **each.to_dict()} for side, each in skills.items() if each])

    @cached_property
    def reliability(self) -> pd.DataFrame:
        """For each side and bin: ``side``, ``probability``, ``observed``, ``days``."""
        return _by_side({side: each.reliability for side, each in self.sides.items()})

    @cached_property
    def importance(self) -> pd.DataFrame:
        """For each side and feature: ``side``, ``feature``, ``loss``, ``deviation``; takes longer than to train."""
        return _by_side({side: each.importance for side, each in self.sides.items()})

    @cached_property
    def classes(self) -> pd.DataFrame:
        """For each side and part ("fit", "calibration", "test"): ``days``, and the shares of trades that end by
        ``target``, ``stop`` and ``time``."""
        return _by_side({side: each.classes for side, each in self.sides.items()})

    @property
    def sentences(self) -> tuple[str, ...]:
        """Whether there is any skill, for each side."""
        forecasts = self.model.sides.items()
        return tuple(sentence(side, each.skill) for side, each in forecasts if each.skill is not None)


def train(history: PriceHistory, settings: Training | None = None, **one_by_one: Any) -> Trained:
    """Train a model on the first part of a history, and judge it on the rest.

    Args:
        history: From ``load_history``, with open, high and low.
        settings: How; it can also be given one by one, such as ``method="trees"``: see ``Training``.
        one_by_one: Those that differ from ``settings``.

    Raises:
        ParameterError: a setting cannot be used, or leaves too little to train on or to judge by.
        HistoryError: the history has no open, high and low.
        LibraryError: what trains is not installed: ``pip install "spot-montecarlo[learning]"``.
    """
    told = settings_of(settings, one_by_one)
    examples = examples_of(history, told)
    barrier = told.barrier
    parts = split(told.n, examples.closes, share=told.share, span=barrier.span, gap=told.gap)
    return learned(history, examples, parts, told)


def learned(history: PriceHistory, examples: Examples, parts: Split, settings: Training) -> Trained:
    """All sides of a split.

    Raises:
        As ``train``.
    """
    sides = {side: learn(examples, side, parts, settings) for side in settings.sides}
    dates = history.bars.index
    on = TrainedOn(
        history.symbol,
        history.source,
        history.digest,
        first=dates[0].date(),
        last=dates[parts.last_seen].date(),
        unseen_from=dates[parts.last_seen + 1].date(),
    )
    forecasts = {side: sides[side].forecast if side in sides else None for side in ("long", "short")}
    model = TrainedModel(
        settings.name, settings.n, settings.barrier, **forecasts, trained_on=on, made_by=made_by(settings.method)
    )
    doubts = (f"{side}: {words}" for side, words in _doubts(sides).items())
    return Trained(model, settings, sides, (*history.warnings, *history.bar_warnings, *doubts))


def settings_of(settings: Training | None, one_by_one: Mapping[str, Any]) -> Training:
    """
    Raises:
        ParameterError: there is no such setting, or one cannot be used.
    """
    told = (Training() if settings is None else settings).to_dict()
    if unknown := [name for name in one_by_one if name not in told]:
        raise ParameterError(dict.fromkeys(unknown, f"is no setting of a training, which has {', '.join(told)}"))
    return Training(**{**told, **one_by_one})


def examples_of(history: PriceHistory, settings: Training) -> Examples:
    """
    Raises:
        HistoryError: the history has no open, high and low.
        ParameterError: its bars are weeks or longer, and nobody has said how many make a year.
    """
    history.require_daily()
    bars = history.adjusted_bars
    return Examples.of(Bars(*(each[:, None] for each in bars)), settings)


def _doubts(sides: Mapping[str, Learned]) -> Mapping[str, str]:
    return {side: found for side, each in sides.items() if (found := _doubt(each))}


def _doubt(learned: Learned) -> str:
    """That it decides alike on all days, or on nearly all."""
    forecast = learned.forecast
    what = {ALWAYS: "always", NEVER: "never"}
    if forecast.cut in what:
        return (
            "higher scores did not go with more targets on the days it was calibrated with, so that every day "
            f"has the same probability, and it {what[forecast.cut]} trades"
        )
    probabilities = forecast.probabilities(learned.tested)
    share = float((probabilities >= forecast.threshold).mean())
    if NEARLY_NONE < share < 1 - NEARLY_NONE:
        return ""
    low, high = np.quantile(probabilities, [0.1, 0.9])
    trades = "whatever the features say" if share > 0.5 else "hardly ever"
    return (
        f"its probability reaches the threshold, {forecast.threshold:.3f}, on {percent(share)} of the days "
        f"that judge it, so that it trades {trades}; on most of them it lies between {low:.3f} and {high:.3f}: a "
        "threshold in there would tell days apart"
    )


def _by_side(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([table.assign(side=side) for side, table in tables.items()], ignore_index=True).pipe(
        lambda whole: whole[["side", *(name for name in whole.columns if name != "side")]]
    )
