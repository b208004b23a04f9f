"""The days of the prices that a job was made of: a form that repeats the job asks for the same ones."""

import re
from datetime import date

from fleet import keys, reading
from fleet.bucket import Bucket
from fleet.inputs import load_input
from fleet.job import PRICES, Job

FIELD = "prices"  # in the address of such a form


def text_of(job: Job) -> dict[str, str]:
    """What stands for the days in an address."""
    return {FIELD: job.inputs[PRICES]}


def days_of(digest: str, bucket: Bucket) -> dict[str, str]:
    """The first and the last day of prices in the bucket, by their fields in the form; nothing for what is no digest.

    Raises:
        UnreadableObjectError: they are damaged.
        MissingObjectError, BucketError: they cannot be had.
    """
    if not re.fullmatch("[0-9a-f]{64}", digest):
        return {}
    helps = "choose the days in the form"
    content = load_input(bucket, PRICES, digest, helps=helps)
    with reading.making_sense_of(keys.input_key(PRICES, digest), helps=reading.Advice(helps)):
        _, *rows = content.decode().splitlines()
        days = [row.partition(",")[0] for row in (rows[0], rows[-1])]
        return {field: str(date.fromisoformat(day)) for field, day in zip(("start", "end"), days, strict=True)}
