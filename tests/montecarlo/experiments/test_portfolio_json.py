"""The JSON of a portfolio in which anything may stand, as in a job that somebody else has written."""

import copy
import json

import pytest

import montecarlo as mc
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.models.joint import JOINT_MODELS
from tests.montecarlo.portfolios import portfolio_of

ODD = (None, True, -1, 1.5, 10**400, "", "x", [], [1], [None], {}, {"a": 1}, ["A", "A", "B"], [0.1] * 3, [10**400] * 3)


def places_in(values, before=()):
    """Where something stands, as the keys on the way to it."""
    keys = values if isinstance(values, dict) else range(len(values)) if isinstance(values, list) else ()
    for key in keys:
        yield (*before, key)
        yield from places_in(values[key], (*before, key))


def with_value(values, place, value):
    changed = copy.deepcopy(values)
    *before, last = place
    inner = changed
    for key in before:
        inner = inner[key]
    inner[last] = value
    return changed


@pytest.mark.parametrize("model", JOINT_MODELS)
def test_whatever_stands_in_a_place_it_is_a_portfolio_or_a_parameter_error(model):
    portfolio = portfolio_of(model, strategies={"A": mc.SmaCrossover(2, 5)})
    values = json.loads(json.dumps(portfolio.to_dict()))
    refused = 0
    places = list(places_in(values))
    for place in places:
        for value in ODD:
            try:
                read = Portfolio.from_dict(with_value(values, place, value))
            except mc.ParameterError:
                refused += 1
            else:
                assert Portfolio.from_dict(read.to_dict()) == read
    assert refused > 0.8 * len(places) * len(ODD)
    for value in ODD:
        with pytest.raises(mc.ParameterError):
            Portfolio.from_dict(value)
