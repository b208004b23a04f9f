"""What a machine cost per hour, and when: Spot prices from their history, On-Demand prices from the price list."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from deployment.account import Account
from fleet.errors import FleetError, explained
from fleet.provenance import Record

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_pricing import PricingClient

HISTORY_DAYS = 90  # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-instances-history.html

PriceChange = tuple[datetime, float]


class PricesError(FleetError):
    """AWS does not tell its prices."""


@dataclass(frozen=True)
class MachinePrices:
    """In US dollars per hour, for Linux.

    Attributes:
        spot: By type and zone: from when on which price held, oldest first.
        on_demand: By type and region.
    """

    spot: Mapping[tuple[str, str], Sequence[PriceChange]] = field(default_factory=dict)
    on_demand: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def spot_price(self, kind: str, zone: str, begin: datetime, end: datetime) -> float | None:
        """The average over a time; None where its beginning is before all that is known."""
        changes = self.spot.get((kind, zone), ())
        if not changes or changes[0][0] > begin:
            return None
        if end <= begin:
            return max(change for change in changes if change[0] <= begin)[1]
        edges = [(max(since, begin), price) for since, price in changes if since < end]
        total = sum(
            price * max(0.0, (until - since).total_seconds())
            for (since, price), (until, _) in pairwise([*edges, (end, 0.0)])
        )
        return total / (end - begin).total_seconds()

    def on_demand_price(self, kind: str, region: str) -> float | None:
        return self.on_demand.get((kind, region))


def prices_of(records: Sequence[Record]) -> MachinePrices:
    """Those that the records need; of no machine on EC2, AWS is not asked.

    Raises:
        PricesError
    """
    regions = sorted({record.region for record in records if record.region})
    spot: dict[tuple[str, str], list[PriceChange]] = {}
    for region in regions:
        spot |= spot_history(Account(region).ec2, [record for record in records if record.region == region])
    return MachinePrices(spot, on_demand_prices(Account(regions[0]).pricing, records) if regions else {})


def spot_history(ec2: "EC2Client", records: Iterable[Record]) -> dict[tuple[str, str], list[PriceChange]]:
    """Spot prices over the time of the records, which are of the client's region; for MachinePrices.

    Raises:
        PricesError
    """
    used = [record for record in records if record.type and record.zone]
    if not used:
        return {}
    found: dict[tuple[str, str], list[PriceChange]] = {}
    with explained(PricesError, "look Spot prices up"):
        pages = ec2.get_paginator("describe_spot_price_history").paginate(
            Filters=[
                {"Name": "availability-zone", "Values": sorted({record.zone for record in used if record.zone})},
                {"Name": "instance-type", "Values": sorted({record.type for record in used if record.type})},
                {"Name": "product-description", "Values": ["Linux/UNIX"]},
            ],
            StartTime=min(record.began for record in used),
            EndTime=max(record.ended for record in used),
        )
        for page in pages:
            for each in page["SpotPriceHistory"]:
                change = (each["Timestamp"], float(each["SpotPrice"]))
                found.setdefault((each["InstanceType"], each["AvailabilityZone"]), []).append(change)
    return {machine: sorted(changes) for machine, changes in found.items()}


def present_spot_prices(ec2: "EC2Client", kinds: Sequence[str], now: datetime) -> list[float]:
    """What machines of these types cost on Spot just now, one price for each type and zone of the client's region.

    Raises:
        PricesError
    """
    found: dict[tuple[str, str], PriceChange] = {}
    with explained(PricesError, "look Spot prices up"):
        pages = ec2.get_paginator("describe_spot_price_history").paginate(
            Filters=[
                {"Name": "instance-type", "Values": list(kinds)},
                {"Name": "product-description", "Values": ["Linux/UNIX"]},
            ],
            StartTime=now,  # then each machine's last change before it is told
        )
        for page in pages:
            for each in page["SpotPriceHistory"]:
                machine = (each["InstanceType"], each["AvailabilityZone"])
                found[machine] = max(
                    found.get(machine, (each["Timestamp"], 0.0)), (each["Timestamp"], float(each["SpotPrice"]))
                )
    return [price for _, price in found.values()]


def on_demand_prices(pricing: "PricingClient", records: Iterable[Record]) -> dict[tuple[str, str], float]:
    """Today's On-Demand prices of the machines in the records; for MachinePrices.

    Raises:
        PricesError
    """
    machines = {(record.type, record.region) for record in records if record.type and record.region}
    with explained(PricesError, "look On-Demand prices up"):
        found = {machine: _on_demand(pricing, *machine) for machine in sorted(machines)}
    return {machine: price for machine, price in found.items() if price is not None}


def _on_demand(pricing: "PricingClient", kind: str, region: str) -> float | None:
    wanted = {
        "instanceType": kind,
        "regionCode": region,
        "operatingSystem": "Linux",
        "preInstalledSw": "NA",
        "tenancy": "Shared",
        "capacitystatus": "Used",
        "marketoption": "OnDemand",
    }
    answer = pricing.get_products(
        ServiceCode="AmazonEC2",
        Filters=[{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()],
    )
    for product in map(json.loads, answer["PriceList"]):
        for offer in product["terms"].get("OnDemand", {}).values():
            for dimension in offer["priceDimensions"].values():
                return float(dimension["pricePerUnit"]["USD"])
    return None
