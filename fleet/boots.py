"""Boots that failed: machines write why into the bucket before they go, for whoever looks later."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fleet.bucket import Bucket
from fleet.errors import MissingObjectError
from fleet.reasons import in_one_line

FOLDER = "boots/"
REPORT_AT_MOST = 600  # characters that are shown of one

_NAME = re.compile(
    r"boots/(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)-(?P<kind>worker|workstation)-(?P<machine>i-[0-9a-f]+)\.txt"
)


@dataclass(frozen=True)
class FailedBoot:
    """One report.

    Attributes:
        key: Of the object that has it.
        at: When the boot failed.
        kind: Of machine: worker or workstation.
        machine: Id of the instance.
    """

    key: str
    at: datetime
    kind: str
    machine: str


def failed_boots(bucket: Bucket, since: datetime, until: datetime) -> list[FailedBoot]:
    """Those of a time, the newest first.

    Raises:
        BucketError
    """
    found = [boot for day in _days(since, until) for boot in _of_a_day(bucket, day)]
    return sorted((boot for boot in found if boot.at >= since), key=lambda boot: boot.at, reverse=True)


def report(bucket: Bucket, boot: FailedBoot) -> str:
    """What the machine wrote, in one line; that it is gone, where it is.

    Raises:
        BucketError
    """
    try:
        return in_one_line(bucket.get(boot.key).decode(errors="replace"), REPORT_AT_MOST)
    except MissingObjectError:
        return "its report is not kept any more"


def _days(since: datetime, until: datetime) -> Iterator[str]:
    day, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    while day <= last:
        yield day.isoformat()
        day += timedelta(days=1)


def _of_a_day(bucket: Bucket, day: str) -> Iterator[FailedBoot]:
    """What lies there besides is not ours."""
    for entry in bucket.list(f"{FOLDER}{day}"):
        if (name := _NAME.fullmatch(entry.key)) and (at := _time(name["at"])):
            yield FailedBoot(entry.key, at, name["kind"], name["machine"])


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
