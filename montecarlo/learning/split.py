"""Which signals train, which calibrate, and which judge; nothing that judges was seen before."""

from collections.abc import Iterator
from typing import NamedTuple

from montecarlo.errors import ParameterError
from montecarlo.learning.libraries import scikit_learn

CALIBRATION = 0.3  # of the signals to train on, the last ones
LEAST_FIT, LEAST_CALIBRATION, LEAST_TEST = 100, 40, 60
"""Signals: fewer tell nothing of two dozen features, or of a probability."""


class Split(NamedTuple):
    """Rows of signals; each range is later than the one before, with a gap between them.

    Attributes:
        fit: Whose labels the classifier is fitted to.
        calibration: Whose labels its scores are calibrated with.
        test: Whose labels judge it.
        last_seen: Row of the last price that any label of the first two looks at.
    """

    fit: range
    calibration: range
    test: range
    last_seen: int


def split(first: int, closes: int, *, share: float, span: int, gap: int) -> Split:
    """The first days train and the others judge.

    Args:
        first: Row of the first signal whose features are known.
        closes: How many there are.
        share: Of the closes, the first ones, from which both features and labels of the training are taken.
        span: Rows that a label looks ahead.
        gap: Rows that lie between two of the ranges.

    Raises:
        ParameterError: there are too few signals.
    """
    last_seen = int(share * closes) - 1
    test = range(last_seen - span + 1 + gap, max(closes - span, 0))
    parts = _parts(first, last_seen - span + 1, test, gap, span)
    _require("share", "another share", fit=len(parts.fit), calibration=len(parts.calibration), test=len(test))
    return parts


def walks(first: int, closes: int, *, folds: int, span: int, gap: int) -> Iterator[Split]:
    """The days in pieces of the same length, each judging what was trained on all the days before it.

    Args:
        first, closes, span, gap: As for ``split``.
        folds: How many judge.

    Raises:
        ParameterError: there are too few signals.
        LibraryError: scikit-learn is not installed.
    """
    signals = max(closes - span - first, 0)
    piece = signals // (folds + 1)
    if not piece or signals - folds * piece <= gap:
        _require("folds", "fewer folds", fit=0, calibration=0, test=piece)
    splitter = scikit_learn("model_selection").TimeSeriesSplit(n_splits=folds, gap=gap)
    for trained, judging in splitter.split(range(signals)):
        after, test = first + int(trained[-1]) + 1, range(first + int(judging[0]), first + int(judging[-1]) + 1)
        parts = _parts(first, after, test, gap, span)
        _require("folds", "fewer folds", fit=len(parts.fit), calibration=len(parts.calibration), test=len(test))
        yield parts


def _require(name: str, instead: str, *, fit: int, calibration: int, test: int) -> None:
    advice = f"take a longer history, {instead}, or a shorter holding time"
    if fit < LEAST_FIT or calibration < LEAST_CALIBRATION:
        found = f"leaves {fit} days to train on and {calibration} to calibrate with"
        raise ParameterError({name: f"{found}, and it takes {LEAST_FIT} and {LEAST_CALIBRATION}: {advice}"})
    if test < LEAST_TEST:
        raise ParameterError({name: f"leaves {test} days to judge the model on, and it takes {LEAST_TEST}: {advice}"})


def _parts(first: int, after: int, test: range, gap: int, span: int) -> Split:
    """``after`` is the row after the last signal that may be trained on."""
    to_calibrate = max(int(CALIBRATION * (after - first)), 1)
    begin = after - to_calibrate
    return Split(range(first, max(begin - gap, first)), range(max(begin, first), after), test, after - 1 + span)
