"""Who computed a job, where, how long, and for how much, as a person reads it."""

import socket
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from deployment.cost import Cost
from fleet import provenance
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.provenance import Record, Records
from montecarlo.wording import count

RECORDS_READ = 64  # of a job; each costs a request
GROUPS_SHOWN = 20  # of machines

BEING_LOOKED_UP = "What it cost is being looked up."

_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60


@dataclass(frozen=True)
class Machines:
    """Machines of a kind in a place.

    Attributes:
        names: What they are, such as "2 of c7i.large, Spot".
        place: Availability zone; empty off EC2.
        chunks: How many pieces of the job they did.
        time: How long that took them, all together.
    """

    names: str
    place: str
    chunks: int
    time: str


@dataclass(frozen=True)
class Computed:
    """What the records of a job tell.

    Attributes:
        words: In a sentence or two; empty where there are none.
        machines: Those with the most chunks first.
        records: Those that were read.
        share: Of all the work, that which they tell of.
    """

    words: str
    machines: list[Machines]
    records: Records
    share: float

    @property
    def on_ec2(self) -> bool:
        return any(record.type for record in self.records.read)


def computed(bucket: Bucket, job: Job, units: int) -> Computed:
    """From RECORDS_READ of its records at most; ``units`` is how many of them the job took.

    Raises:
        BucketError
    """
    found = provenance.of_job(bucket, job.id, RECORDS_READ)
    work = job.experiment.path_days_of(0, units)
    share = 1.0 if found.all else min(1.0, sum(record.path_days for record in found.read) / work)
    return Computed(in_words(found.read, share, socket.gethostname()), _machines(found.read), found, share)


def in_words(records: Sequence[Record], share: float, here: str) -> str:
    """Who computed a job, and when.

    Args:
        records: Of chunks.
        share: Of all the work, that which they tell of.
        here: Name of this machine.
    """
    if not records or not share:
        return ""
    began, ended = min(record.began for record in records), max(record.ended for record in records)
    seconds = sum(record.seconds for record in records) / share
    names = {record.instance for record in records}
    if names == {here} and not any(record.type for record in records):
        who, what, free = "This machine", "", " It cost nothing."
    else:
        who, what, free = count(len(names), "machine"), " of machine time", ""
    about, part = ("about ", f" That is estimated from {count(len(records), 'chunk')}.") if share < 1 else ("", "")
    return f"{who} computed it in {about}{duration(seconds)}{what}, {_when(began, ended)} UTC.{free}{part}"


def _when(began: datetime, ended: datetime) -> str:
    first, last = (f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" for moment in (began, ended))
    if first == last:
        return f"at {first}"
    return f"between {first} and {last[11:] if first[:10] == last[:10] else last}"


def cost_in_words(cost: Cost, share: float) -> str:
    """What computing cost; ``share`` is how much of it was looked at."""
    words = []
    if cost.dollars:
        about = "" if share == 1 else "about "
        saving = "" if cost.saving is None else f", {100 * cost.saving:.0f} % less than On-Demand"
        words.append(
            f"Computing it cost {about}${cost.dollars / share:,.4f} at the prices of that time{saving}; booting and "
            "waiting come on top."
        )
    if cost.unpriced_hours:
        words.append(f"For {duration(cost.unpriced_hours * _HOUR)} of it AWS tells no price.")
    if cost.elsewhere_hours and cost.hours:
        words.append(f"For {duration(cost.elsewhere_hours * _HOUR)} it was computed on machines that are not on EC2.")
    return " ".join(words)


def duration(seconds: float) -> str:
    """Such as "0.4 s", "12 s", "3.5 minutes" and "2.1 hours"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.1f} minutes"
    return f"{seconds / _HOUR:,.1f} hours" if seconds < 2 * _DAY else f"{seconds / _DAY:,.1f} days"


def _machines(records: Iterable[Record]) -> list[Machines]:
    groups: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        kind = f"{record.type}, {'Spot' if record.spot else 'On-Demand'}" if record.type else record.instance
        groups[kind, record.zone or ""].append(record)
    largest = sorted(groups.items(), key=lambda group: -len(group[1]))[:GROUPS_SHOWN]
    return [
        Machines(
            f"{len({record.instance for record in own})} of {kind}" if own[0].type else kind,
            zone,
            len(own),
            duration(sum(record.seconds for record in own)),
        )
        for (kind, zone), own in largest
    ]
