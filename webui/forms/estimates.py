"""About how long what is asked for takes, here and on the worker fleet, and what it costs there.

No page waits for it: what must be measured or looked up is found out by a thread, once, and until then there is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from statistics import median
from typing import Any

from capacity.estimate import Fleet, Work, fleet_of, on_fleet
from capacity.speed import path_days_per_second
from deployment.estimate import PRICES_OF
from fleet.errors import FleetError
from montecarlo.experiments.parallel import available_cores
from montecarlo.experiments.traded_paths import TradedPaths
from montecarlo.wording import count
from webui.display import moment
from webui.once import Once
from webui.watch import Watch

PRICES_FOR = 3600.0  # seconds for which prices are not looked up again
PRICED = ("c6a.large", "c6i.large", "c7a.large", "c7i.large", "m6i.large", "m7i.large")
"""Of the machines that a fleet may have."""

LONG_SECONDS, DEAR_DOLLARS, MANY_BYTES = 3600, 5.0, 10 * 10**9
"""Beyond these a person is warned."""

_EXAMPLES = f"example prices of {PRICES_OF}"
_OF_A_FLEET = ("MaxWorkers", "WorkersOn")


@dataclass(frozen=True)
class Priced:
    """The worker fleet that there is, or that ``spotmc deploy`` makes unasked.

    Attributes:
        fleet: None where the workers do not follow the queue by our policy, as on AWS Batch.
        prices_of: Where its prices are from, and of when.
    """

    fleet: Fleet | None
    prices_of: str


@dataclass(frozen=True)
class Basis:
    """What an estimate rests on.

    Attributes:
        speed: Path-days per second of one core, measured here.
        cores: Of this machine.
        priced: The worker fleet.
    """

    speed: float
    cores: int
    priced: Priced


def basis(region: str, stack_name: str | None) -> Basis | None:
    """At once; None as long as it is being found out.

    Args:
        region: Of the stack.
        stack_name: None where the web UI is of no stack.
    """
    speed, priced = _speed.known(), _fleets(region, stack_name).known()
    return Basis(speed, available_cores(), priced) if speed and priced else None


def priced(region: str, stack_name: str | None) -> Priced:
    """With the stack's own maximum and present Spot prices, or with the defaults and the examples of our templates."""
    if stack_name is None:
        return Priced(fleet_of(), _EXAMPLES)
    from deployment.account import Account  # takes a while, and only a stack's web UI needs it
    from deployment.machine_prices import present_spot_prices
    from deployment.stack import find

    account, now = Account(region), datetime.now(UTC)
    parameters: Mapping[str, str] = {}
    prices, words = list[float](), _EXAMPLES
    try:
        deployed = find(account.cloudformation, stack_name)
        parameters = deployed.parameters if deployed else {}
        prices = present_spot_prices(account.ec2, PRICED, now)
        words = f"the median of {len(prices)} Spot prices in {region} at {moment(now)}" if prices else _EXAMPLES
    except FleetError as error:
        words = f"{_EXAMPLES}, because the present ones are not known: {error}"
    return priced_with(parameters, prices, words)


def priced_with(parameters: Mapping[str, str], prices: Sequence[float], words: str) -> Priced:
    """The fleet of a stack.

    Args:
        parameters: That it was launched with; others are not looked at.
        prices: Present ones of its machines; the templates' examples where there are none.
        words: Where they are from, and of when.
    """
    known = {name: parameters[name] for name in _OF_A_FLEET if name in parameters}
    if known.get("WorkersOn") == "Batch":
        return Priced(None, "AWS Batch starts workers in its own time")
    return Priced(fleet_of(known, spot=median(prices) if prices else None), words)


_speed = Watch[float | None](path_days_per_second, None, fresh_seconds=inf)
_fleets = Once(lambda *of: Watch[Priced | None](lambda: priced(*of), None, fresh_seconds=PRICES_FOR), most=4)


def estimate_of(experiment: TradedPaths, basis: Basis) -> dict[str, Any]:
    """In words, for the page: ``path_days``, ``here``, ``fleet``, ``prices`` and ``warnings``."""
    work = Work.of(experiment, speed=basis.speed)
    here, fleet = work.seconds_on(basis.cores), basis.priced.fleet
    there = on_fleet(work, fleet) if fleet else None
    most = "at most " if experiment.stops_early else ""
    return {
        "path_days": f"{most}{work.path_days:,}",
        "here": f"{most}{duration(here)}",
        "fleet": f"{most}{duration(there.seconds)}, {dollars(there.dollars)}" if there else "not known",
        "prices": f"As measured on the {count(basis.cores, 'core')} here, and {_of_fleet(basis.priced)}."
        + _beside(experiment),
        "warnings": list(_warnings(here, there.dollars if there else 0.0, work.row_bytes)),
    }


def _of_fleet(priced: Priced) -> str:
    if priced.fleet is None:
        return priced.prices_of
    price = priced.fleet.price
    return (
        f"on up to {count(priced.fleet.workers, 'worker')} that have to start first, at ${price.spot:.3g} an hour on "
        f"Spot and ${price.address:g} for the address ({priced.prices_of})"
    )


def _beside(experiment: TradedPaths) -> str:
    """What is done beside the paths that were asked for."""
    more = experiment.path_days_of(0, experiment.units) - experiment.units * experiment.path_days
    return f" {more:,} of the path-days tell what the answer is worth." if more else ""


def _warnings(here: float, cost: float, row_bytes: int) -> list[str]:
    found = []
    if here > LONG_SECONDS:
        found.append(f"It would take this machine {duration(here)}.")
    if cost > DEAR_DOLLARS:
        found.append(f"It would cost about {dollars(cost)} on the worker fleet.")
    if row_bytes > MANY_BYTES:
        found.append(f"Its rows would take about {row_bytes / 1e9:,.0f} GB: leave them out, the summary needs none.")
    return found


def duration(seconds: float) -> str:
    """As a person says it, of what is known only about."""
    if seconds < 1:
        return "less than a second"
    for size, unit, until in ((1, "second", 99), (60, "minute", 99), (3600, "hour", 48), (86_400, "day", 999)):
        if seconds / size <= until:
            return count(round(seconds / size), unit)
    return f"{seconds / (365.25 * 86_400):,.0f} years"


def dollars(amount: float) -> str:
    if amount < 0.01:
        return "less than a cent"
    return f"${amount:,.2f}" if amount < 1000 else f"${amount:,.0f}"
