"""Where price histories that came over the network are kept."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where price histories that came over the network are kept: SPOTMC_CACHE, or a folder in the person's cache.

    None where nobody has chosen a folder and that one cannot be written to, as for a container's plain user.
    """
    if given := environ.get("SPOTMC_CACHE"):
        return Path(given)
    with suppress(RuntimeError):  # who has no home
        folder = Path.home() / ".cache" / "spotmc" / "prices"
        there = next(place for place in (folder, *folder.parents) if place.exists())
        if there.is_dir() and os.access(there, os.W_OK):
            return folder
    return None
