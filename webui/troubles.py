"""What is wrong with the stack that this web UI belongs to, told on top of every page.

No page waits for it: see ``webui.watch``.
"""

from datetime import UTC, datetime, timedelta

from flask import Flask

from fleet.alarms import alarms_on
from fleet.boots import failed_boots, report
from fleet.bucket import Bucket
from fleet.connection import cloudwatch_client
from fleet.reasons import in_one_line
from fleet.settings import Settings
from montecarlo.wording import count
from webui import connection
from webui.once import Once
from webui.watch import Watch

VARIABLE = "SPOTMC_STACK"
BOOTS_FOR = timedelta(days=1)
REPORT_AT_MOST = 240  # characters of one


def register(app: Flask) -> None:
    """Show the troubles of the stack that SPOTMC_STACK names; without that variable there is none."""
    if not (stack_name := app.config["ENVIRONMENT"].get(VARIABLE)):
        return

    def look() -> list[str]:
        with app.app_context():
            return found(connection.settings(), connection.bucket(), stack_name, datetime.now(UTC))

    watch = Watch[list[str]](look, [])
    app.context_processor(lambda: {"stack_troubles": watch.known()})


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
            f"{count(len(boots), 'boot')} failed within a day, the last one that of {which}: "
            f"{in_one_line(report(bucket, newest), REPORT_AT_MOST)}"
        )
    told += [f"Alarm {each.name}: {each.says}" for each in alarms_on(_cloudwatch(settings), stack_name)]
    return told


_cloudwatch = Once(cloudwatch_client, most=1)
