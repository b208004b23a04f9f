"""About how long what is asked for takes, here and on the worker fleet, and what it costs there.

No page waits for it: what must be measured or looked up is found out by a thread, once, and until then there is none.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from capacity.estimate import Fleet, Work, fleet_of, on_fleet
from capacity.speed import path_days_per_second
from deployment.estimate import PRICES_OF
from montecarlo.experiments.parallel import available_cores
from montecarlo.experiments.traded_paths import TradedPaths
from montecarlo.wording import count

LONG_SECONDS, DEAR_DOLLARS, MANY_BYTES = 3600, 5.0, 10 * 10**9
"""Beyond these a person is warned."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Basis:
    """What an estimate rests on.

    Attributes:
        speed: Path-days per second of one core, measured here.
        cores: Of this machine.
        fleet: That there is, or that ``spotmc deploy`` makes unasked.
        prices_of: Where its prices are from, and of when.
    """

    speed: float
    cores: int
    fleet: Fleet
    prices_of: str


class Background:
    """Finds something out once, in a thread that begins when somebody asks first.

    Args:
        find: What takes a while.
    """

    def __init__(self, find: Callable[[], Basis]) -> None:
        self._find = find
        self._found: Basis | None = None
        self._begun = False
        self._lock = threading.Lock()

    def known(self) -> Basis | None:
        """At once; None as long as nothing is known."""
        with self._lock:
            if not self._begun:
                self._begun = True
                threading.Thread(target=self._work, name="estimate", daemon=True).start()
        return self._found

    def _work(self) -> None:
        try:
            self._found = self._find()
        except Exception:  # there is no estimate then, and everything else goes on
            log.exception("no estimate can be given")


def measured() -> Basis:
    """By the example prices of our templates."""
    return Basis(path_days_per_second(), available_cores(), fleet_of(), f"example prices of {PRICES_OF}")


basis = Background(measured)


def estimate_of(experiment: TradedPaths, basis: Basis) -> dict[str, Any]:
    """In words, for the page: ``path_days``, ``here``, ``fleet``, ``prices`` and ``warnings``."""
    work = Work.of(experiment, speed=basis.speed)
    here, there = work.seconds_on(basis.cores), on_fleet(work, basis.fleet)
    price = basis.fleet.price
    most = "at most " if experiment.stops_early else ""
    return {
        "path_days": f"{most}{work.path_days:,}",
        "here": f"{most}{duration(here)}",
        "fleet": f"{most}{duration(there.seconds)}, {dollars(there.dollars)}",
        "prices": (
            f"About: as measured on the {count(basis.cores, 'core')} here, and on up to "
            f"{count(there.workers, 'worker')} that have to start first, at ${price.spot:g} an hour on Spot and "
            f"${price.address:g} for the address ({basis.prices_of}).{_beside(experiment)}"
        ),
        "warnings": list(_warnings(here, there.dollars, work.row_bytes)),
    }


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
