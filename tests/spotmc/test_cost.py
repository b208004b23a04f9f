"""``spotmc cost``: jobs that workers did, at prices of that time."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from deployment import machine_prices
from fleet.tree import Range
from worker.compute import Provenance, compute
from worker.instance_metadata import Identity

MACHINE = Identity("i-1", "c7i.large", "us-east-1a", "us-east-1", spot=True)


@pytest.fixture
def prices(monkeypatch):
    """Of one machine; what AWS itself is asked, other tests say."""
    long_ago = datetime.now(UTC) - timedelta(days=1)
    monkeypatch.setattr(
        machine_prices, "spot_history", lambda ec2, records: {("c7i.large", "us-east-1a"): [(long_ago, 36.0)]}
    )
    monkeypatch.setattr(machine_prices, "on_demand_prices", lambda pricing, records: {("c7i.large", "us-east-1"): 90.0})


@pytest.fixture
def done(job, submit_job, bucket):
    """A job of which one machine did all."""
    submit_job(job)
    part, _ = compute(job, Range(0, job.experiment.iterations), Provenance("me", "0", MACHINE), lambda paths: None)
    record = json.loads(part.record) | {"seconds": 100.0}
    bucket.put(f"jobs/{job.id}/records/{part.shard}.json", json.dumps(record).encode())
    return job


@pytest.mark.usefixtures("prices")
def test_a_job_costs_its_seconds_at_the_spot_price(spotmc, done):
    status, printed, told = spotmc("cost", "--json", "--boot-minutes", "5", "--idle-minutes", "10")
    assert status == 0, told
    told = json.loads(printed)
    cost = told["jobs"][done.id]
    assert cost["dollars"] == pytest.approx(100 * 0.01)  # 36 dollars an hour are a cent a second
    assert cost["on_demand"] == pytest.approx(100 * 0.025)
    assert cost["saving"] == pytest.approx(0.6)
    assert cost["path_days"] == done.experiment.iterations * done.experiment.days
    assert told["beside_computing"]["dollars"] == pytest.approx(15 * 60 * 0.01)


@pytest.mark.usefixtures("prices")
def test_a_person_is_told_what_is_known_and_what_is_assumed(spotmc, done, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    _, printed, _ = spotmc("cost")
    assert done.id in printed, "whole, so that it can be copied"
    assert "1.0000" in printed
    assert "60%" in printed
    assert (
        "Beside computing, about $7.20 for 1 machine: waiting between chunks, 2 minutes to boot, 10 idle at the end"
        in printed
    )
    assert "assumed, not known" in printed
    _, printed, _ = spotmc("cost", done.id)
    assert "Beside computing" not in printed


@pytest.mark.usefixtures("settings")
def test_what_a_laptop_did_costs_nothing_and_aws_is_not_asked(spotmc, job, submit_job, do_job):
    submit_job(job)
    do_job(job)
    status, printed, told = spotmc("cost")
    assert status == 0, told
    assert "on machines that are not on EC2" in printed


@pytest.mark.usefixtures("settings")
def test_of_a_job_that_is_not_there_no_cost_is_told(spotmc):
    status, printed, told = spotmc("cost", "AAPL-40-100-0123456789ab")
    assert status == 1
    assert "there is no job AAPL-40-100-0123456789ab" in told
    assert not printed
