"""The days of the prices that a job was made of: a form that repeats the job asks for the same ones."""

import re
from collections.abc import Mapping

from fleet import keys
from fleet.bucket import Bucket
from fleet.job import PRICES, Job

FIELD = "prices"  # in the address of such a form

_REVISED = (
    "The days are those of the job's prices, but {source} may have revised these since: the new job may have others."
)
_FROM_A_FILE = "The job's prices came from a file, which only `spotmc submit --prices` can read again."


def text_of(job: Job) -> dict[str, str]:
    """What stands for the days in an address."""
    return {FIELD: job.inputs[PRICES]}


def days_of(digest: str, bucket: Bucket) -> dict[str, str]:
    """The first and the last day of prices in the bucket, by their fields in the form; nothing for what is no digest.

    Raises:
        BucketError: they cannot be had.
    """
    if not re.fullmatch("[0-9a-f]{64}", digest):
        return {}
    _, *rows = bucket.get(keys.input_key(PRICES, digest)).decode(errors="replace").splitlines()
    return {"start": rows[0].partition(",")[0], "end": rows[-1].partition(",")[0]} if rows else {}


def notice(typed: Mapping[str, str]) -> str | None:
    """What to say of a form with these texts, None where the source has the same prices for ever."""
    source = typed.get("source", "")
    if source == "csv":
        return _FROM_A_FILE
    return None if source == "sample" else _REVISED.format(source=source)
