"""Deleting a trader: what it has left, and the symbols that no other could trade in its accounts."""

from fleet.bucket import Bucket
from fleet.errors import UnreadableObjectError
from fleet.keys import TRADER_ACCOUNTS
from fleet.traders import keys, stored
from fleet.traders.accounts import AccountClaim


def delete(bucket: Bucket, name: str) -> int:
    """Delete all of a trader that does not run; prices, rules and models stay, because others may need them.

    What makes it a trader goes last, so that nobody takes the name while days of the old one are there, and whoever was
    interrupted can begin again.

    Returns:
        How many objects were deleted.

    Raises:
        BucketError: some of it may be deleted.
    """
    trader = keys.trader_key(name)
    found = [entry.key for entry in bucket.list(keys.folder(name)) if entry.key != trader]
    found += [*_claims(bucket, name), trader]
    for key in found:
        bucket.delete(key)
    return len(found)


def _claims(bucket: Bucket, name: str) -> list[str]:
    """Keys of what says that it has a symbol for itself; one that cannot be read is left."""
    found = []
    for entry in bucket.list(TRADER_ACCOUNTS):
        try:
            if stored.load(bucket, entry.key, AccountClaim).trader == name:
                found.append(entry.key)
        except UnreadableObjectError:
            continue
    return found
