"""What a stack would cost, from the example prices that stand in the templates."""

import pytest

from cloudformation.template import PARENT, Stack, read, resolve
from deployment.estimate import ceiling, estimate

RESEARCH_GIGABYTES, TRADER_GIGABYTES = 0.3, 0.2

GIVEN = {
    "ArtefactBucket": "my-artefacts",
    "ArtefactPrefix": "spotmc/1",
    "AllowedCidr": "203.0.113.7/32",
    "Password": "correct horse battery",
}


def launched(**parameters: str) -> Stack:
    return resolve(read(PARENT), {**GIVEN, **parameters})


def test_at_rest_the_workstation_is_the_bill_whatever_the_fleet_may_become() -> None:
    small = launched(MaxWorkers="1")
    at_rest = estimate(small).at_rest
    assert at_rest == estimate(launched(MaxWorkers="1000")).at_rest
    total = sum(cost.per_month for cost in at_rest)
    # 0.04 and 0.005 an hour for 730 hours, 5 minutes of another machine a day, 16 GB at 0.08, alarm metrics at 0.10, a
    # dashboard at 3, a secret at 0.40, and two publications
    fixed = 730 * 0.045 + 0.04 * 730 * 5 / 1440 + 16 * 0.08 + 3 + 0.40 + 2 * 0.5 * 0.023
    assert total == pytest.approx(fixed + alarm_metrics(small) * 0.10)


def alarm_metrics(stack: Stack) -> int:
    """Of those with an expression, each metric that it takes is charged for."""
    alarms = [alarm.get("Metrics", [{"MetricStat": {}}]) for _, alarm in stack.of_type("AWS::CloudWatch::Alarm")]
    return sum("MetricStat" in metric for metrics in alarms for metric in metrics)


def test_a_full_fleet_costs_machines_addresses_and_disks() -> None:
    hourly = {cost.what: cost.per_hour for cost in estimate(launched(MaxWorkers="100")).at_work}
    assert hourly == {
        "100 workers of 2 vCPUs, on Spot": pytest.approx(3.5),
        "their addresses": pytest.approx(0.5),
        "their disks of 8 GB": pytest.approx(100 * 8 * 0.08 / 730),
        "7 metrics of workers and boots": pytest.approx(7 * 0.30 / 730),
    }
    assert ceiling(launched(MaxDollarsPerHour="7.5")) == 7.5


def test_on_batch_the_vcpus_limit_the_workers() -> None:
    stack = launched(WorkersOn="Batch", BatchMaxVcpus="50")
    assert estimate(stack).at_work[0].what == "25 workers of 2 vCPUs, on Spot"
    assert ceiling(stack) is None


def test_images_of_workers_on_batch_are_kept_too() -> None:
    monthly = {cost.what: cost.per_month for cost in estimate(launched(WorkersOn="Batch")).at_rest}
    assert monthly["2 container images of 0.4 GB"] == pytest.approx(2 * 0.4 * 0.10)
    assert "2 container images of 0.4 GB" not in {cost.what for cost in estimate(launched()).at_rest}


def test_in_a_group_a_share_of_the_machines_is_on_demand_and_each_has_a_highest_price() -> None:
    group = launched(WorkersOn="AutoScalingGroup", MaxWorkers="15", OnDemandPercent="30", MachineDollarsPerHour="0.1")
    hourly = {cost.what: cost.per_hour for cost in estimate(group).at_work}
    assert hourly["10 workers of 2 vCPUs, on Spot"] == pytest.approx(0.35)
    assert hourly["5 workers of 2 vCPUs, On-Demand"] == pytest.approx(5 * 0.085)
    assert ceiling(group) == pytest.approx(1.5)
    nothing_on_spot = launched(WorkersOn="AutoScalingGroup", OnDemandPercent="100")
    assert estimate(nothing_on_spot).at_work[0].what == "10 workers of 2 vCPUs, On-Demand"


def test_a_trader_costs_its_container_day_and_night_its_address_its_secret_and_its_log() -> None:
    plain = estimate(launched())
    running = estimate(launched(Trader="mine", TraderRuns="yes"))
    added = {cost.what: cost.per_month for cost in running.at_rest if cost not in plain.at_rest}
    images = f"2 container images of {TRADER_GIGABYTES:g} GB"
    assert added == {
        "trader, 0.25 vCPU and 1 GB on Fargate": pytest.approx(730 * (0.25 * 0.04048 + 0.004445)),
        "the trader's address": pytest.approx(730 * 0.005),
        "the trader's log, 0.1 GB": pytest.approx(0.1 * 0.50),
        "2 secrets": pytest.approx(2 * 0.40),
        images: pytest.approx(2 * TRADER_GIGABYTES * 0.10),
    }
    at_rest = estimate(launched(Trader="mine")).at_rest
    assert {cost.what for cost in at_rest if cost not in plain.at_rest} == {"2 secrets", images}
    assert running.at_work == plain.at_work


def test_research_costs_its_images_at_rest_and_a_notebook_its_disk() -> None:
    plain = estimate(launched())
    research = estimate(launched(Research="yes", ResearchNotebook="ml.t3.medium"))
    added = {cost.what: cost.per_month for cost in research.at_rest if cost not in plain.at_rest}
    assert added == {
        f"2 container images of {RESEARCH_GIGABYTES:g} GB": pytest.approx(2 * RESEARCH_GIGABYTES * 0.10),
        "disk of the notebook, 5 GB": pytest.approx(5 * 0.14),
    }
    at_work = {cost.what: cost.per_hour for cost in research.at_work if cost not in plain.at_work}
    assert at_work == {"notebook, ml.t3.medium, while it is used": pytest.approx(0.05)}
    assert not {cost.what for cost in estimate(launched(Research="yes")).at_rest if "notebook" in cost.what}
