"""What a machine of the worker fleet costs, by the example prices of the templates or by one's own."""

from dataclasses import dataclass

from cloudformation.template import Stack


@dataclass(frozen=True)
class MachinePrice:
    """US dollars per hour.

    Attributes:
        spot: The machine on Spot.
        on_demand: The same machine On-Demand.
        address: The public address that it has in both cases.
    """

    spot: float
    on_demand: float
    address: float

    def on_spot_for(self, machine_hours: float) -> float:
        """Dollars for so many hours on Spot."""
        return machine_hours * (self.spot + self.address)

    def on_demand_for(self, machine_hours: float) -> float:
        """Dollars for so many hours On-Demand."""
        return machine_hours * (self.on_demand + self.address)


def machine_price(stack: Stack, spot: float | None = None, on_demand: float | None = None) -> MachinePrice:
    """The prices given, and for those that are not the examples in our parent template's stack."""
    examples = stack.mappings["ExamplePrice"]
    worker = examples["WorkerHour"]
    return MachinePrice(
        float(worker["Spot"]) if spot is None else spot,
        float(worker["OnDemand"]) if on_demand is None else on_demand,
        float(examples["AddressHour"]["Any"]),
    )
