"""Means and deviations over paths that come block by block."""

import functools
import math
import operator
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from montecarlo.statistics.moments import Moments

pytestmark = pytest.mark.processors

VALUES = np.random.default_rng(1).lognormal(0, 4, (3, 400))
VALUES[1, ::3] = np.nan
VALUES[2] = 0.3


def total_of(blocks):
    return functools.reduce(operator.add, map(Moments.of, blocks))


@given(st.integers(0, 99))
def test_blocks_add_up_to_the_same_in_any_order(seed):
    blocks = np.split(VALUES, 8, axis=1)
    random.Random(seed).shuffle(blocks)
    assert total_of(blocks).to_dict() == total_of(np.split(VALUES, 8, axis=1)).to_dict()


def test_a_mean_has_the_interval_of_the_central_limit_theorem_over_what_is_defined():
    first, second, _ = total_of(np.split(VALUES, 8, axis=1)).means()
    for found, values in ((first, VALUES[0]), (second, VALUES[1][~np.isnan(VALUES[1])])):
        expected = stats.norm.interval(0.95, loc=values.mean(), scale=stats.sem(values))
        assert found == pytest.approx((values.mean(), *expected))


def test_what_is_always_the_same_does_not_deviate():
    moments = total_of(np.split(VALUES, 8, axis=1))
    assert moments.deviations()[0] == pytest.approx(VALUES[0].std(ddof=1))
    assert moments.deviations()[2] == 0
    assert moments.means()[2] == pytest.approx((0.3, 0.3, 0.3))


def test_one_value_has_a_mean_alone_and_none_has_nothing():
    one, none = Moments.of(np.array([[2.5], [np.nan]])).means()
    assert one == (2.5, *[pytest.approx(math.nan, nan_ok=True)] * 2)
    assert all(map(math.isnan, none))


def test_they_survive_being_plain_values():
    moments = Moments.of(VALUES)
    assert Moments.from_dict(moments.to_dict()).to_dict() == moments.to_dict()
    assert Moments.from_dict(moments.to_dict()).means() == moments.means()
