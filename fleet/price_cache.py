"""Where price histories that came over the network are kept."""

import os
from collections.abc import Mapping
from pathlib import Path


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where price histories that came over the network are kept: SPOTMC_CACHE, or a folder in the person's cache."""
    given = environ.get("SPOTMC_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "spotmc" / "prices"
