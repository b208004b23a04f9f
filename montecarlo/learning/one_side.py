"""One side learned: its forecast, and everything that tells how good it is."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.errors import ParameterError
from montecarlo.learning.calibrating import platt
from montecarlo.learning.classifying import fitted
from montecarlo.learning.examples import Examples
from montecarlo.learning.importance import importance
from montecarlo.learning.judging import area, brier, estimate
from montecarlo.learning.labels import STOP, TARGET, TIME
from montecarlo.learning.reliability import reliability
from montecarlo.learning.settings import LOGISTIC, Training
from montecarlo.learning.split import Split
from montecarlo.trained.forecast import Forecast
from montecarlo.trained.skill import Skill

FloatArray = NDArray[np.float64]
VOLATILITY = slice(-1, None)  # the last of the features

_THRESHOLDS = 0.01, 0.99
_LEAST_OF_A_CLASS = 5  # days


@dataclass(frozen=True, eq=False)
class Learned:
    """
    Attributes:
        forecast: With its skill.
        tested, labels: Features of the days that judge it, and whether their trades reached the target.
        classes: Columns ``part``, ``days``, ``target``, ``stop``, ``time``: shares of the days of each part.
    """

    forecast: Forecast
    tested: FloatArray
    labels: NDArray[np.bool_]
    classes: pd.DataFrame

    @cached_property
    def reliability(self) -> pd.DataFrame:
        """See ``montecarlo.learning.reliability``."""
        return reliability(self.forecast.probabilities(self.tested), self.labels)

    @cached_property
    def importance(self) -> pd.DataFrame:
        """See ``montecarlo.learning.importance``; made when it is asked for, because it takes longer than to train."""
        return importance(self.forecast, self.tested, self.labels)


def learn(examples: Examples, side: str, parts: Split, settings: Training) -> Learned:
    """
    Raises:
        ParameterError: nearly all trades of a part end alike.
        LibraryError: what the method takes is not installed.
    """
    _require_two_classes(examples, side, parts, settings)
    forecast = calibrated(examples, side, parts, settings)
    skill = skill_of(examples, side, parts, forecast, settings.barrier.span)
    return Learned(
        forecast=replace(forecast, skill=skill),
        tested=examples.of_rows(parts.test),
        labels=examples.labels(side, parts.test),
        classes=_classes(examples, side, parts),
    )


def break_even(ends: NDArray[np.int8], stop_loss: float, take_profit: float) -> float:
    """The probability of the target at which a trade gains nothing before costs, if one that the time ends does not."""
    timed = float((ends == TIME).mean())
    return float(np.clip((1 - timed) * stop_loss / (stop_loss + take_profit), *_THRESHOLDS))


def calibrated(examples: Examples, side: str, parts: Split, settings: Training) -> Forecast:
    """Fitted to the first part and calibrated on the second; nothing has judged it yet."""
    ends = examples.outcomes[side]
    seen = np.concatenate([ends[rows.start : rows.stop] for rows in (parts.fit, parts.calibration)])
    threshold = settings.threshold
    if threshold is None:
        threshold = break_even(seen, settings.stop_loss, settings.take_profit)
    return _fitted_and_calibrated(settings.method, examples, side, parts, threshold=threshold)


def _fitted_and_calibrated(
    method: str, examples: Examples, side: str, parts: Split, *, threshold: float, columns: slice = slice(None)
) -> Forecast:
    fit, calibration = (examples.labels(side, rows) for rows in (parts.fit, parts.calibration))
    classifier = fitted(method, examples.of_rows(parts.fit)[:, columns], fit)
    a, b = platt(classifier.scores(examples.of_rows(parts.calibration)[:, columns]), calibration)
    rate = float(np.concatenate([fit, calibration]).mean())
    return Forecast.of(classifier, a=a, b=b, threshold=threshold, base_rate=rate)


def skill_of(examples: Examples, side: str, parts: Split, forecast: Forecast, span: int) -> Skill:
    """Of the forecast on the third part, beside volatility alone."""
    tested, labels = examples.of_rows(parts.test), examples.labels(side, parts.test)
    alone = _fitted_and_calibrated(LOGISTIC, examples, side, parts, threshold=forecast.threshold, columns=VOLATILITY)
    ours = area(forecast.scores(tested), labels)
    theirs = area(alone.scores(tested[:, VOLATILITY]), labels)
    auc, volatility = (estimate(*each, span) for each in (ours, theirs))
    excess = estimate(ours.value - theirs.value, ours.influence - theirs.influence, span)
    return Skill(
        days=len(labels),
        effective_days=len(labels) / span,
        base_rate=float(labels.mean()),
        auc=auc.value,
        auc_low=auc.low,
        auc_high=auc.high,
        brier=brier(forecast.probabilities(tested), labels),
        brier_base=brier(np.full(len(labels), forecast.base_rate), labels),
        volatility_auc=volatility.value,
        volatility_auc_low=volatility.low,
        volatility_auc_high=volatility.high,
        volatility_brier=brier(alone.probabilities(tested[:, VOLATILITY]), labels),
        excess_auc=excess.value,
        excess_auc_low=excess.low,
        excess_auc_high=excess.high,
    )


def _require_two_classes(examples: Examples, side: str, parts: Split, settings: Training) -> None:
    for part, rows in zip(("train on", "calibrate with", "judge it on"), parts[:3], strict=True):
        labels = examples.labels(side, rows)
        hits = int(labels.sum())
        if min(hits, len(labels) - hits) < _LEAST_OF_A_CLASS:
            nearer = "nearer" if 2 * hits < len(labels) else "further"
            message = (
                f"must tell days apart: on {hits:,} of the {len(labels):,} days to {part}, a {side} trade reaches its "
                f"target of {100 * settings.take_profit:g} %; take a {nearer} target, another stop or holding time, or "
                "other days"
            )
            raise ParameterError({"take_profit": message})


def _classes(examples: Examples, side: str, parts: Split) -> pd.DataFrame:
    rows = []
    for part, days in zip(("fit", "calibration", "test"), parts[:3], strict=True):
        ends = examples.outcomes[side][days.start : days.stop]
        shares = {
            word: float((ends == end).mean()) for word, end in (("target", TARGET), ("stop", STOP), ("time", TIME))
        }
        rows.append({"part": part, "days": len(ends), **shares})
    return pd.DataFrame(rows)
