"""A group has no limit for all machines, so each gets its share."""

import pytest

from deployment.account import DeploymentError
from deployment.group_price import price_for_each

GROUP = {"WorkersOn": "AutoScalingGroup"}


@pytest.mark.parametrize(
    ("given", "known", "each"),
    [
        (GROUP, {}, "0.2"),
        ({**GROUP, "MaxWorkers": "7"}, {}, "0.2857"),
        ({**GROUP, "MaxDollarsPerHour": "3", "MaxWorkers": "20"}, {}, "0.15"),
        # What is not given stays as it is, and counts.
        ({"MaxWorkers": "20"}, {**GROUP, "MaxDollarsPerHour": "3", "MachineDollarsPerHour": "0.3"}, "0.15"),
        (GROUP, {"WorkersOn": "SpotFleet", "MaxDollarsPerHour": "3"}, "0.3"),
        ({"IdleExitMinutes": "20"}, {**GROUP, "MachineDollarsPerHour": "0.3"}, None),
        ({**GROUP, "MachineDollarsPerHour": "0.01"}, {}, None),
        ({}, {}, None),
        ({"WorkersOn": "Batch", "MaxWorkers": "7"}, {}, None),
        ({**GROUP, "MaxWorkers": "many"}, {}, None),
        ({**GROUP, "MaxWorkers": "100", "OnDemandPercent": "100"}, {}, "0.02"),
    ],
)
def test_each_machine_may_cost_its_share_unless_a_person_says_what(
    given: dict[str, str], known: dict[str, str], each: str | None
) -> None:
    assert price_for_each(given, known) == ({} if each is None else {"MachineDollarsPerHour": each})


def test_a_share_for_which_there_is_no_machine_is_refused_with_what_to_do() -> None:
    with pytest.raises(
        DeploymentError, match=r"leaves \$0\.02 an hour .* none would start; set MaxDollarsPerHour to 3\.5"
    ):
        price_for_each({**GROUP, "MaxWorkers": "100"}, {})
