"""What a stack would cost, from the example prices that stand in the templates."""

import pytest

from cloudformation.template import PARENT, Stack, read, resolve
from deployment.estimate import ceiling, estimate

GIVEN = {
    "ArtefactBucket": "my-artefacts",
    "ArtefactPrefix": "spotmc/1",
    "AllowedCidr": "203.0.113.7/32",
    "Password": "correct horse battery",
}


def launched(**parameters: str) -> Stack:
    return resolve(read(PARENT), {**GIVEN, **parameters})


def test_at_rest_the_workstation_is_the_bill_whatever_the_fleet_may_become() -> None:
    small, large = estimate(launched(MaxWorkers="1")), estimate(launched(MaxWorkers="1000"))
    assert small.at_rest == large.at_rest
    total = sum(cost.per_month for cost in small.at_rest)
    # 0.04 and 0.005 an hour for 730 hours, 16 GB at 0.08, 5 alarm metrics at 0.10, a dashboard at 3, a secret at 0.40
    assert total == pytest.approx(730 * 0.045 + 16 * 0.08 + 5 * 0.10 + 3 + 0.40)


def test_a_full_fleet_costs_machines_addresses_and_disks() -> None:
    hourly = {cost.what: cost.per_hour for cost in estimate(launched(MaxWorkers="100")).at_work}
    assert hourly == {
        "100 workers of 2 vCPUs, on Spot": pytest.approx(3.5),
        "their addresses": pytest.approx(0.5),
        "their disks of 8 GB": pytest.approx(100 * 8 * 0.08 / 730),
    }
    assert ceiling(launched(MaxDollarsPerHour="7.5")) == 7.5


def test_on_batch_the_vcpus_limit_the_workers() -> None:
    stack = launched(WorkersOn="Batch", BatchMaxVcpus="50")
    assert estimate(stack).at_work[0].what == "25 workers of 2 vCPUs, on Spot"
    assert ceiling(stack) is None
