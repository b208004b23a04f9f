"""When weights are put back: what can be asked for."""

import pytest

from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.errors import ParameterError


def test_unasked_it_is_every_month():
    assert Rebalancing() == Rebalancing(rebalance="calendar", every=21)
    assert Rebalancing().to_dict() == {"rebalance": "calendar", "every": 21, "band": None}


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"rebalance": "weekly"}, {"rebalance"}),
        ({"rebalance": "never", "every": 21}, {"every"}),
        ({"rebalance": "band"}, {"band"}),
        ({"rebalance": "band", "band": 0.0}, {"band"}),
        ({"rebalance": "band", "band": 0.05, "every": 21}, {"every"}),
        ({"band": 0.05}, {"band"}),
        ({"rebalance": "never", "every": 21, "band": 0.05}, {"every", "band"}),
    ],
)
def test_contradictions_are_refused_all_at_once(told, named):
    with pytest.raises(ParameterError) as caught:
        Rebalancing(**told)
    assert set(caught.value.problems) == named


def test_it_says_itself_in_words():
    ways = Rebalancing(), Rebalancing(every=1), Rebalancing(rebalance="band", band=0.05), Rebalancing(rebalance="never")
    assert list(map(str, ways)) == [
        "every 21 trading days",
        "every trading day",
        "beyond a band of 0.05",
        "never",
    ]
