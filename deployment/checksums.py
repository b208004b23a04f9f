"""The list of what was published, with hashes, and a name for it all.

A machine knows the name, because its user data does.  It checks the list by the name, and the rest by the list.  So it
gets what was published under that name, or notices.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

FILE = "SHA256SUMS"

_DIGITS = 32  # of the hash: 128 bits


def listing(files: Mapping[str, Path]) -> str:
    """As ``sha256sum`` writes and checks it: files by their keys, in order."""
    return "".join(f"{_hash_of(path)}  {key}\n" for key, path in sorted(files.items()))


def name(listing: str) -> str:
    """The same for the same files: the first digits of what ``sha256sum`` says of the list."""
    return hashlib.sha256(listing.encode()).hexdigest()[:_DIGITS]


def _hash_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
