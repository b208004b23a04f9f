"""Putting a trader into the bucket: once, and never changed."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from fleet import keys, reading
from fleet.bucket import Bucket
from fleet.errors import FleetError, MissingObjectError
from fleet.traders import stored
from fleet.traders.keys import trader_key
from fleet.traders.settings import TraderSettings


class TakenNameError(FleetError):
    """Another trader has that name."""


def create(bucket: Bucket, settings: TraderSettings, contents: Mapping[str, bytes] | None) -> bool:
    """Store what the trader's job was made of, then the trader; the same trader is not stored again.

    Args:
        bucket: Where.
        settings: The trader.
        contents: Of each of the job's inputs, by what it is; None where they lie in the bucket, because the job does.

    Returns:
        Whether it is new.

    Raises:
        TakenNameError: another trader has its name.
        MissingObjectError: an input does not lie there.
        UnreadableObjectError, BucketError
    """
    for what, digest in settings.job.inputs.items():
        key = keys.input_key(what, digest)
        if contents is None:
            if not bucket.exists(key):
                raise MissingObjectError(
                    f"there is no {key} in the bucket {bucket.name}: submit {settings.job.id} again"
                )
            continue
        if hashlib.sha256(contents[what]).hexdigest() != digest:
            raise ValueError(f"job {settings.job.id} was made of another {what} than the one given")
        bucket.put(key, contents[what])
    key = trader_key(settings.name)
    if bucket.put_new(key, settings.to_json()):
        return True
    there = stored.load(bucket, key, TraderSettings, helps=reading.Advice("choose another name"))
    if replace(there, created=settings.created).to_json() != settings.to_json():
        raise TakenNameError(f"there is another trader called {settings.name}: choose another name")
    return False
