"""Who computed the chunks of a job, where, when and how long: the records that lie beside its parts."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from fleet import keys
from fleet.bucket import Bucket

_REQUESTS_AT_ONCE = 16


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


def of_job(bucket: Bucket, job_id: str) -> list[Record]:
    """All records of a job; the last one of a chunk that was computed more than once.

    Raises:
        BucketError
    """

    def read(key: str) -> Record:
        told = json.loads(bucket.get(key))
        machine = {name: told[name] for name in ("instance", "type", "zone", "region", "spot")}
        began = datetime.fromisoformat(told["began"])
        return Record(**machine, began=began, seconds=told["seconds"], path_days=told["path_days"])

    names = (entry.key for entry in bucket.list(keys.records_folder(job_id)))
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        return list(pool.map(read, names))
