"""Buying and holding."""

import numpy as np
import pytest

import montecarlo as mc
from tests.montecarlo.any_strategy import wanted


def test_it_is_long_from_the_first_close_on_whatever_comes():
    assert wanted([5, 4, 0, 9], mc.BuyAndHold()) == [1, 1, 1, 1]
    assert mc.BuyAndHold().first_decision == 0


@pytest.mark.parametrize("rules", [{}, {"fill": "same-close"}, {"shares": 100}], ids=str)
def test_buying_and_holding_ends_where_the_yardstick_does(rules):
    paths = mc.simulate(mc.GbmModel(50.0, 0.1, 0.4), mc.BuyAndHold(), days=30, iterations=40, seed=1, **rules).paths
    np.testing.assert_allclose(paths["final_value"], paths["buy_and_hold_value"], rtol=1e-12)
    assert (paths["trades"] == 1).all()
    assert (paths["exposure"] == (30 if "fill" in rules else 29) / 30).all()
