"""What SageMaker costs: by AWS's price list, or else by example prices, with their place and time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deployment.account import Account
from deployment.machine_prices import PricesError
from fleet.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_pricing import PricingClient

PRICES_OF = "us-east-1, August 2026"  # what the example prices are of

TRAINING_HOUR: Mapping[str, float] = {"ml.m5.large": 0.115, "ml.m5.xlarge": 0.23}
"""Example prices in US dollars for an hour of training On-Demand; a Spot price is never higher."""

DISK_GIGABYTE_HOUR = 0.14 / 730
"""Example price in US dollars of a gigabyte of a training job's disk for an hour."""

SERVERLESS_GIGABYTE_SECOND = 0.00002
"""Example price in US dollars of a second in which a serverless endpoint works, for each gigabyte of its memory."""

TRAFFIC_GIGABYTE = 0.016
"""Example price in US dollars of a gigabyte that goes into an endpoint, or comes out of it."""


@dataclass(frozen=True)
class Price:
    """In US dollars per hour.

    Attributes:
        dollars: None where nobody tells it.
        of: Of where and when it is.
    """

    dollars: float | None
    of: str


def training_price(account: Account, kind: str) -> Price:
    """What an hour of training costs On-Demand; where the price list does not say, an example, and that is said."""
    try:
        found = _listed(account.pricing, kind, account.region)
    except PricesError as error:
        return Price(TRAINING_HOUR.get(kind), f"an example price of {PRICES_OF}, because {error}")
    if found is None:
        return Price(TRAINING_HOUR.get(kind), f"an example price of {PRICES_OF}: AWS's price list has none")
    return Price(found, f"AWS's price list for {account.region}, today")


def per_million(memory: int, milliseconds: float, kilobytes: float) -> float:
    """US dollars for a million requests of a serverless endpoint, at the example prices.

    Args:
        memory: Of the endpoint, in MB.
        milliseconds: That a request takes.
        kilobytes: That a request and its answer have together.
    """
    seconds = 1e6 * milliseconds / 1000
    return seconds * memory / 1024 * SERVERLESS_GIGABYTE_SECOND + kilobytes * TRAFFIC_GIGABYTE


def _listed(pricing: "PricingClient", kind: str, region: str) -> float | None:
    """
    Raises:
        PricesError
    """
    wanted = {"instanceName": kind, "regionCode": region, "component": "Training"}
    with explained(PricesError, "look the price of SageMaker up"):
        answer = pricing.get_products(
            ServiceCode="AmazonSageMaker",
            Filters=[{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()],
        )
    for product in map(json.loads, answer["PriceList"]):
        if not product["product"]["attributes"].get("usagetype", "").endswith(f"Train:{kind}"):
            continue  # of a pool that is kept warm, or of something else
        for offer in product["terms"].get("OnDemand", {}).values():
            for dimension in offer["priceDimensions"].values():
                return float(dimension["pricePerUnit"]["USD"])
    return None
