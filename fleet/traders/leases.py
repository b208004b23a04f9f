"""Who may write what a trader leaves: the lease in its folder."""

from dataclasses import dataclass
from datetime import datetime

from fleet import reading
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError
from fleet.traders.keys import lease_key
from fleet.traders.stored import Stored, read

HELPS = reading.Advice("delete it once nothing trades under this name any more, then start the trader again")


@dataclass(frozen=True, kw_only=True)
class LeaseRecord(Stored):
    """
    Attributes:
        number: Grows by one whenever it changes hands.
        holder: Who has it, another name for each process; empty where it was given back.
        renewal: How often it was renewed since it changed hands: so each content is another one.
        seconds: For which it is good, by the clock of whoever waits for it to change.
        until: When that ends by the clock of the holder, in UTC; for people, nothing is decided by it.
    """

    number: int
    holder: str
    renewal: int
    seconds: float
    until: datetime

    def holder_at(self, now: datetime) -> str:
        """Who seems to have it, for people; empty where nobody does."""
        return self.holder if now < self.until else ""


def look(bucket: Bucket, name: str) -> tuple[LeaseRecord | None, str | None]:
    """The lease of a trader and its version in the bucket; twice None where nobody ever had one.

    Raises:
        UnreadableObjectError: it is damaged.
        BucketError
    """
    key = lease_key(name)
    try:
        content, version = bucket.get_versioned(key)
    except MissingObjectError:
        return None, None
    with reading.making_sense_of(key, helps=HELPS):
        return read(content, LeaseRecord), version
