"""Who computed the chunks of a job, where, when and how long: the records that lie beside its parts."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from fleet import keys, reading
from fleet.bucket import Bucket
from fleet.canonical import read_json
from fleet.errors import MessageError, MissingObjectError, UnreadableObjectError
from fleet.reasons import REGION

NAMES_AT_MOST = 2000  # of records, which two requests list

_REQUESTS_AT_ONCE = 16
_LISTED_AT_ONCE = 1000  # names of records
_LONGEST_SECONDS = 10**9  # thirty years


@dataclass(frozen=True)
class Record:
    """One chunk, as whoever computed it wrote it down.

    Attributes:
        instance: EC2 instance id; off EC2 the host's name.
        type: Such as c7i.large; None off EC2, as are those that follow.
        zone: Availability zone.
        region: Its region.
        spot: Whether the machine was a Spot instance.
        began: When the simulation began.
        seconds: How long it took.
        path_days: How much it was.
    """

    instance: str
    type: str | None
    zone: str | None
    region: str | None
    spot: bool | None
    began: datetime
    seconds: float
    path_days: int

    @property
    def ended(self) -> datetime:
        return self.began + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Records:
    """Who computed a job, as far as that can be read.

    Attributes:
        read: Of each chunk; the last one of a chunk that was computed more than once.
        unreadable: What is wrong with the others, a sentence for each.
        all: Whether there are no more than these.
    """

    read: list[Record]
    unreadable: list[str]
    all: bool = True


def of_job(bucket: Bucket, job_id: str, at_most: int | None = None) -> Records:
    """The records of a job.

    Args:
        bucket: Where they are.
        job_id: Name of the job.
        at_most: So many are read, evenly spaced among the first NAMES_AT_MOST; each costs a request.  None reads all.

    Raises:
        BucketError
    """
    entries = bucket.list(keys.records_folder(job_id))
    listed = entries if at_most is None else islice(entries, NAMES_AT_MOST)
    names = [entry.key for entry in listed if keys.is_ours(entry.key)]
    chosen = names if at_most is None else names[:: -(-len(names) // at_most) or 1]
    return _read(bucket, chosen, of_all=len(chosen) == len(names) < NAMES_AT_MOST or at_most is None)


def stored_since(bucket: Bucket, job_ids: Sequence[str], since: datetime, at_most: int) -> Records:
    """The records of these jobs that were stored since, and so many at most; of each job a thousand are looked through.

    Raises:
        BucketError
    """
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        folders = map(keys.records_folder, job_ids)
        listings = list(pool.map(lambda folder: bucket.some(folder, at_most=_LISTED_AT_ONCE), folders))
    entries = (entry for listing in listings for entry in listing.entries)
    names = [entry.key for entry in entries if entry.stored >= since and keys.is_ours(entry.key)]
    of_all = len(names) <= at_most and not any(listing.more for listing in listings)
    return _read(bucket, names[:at_most], of_all=of_all)


def _read(bucket: Bucket, names: Sequence[str], *, of_all: bool) -> Records:
    def read(key: str) -> Record | str:
        try:
            return reading.read(bucket, key, _record)
        except (MissingObjectError, UnreadableObjectError) as error:
            return str(error)

    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        found = list(pool.map(read, names))
    return Records(
        [each for each in found if isinstance(each, Record)],
        [each for each in found if isinstance(each, str)],
        of_all,
    )


def _record(content: bytes) -> Record:
    told: Any = read_json(content)
    machine = {name: told[name] for name in ("instance", "type", "zone", "region", "spot")}
    began, seconds, path_days = datetime.fromisoformat(told["began"]), told["seconds"], told["path_days"]
    if not isinstance(machine["instance"], str) or type(path_days) is not int or not 0 <= path_days < 2**63:
        raise MessageError("it names no machine, or no number of path-days")
    if not all(machine[name] is None or isinstance(machine[name], str) for name in ("type", "zone", "region")):
        raise MessageError("type, zone and region of the machine must be texts")
    if machine["region"] is not None and not REGION.fullmatch(machine["region"]):
        raise MessageError(f"{machine['region'][:40]!r} is no region")
    if isinstance(seconds, bool) or not 0 <= seconds <= _LONGEST_SECONDS or began.tzinfo is None:
        raise MessageError("it does not say when the chunk was computed, or how long")
    record = Record(**machine, began=began, seconds=seconds, path_days=path_days)
    record.ended  # noqa: B018  a year that no calendar has raises
    return record
