"""What jobs have cost, looked up behind the back of pages: AWS may take long to tell its prices, or never."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic

from deployment.cost import Cost, cost_of
from deployment.machine_prices import prices_of
from fleet.errors import FleetError
from fleet.provenance import Records

KEPT = 256  # jobs
AGAIN_SECONDS = 300.0  # after a failure


@dataclass
class _Lookup:
    found: Cost | FleetError | None = None
    at: float = 0.0


class Costs:
    """Costs by job; of a complete one they change no more."""

    def __init__(self) -> None:
        self._lookups: OrderedDict[str, _Lookup] = OrderedDict()
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()  # AWS allows few such requests a second

    def of(self, job_id: str, records: Records) -> Cost | FleetError | None:
        """What the machines of the records cost, or why that cannot be told; None while it is being looked up."""
        with self._lock:
            lookup = self._lookups.get(job_id)
            failed = lookup is not None and isinstance(lookup.found, FleetError)
            if lookup is None or (failed and monotonic() > lookup.at + AGAIN_SECONDS):
                lookup = self._lookups[job_id] = _Lookup()
                # A daemon, so that nobody who stops the web UI waits for AWS.
                threading.Thread(target=self._look_up, args=(lookup, records), daemon=True).start()
            self._lookups.move_to_end(job_id)
            while len(self._lookups) > KEPT:
                self._lookups.popitem(last=False)
            return lookup.found

    def _look_up(self, lookup: _Lookup, records: Records) -> None:
        with self._one_at_a_time:
            try:
                lookup.found = cost_of(records.read, prices_of(records.read))
            except FleetError as error:
                lookup.found = error
            lookup.at = monotonic()
