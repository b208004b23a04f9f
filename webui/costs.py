"""What jobs have cost, looked up behind the back of pages: AWS may take long to tell its prices, or never."""

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic

from deployment.cost import Cost, cost_of
from deployment.machine_prices import prices_of
from fleet.errors import FleetError
from fleet.provenance import Records
from webui.watch import FAULT

KEPT = 256  # jobs
WAITING = 16  # of those at the most, each of which has a thread
AGAIN_SECONDS = 300.0  # after a failure

log = logging.getLogger(__name__)


@dataclass
class _Lookup:
    found: Cost | FleetError | None = None
    at: float = 0.0


class Costs:
    """Costs by job; of a complete one they change no more."""

    def __init__(self) -> None:
        self._lookups: OrderedDict[str, _Lookup] = OrderedDict()
        self._waiting = 0
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()  # AWS allows few such requests a second

    def of(self, job_id: str, records: Records) -> Cost | FleetError | None:
        """What the machines of the records cost, or why that cannot be told; None while it is being looked up.

        Where too many are, it is not: who asks again gets a turn.
        """
        with self._lock:
            lookup = self._lookups.get(job_id)
            failed = lookup is not None and isinstance(lookup.found, FleetError)
            if lookup is None or (failed and monotonic() > lookup.at + AGAIN_SECONDS):
                if self._waiting == WAITING:
                    return None
                self._waiting += 1
                lookup = self._lookups[job_id] = _Lookup()
                # A daemon, so that nobody who stops the web UI waits for AWS.
                threading.Thread(target=self._look_up, args=(lookup, records), daemon=True).start()
            self._lookups.move_to_end(job_id)
            while len(self._lookups) > KEPT:
                self._lookups.popitem(last=False)
            return lookup.found

    def _look_up(self, lookup: _Lookup, records: Records) -> None:
        found: Cost | FleetError
        with self._one_at_a_time:
            try:
                found = cost_of(records.read, prices_of(records.read))
            except FleetError as error:
                found = error
            except Exception:
                log.exception("what a job has cost was not found out")
                found = FleetError(FAULT)
        with self._lock:
            lookup.found, lookup.at = found, monotonic()
            self._waiting -= 1
