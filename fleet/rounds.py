"""The rounds of a job that may be enough before its last unit, as the bucket shows them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import Job
from fleet.tree import Range


def folder(bucket: Bucket, job: Job) -> Mapping[str, datetime | None]:
    """What lies directly among the partial results, and since when: of each round, and of all until its end.

    Raises:
        BucketError
    """
    return bucket.names(keys.tallies_folder(job.id))


def missing(job: Job, names: Collection[str], number: int) -> list[int]:
    """Those rounds until this one, counted from 0, that are not stored, by what lies in the ``folder``."""
    return [each for each in range(number + 1) if f"{job.tree[each].root}.json" not in names]


def last_ended(job: Job, names: Collection[str]) -> int | None:
    """The last round until whose end all units are added up, by what lies in the ``folder``."""
    ended = (number for number in reversed(range(len(job.tree))) if f"{job.tree.whole(number)}.json" in names)
    return next(ended, None)


def is_enough(job: Job, number: int, total: Any) -> bool:
    """Whether no other round follows, where all units until the end of this one have added up to the total."""
    if number == len(job.tree) - 1:
        return True
    standing = job.experiment.standing(total)
    return standing is None or standing.enough


def whole(bucket: Bucket, job: Job) -> Range:
    """All units of a complete job that were needed; of another one, all until the end of the last round that is done.

    Raises:
        BucketError
    """
    if len(job.tree) == 1:
        return job.tree.root
    return job.tree.whole(last_ended(job, folder(bucket, job)) or 0)
