"""What machines have cost: averages of changing prices, and what no record tells."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.stub import Stubber

from deployment.account import Account
from deployment.cost import Cost, around, cost_of
from deployment.machine_prices import MachinePrices, on_demand_prices, present_spot_prices, spot_history
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.provenance import Record, of_job
from fleet.tree import Range
from worker.compute import Provenance, compute
from worker.instance_metadata import Identity

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

PRICES = MachinePrices(
    spot={("c7i.large", "us-east-1a"): [(NOON - HOUR, 0.03), (NOON + HOUR, 0.06)]},
    on_demand={("c7i.large", "us-east-1"): 0.10},
)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """Of nobody: nothing is sent to AWS."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "none")
    return Account("us-east-1")


def record(start: float = 0, hours: float = 1, instance: str = "i-1", spot: bool = True, zone: str = "a") -> Record:
    began = NOON + timedelta(hours=start)
    return Record(instance, "c7i.large", f"us-east-1{zone}", "us-east-1", spot, began, hours * 3600, path_days=1000)


@pytest.mark.parametrize(
    ("start", "hours", "price"),
    [(0, 1, 0.03), (0.5, 1, 0.045), (1, 1, 0.06), (0, 4, (1 * 0.03 + 3 * 0.06) / 4), (1.5, 0, 0.06), (0.5, 0, 0.03)],
)
def test_a_spot_price_is_the_average_over_the_time(start: float, hours: float, price: float) -> None:
    when = record(start, hours)
    found = PRICES.spot_price("c7i.large", "us-east-1a", when.began, when.ended)
    assert found == pytest.approx(price)


def test_present_spot_prices_are_the_last_ones_of_each_machine(account: Account) -> None:
    kinds = ("c7i.large", "m7i.large")
    told = [("c7i.large", "a", 1, "0.03"), ("c7i.large", "a", 2, "0.05"), ("c7i.large", "b", 9, "0.04")]
    history = [
        {
            "InstanceType": kind,
            "AvailabilityZone": f"us-east-1{zone}",
            "Timestamp": NOON - HOUR * ago,
            "SpotPrice": price,
        }
        for kind, zone, ago, price in [*told, ("m7i.large", "a", 3, "0.06")]
    ]
    with Stubber(account.ec2) as stubber:
        stubber.add_response("describe_spot_price_history", {"SpotPriceHistory": history})
        assert sorted(present_spot_prices(account.ec2, kinds, NOON)) == [0.03, 0.04, 0.06]


def test_before_all_that_is_known_there_is_no_price() -> None:
    early = record(-2)
    assert PRICES.spot_price("c7i.large", "us-east-1a", early.began, early.ended) is None
    assert PRICES.spot_price("c7i.large", "us-east-1b", NOON, NOON + HOUR) is None


def test_a_job_costs_what_its_chunks_did() -> None:
    cost = cost_of([record(0), record(1, instance="i-2"), record(0, spot=False)], PRICES)
    assert cost.hours == pytest.approx(3)
    assert (cost.path_days, cost.unpriced_hours) == (3000, 0)
    assert cost.dollars == pytest.approx(0.03 + 0.06 + 0.10)
    assert cost.on_demand == pytest.approx(0.30)
    assert cost.saving == pytest.approx(1 - 0.19 / 0.30)


def test_what_has_no_price_is_counted_apart() -> None:
    laptop = Record("laptop", None, None, None, None, NOON, 7200, path_days=10)
    cost = cost_of([record(zone="f"), laptop], PRICES)
    assert (cost.dollars, cost.on_demand, cost.saving) == (0, 0, None)
    assert (cost.unpriced_hours, cost.elsewhere_hours, cost.path_days) == (1, 2, 1010)


def test_beside_computing_a_machine_boots_waits_and_idles() -> None:
    records = [record(0, 0.25), record(0.75, 0.25), record(0, 1, instance="i-2")]
    cost = around(records, PRICES, boot=timedelta(minutes=6), idle=timedelta(minutes=9))
    # i-1 waited for half an hour; both were there a quarter of an hour before and after
    assert cost.hours == pytest.approx(0.5 + 2 * 0.25)
    assert cost.dollars == pytest.approx(1.0 * 0.03)
    assert around([], PRICES, boot=HOUR, idle=HOUR) == Cost()


def test_the_records_are_those_that_workers_write(bucket: Bucket, job: Job) -> None:
    machine = Identity("i-1", "c7i.large", "us-east-1a", "us-east-1", spot=True)
    part, seconds = compute(job, Range(0, job.experiment.iterations), Provenance("me", "0", machine), lambda done: None)
    bucket.put(f"jobs/{job.id}/records/{part.shard}.json", part.record)
    [found] = of_job(bucket, job.id).read
    assert (found.instance, found.type, found.zone, found.spot) == ("i-1", "c7i.large", "us-east-1a", True)
    assert found.seconds == pytest.approx(seconds, abs=0.001)
    assert found.path_days == job.experiment.iterations * job.experiment.days


def test_spot_prices_are_read_page_by_page_and_put_in_order(account: Account) -> None:
    client = account.ec2
    asked = {
        "Filters": [
            {"Name": "availability-zone", "Values": ["us-east-1a", "us-east-1b"]},
            {"Name": "instance-type", "Values": ["c7i.large"]},
            {"Name": "product-description", "Values": ["Linux/UNIX"]},
        ],
        "StartTime": NOON,
        "EndTime": NOON + 3 * HOUR,
    }

    def entry(hour: int, price: str, zone: str = "a") -> dict[str, object]:
        machine = {"InstanceType": "c7i.large", "AvailabilityZone": f"us-east-1{zone}"}
        return {**machine, "Timestamp": NOON + hour * HOUR, "SpotPrice": price}

    with Stubber(client) as stub:
        first = {"SpotPriceHistory": [entry(1, "0.060"), entry(0, "0.05", "b")], "NextToken": "more"}
        stub.add_response("describe_spot_price_history", first, asked)
        last = {"SpotPriceHistory": [entry(-1, "0.030")], "NextToken": ""}
        stub.add_response("describe_spot_price_history", last, {**asked, "NextToken": "more"})
        found = spot_history(client, [record(0), record(2, zone="b")])
    assert found == {
        ("c7i.large", "us-east-1a"): [(NOON - HOUR, 0.03), (NOON + HOUR, 0.06)],
        ("c7i.large", "us-east-1b"): [(NOON, 0.05)],
    }


def test_on_demand_prices_come_from_the_price_list(account: Account) -> None:
    client = account.pricing
    price = {"priceDimensions": {"X.Y.Z": {"unit": "Hrs", "pricePerUnit": {"USD": "0.0892500000"}}}}
    with Stubber(client) as stub:
        stub.add_response("get_products", {"PriceList": [json.dumps({"terms": {"OnDemand": {"X.Y": price}}})]})
        assert on_demand_prices(client, [record(), record(1)]) == {("c7i.large", "us-east-1"): 0.08925}
