"""A forecast of one side: a classifier, what its scores mean, and from which score on to trade."""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo import parameters
from montecarlo.errors import ParameterError
from montecarlo.parameters import to_dict
from montecarlo.trained.checks import finite
from montecarlo.trained.classifiers import CLASSIFIERS, Classifier
from montecarlo.trained.skill import Skill

FloatArray = NDArray[np.float64]

NEVER, ALWAYS = math.nextafter(math.inf, 0), math.nextafter(-math.inf, 0)
"""Cuts where the score says nothing, and the share of the calibration days decides for all days alike."""
_SAME_CUT = 1e-9  # relative: what two computers may differ by in a logarithm


@dataclass(frozen=True)
class Forecast:
    """Whether a trade on one side reaches its target before its stop, within the longest holding time.

    Its probability is 1 / (1 + exp(-(a score + b))), Platt's calibration.  Trade where ``score >= cut``: there the
    probability reaches the threshold.

    Args:
        classifier: From features to a score.
        a: Slope of the calibration, never negative.
        b: Its intercept.
        threshold: Probability from which on to trade, above 0 and below 1.
        cut: The score that has this probability, computed once, in training; NEVER or ALWAYS where a is 0.
        base_rate: Share of the training days whose trade reached its target.
        skill: Out of sample; None where nothing was left to judge it on.

    Raises:
        ParameterError: naming each of them that cannot be used.

    Source:
        Platt (1999), "Probabilistic outputs for support vector machines".
    """

    classifier: Classifier
    a: float
    b: float
    threshold: float
    cut: float
    base_rate: float
    skill: Skill | None

    def __post_init__(self) -> None:
        for name in ("a", "b", "threshold", "cut", "base_rate"):
            object.__setattr__(self, name, finite(name, getattr(self, name)))
        if self.a < 0:
            raise ParameterError({"a": f"must be 0 or more, not {self.a:g}"})
        if not 0 < self.threshold < 1:
            raise ParameterError({"threshold": f"must be above 0 and below 1, not {self.threshold:g}"})
        if not 0 <= self.base_rate <= 1:
            raise ParameterError({"base_rate": f"must be from 0 to 1, not {self.base_rate:g}"})
        expected = cut_of(self.a, self.b, self.threshold)
        if not math.isclose(self.cut, expected, rel_tol=_SAME_CUT, abs_tol=_SAME_CUT):
            raise ParameterError({"cut": f"must be the score of the threshold, {expected!r}, not {self.cut!r}"})

    @classmethod
    def of(
        cls,
        classifier: Classifier,
        *,
        a: float,
        b: float,
        threshold: float,
        base_rate: float,
        skill: Skill | None = None,
    ) -> Self:
        """With the cut that follows from the others."""
        return cls(classifier, a, b, threshold, cut_of(a, b, threshold), base_rate, skill)

    def scores(self, features: FloatArray) -> FloatArray:
        """Shape of the features without their last axis; the same bits everywhere."""
        return self.classifier.scores(features)

    def probabilities(self, features: FloatArray) -> FloatArray:
        """Calibrated, of the same shape; for people, because an exponential may differ in its last bit."""
        return self.probabilities_of(self.scores(features))

    def probabilities_of(self, scores: FloatArray) -> FloatArray:
        """The same of scores."""
        odds = np.minimum(np.maximum(self.a * scores + self.b, -700.0), 700.0)
        return np.asarray(1 / (1 + np.exp(-odds)))

    def margins(self, features: FloatArray) -> FloatArray:
        """``a (score - cut)``: the logarithm of the odds above that of the threshold; trade where the score is at
        least the cut.  The same bits everywhere."""
        return self.margins_of(self.scores(features))

    def margins_of(self, scores: FloatArray) -> FloatArray:
        """The same of scores."""
        return self.a * (scores - self.cut)

    def to_dict(self) -> dict[str, Any]:
        classifier = {"name": self.classifier.name, **to_dict(self.classifier)}
        skill = None if self.skill is None else self.skill.to_dict()
        return {**to_dict(self), "classifier": classifier, "skill": skill}

    @classmethod
    def from_dict(cls, side: str, values: Any) -> Self:
        """
        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
        given = parameters.from_dict(f"forecast {side}", values, cls)
        kind = parameters.named("classifier", given["classifier"], CLASSIFIERS)
        fields = parameters.from_dict("classifier", given["classifier"], kind, "name")
        given["classifier"] = kind(**{name: value for name, value in fields.items() if name != "name"})
        if given["skill"] is not None:
            given["skill"] = Skill(**parameters.from_dict("skill", given["skill"], Skill))
        return cls(**given)


def cut_of(a: float, b: float, threshold: float) -> float:
    """The score whose calibrated probability is the threshold."""
    log_odds = math.log(threshold / (1 - threshold))
    if a == 0:
        return ALWAYS if b >= log_odds else NEVER
    return min(max((log_odds - b) / a, ALWAYS), NEVER)
