"""What is wrong with the stack that this web UI belongs to, told on top of every page.

No page waits for it: what was found last is shown, and a thread looks again when that is old.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask

from fleet.alarms import alarms_on
from fleet.boots import failed_boots, report
from fleet.bucket import Bucket
from fleet.connection import cloudwatch_client
from fleet.errors import FleetError
from fleet.settings import Settings
from montecarlo.wording import count
from webui import connection
from webui.once import Once

VARIABLE = "SPOTMC_STACK"
FRESH_SECONDS = 30.0
BOOTS_FOR = timedelta(days=1)

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Show the troubles of the stack that SPOTMC_STACK names; without that variable there is none."""
    if not (stack_name := app.config["ENVIRONMENT"].get(VARIABLE)):
        return

    def look() -> list[str]:
        with app.app_context():
            return found(connection.settings(), connection.bucket(), stack_name, datetime.now(UTC))

    watch = Watch(look)
    app.context_processor(lambda: {"stack_troubles": watch.known()})


class Watch:
    """Knows what was found last, and looks again where somebody wants to know and that is old.

    Args:
        look: Gives what there is, and may take its time.
        clock: Seconds that only go forward.
    """

    def __init__(self, look: Callable[[], list[str]], clock: Callable[[], float] = time.monotonic) -> None:
        self._look, self._clock = look, clock
        self._found: list[str] = []
        self._trouble = ""
        self._fresh_until = float("-inf")
        self._looking = False
        self._lock = threading.Lock()

    def known(self) -> list[str]:
        """At once."""
        with self._lock:
            if not self._looking and self._clock() >= self._fresh_until:
                self._looking = True
                threading.Thread(target=self._refresh, name="troubles", daemon=True).start()
            return self._found

    def _refresh(self) -> None:
        found, trouble = self._found, ""
        try:
            found = self._look()
        except FleetError as error:  # a page may say so where it needs the same; here it is beside the point
            trouble = str(error)
        except Exception:
            log.exception("the state of the stack was not found out")
        if trouble and trouble != self._trouble:
            log.warning("%s", trouble)
        with self._lock:
            self._found, self._trouble = found, trouble
            self._fresh_until = self._clock() + FRESH_SECONDS
            self._looking = False


def found(settings: Settings, bucket: Bucket, stack_name: str, now: datetime) -> list[str]:
    """What is wrong, in sentences.

    Raises:
        FleetError: AWS does not tell.
    """
    told = []
    if boots := failed_boots(bucket, now - BOOTS_FOR, now):
        newest = boots[0]
        which = f"{newest.kind} {newest.machine} at {newest.at:%H:%M} UTC"
        told.append(
            f"{count(len(boots), 'boot')} failed within a day, the last one that of {which}: {report(bucket, newest)}"
        )
    told += [f"Alarm {each.name}: {each.says}" for each in alarms_on(_cloudwatch(settings), stack_name)]
    return told


_cloudwatch = Once(cloudwatch_client, most=1)
