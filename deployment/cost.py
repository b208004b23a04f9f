"""What machines have cost, from the records of what they computed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import Self

from deployment.machine_prices import MachinePrices
from fleet.provenance import Record

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class Cost:
    """Of time on machines.

    Attributes:
        hours: Of machines, those without a price not included.
        dollars: What they cost.
        on_demand: What the same would have cost On-Demand, in dollars.
        unpriced_hours: On EC2, but AWS does not tell the price.
        elsewhere_hours: Not on EC2.
        path_days: What they computed.
    """

    hours: float = 0.0
    dollars: float = 0.0
    on_demand: float = 0.0
    unpriced_hours: float = 0.0
    elsewhere_hours: float = 0.0
    path_days: int = 0

    def __add__(self, other: Self) -> "Cost":
        return Cost(
            self.hours + other.hours,
            self.dollars + other.dollars,
            self.on_demand + other.on_demand,
            self.unpriced_hours + other.unpriced_hours,
            self.elsewhere_hours + other.elsewhere_hours,
            self.path_days + other.path_days,
        )

    @property
    def saving(self) -> float | None:
        """Fraction of the On-Demand price that was not paid; None where nothing was."""
        return 1 - self.dollars / self.on_demand if self.on_demand else None


def cost_of(records: Iterable[Record], prices: MachinePrices) -> Cost:
    """What the computing in the records cost: not the booting, the waiting for work, the disks."""
    return reduce(Cost.__add__, (_cost(record, prices) for record in records), Cost())


def around(records: Iterable[Record], prices: MachinePrices, *, boot: timedelta, idle: timedelta) -> Cost:
    """An estimate of what the same machines cost while they did not compute.

    Args:
        records: All there are of these machines: what another job's records tell counts as waiting.
        prices: Of the time from ``boot`` before the first record.
        boot: From a machine's start to its first chunk.
        idle: From its last chunk to its end.
    """
    by_instance: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.type:
            by_instance[record.instance].append(record)
    return reduce(Cost.__add__, (_around(own, prices, boot, idle) for own in by_instance.values()), Cost())


def _around(own: list[Record], prices: MachinePrices, boot: timedelta, idle: timedelta) -> Cost:
    first, last = min(own, key=lambda record: record.began), max(own, key=lambda record: record.ended)
    computing = sum(record.seconds for record in own)
    paid = (last.ended - first.began + boot + idle).total_seconds()
    whole = Record(
        first.instance,
        first.type,
        first.zone,
        first.region,
        first.spot,
        began=first.began,
        seconds=max(0.0, paid - computing),
        path_days=0,
    )
    return _cost(whole, prices)


def _cost(record: Record, prices: MachinePrices) -> Cost:
    hours = record.seconds / SECONDS_PER_HOUR
    if record.type is None or record.zone is None or record.region is None:
        return Cost(elsewhere_hours=hours, path_days=record.path_days)
    on_demand = prices.on_demand_price(record.type, record.region)
    price = prices.spot_price(record.type, record.zone, record.began, record.ended) if record.spot else on_demand
    if price is None or on_demand is None:
        return Cost(unpriced_hours=hours, path_days=record.path_days)
    return Cost(hours, hours * price, hours * on_demand, path_days=record.path_days)
