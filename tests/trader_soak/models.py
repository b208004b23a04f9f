"""What boto3 reads about its services, read once for all clients of a process."""

from functools import cache

import pytest
from botocore import loaders


def read_models_once(patch: pytest.MonkeyPatch | None = None) -> None:
    """Each session of boto3 would read anew what its services are like, which takes longer than most runs.

    Args:
        patch: By which that is undone; without it, it lasts as long as the process.
    """
    read = cache(loaders.JSONFileLoader().load_file)
    (patch or pytest.MonkeyPatch()).setattr(loaders.JSONFileLoader, "load_file", lambda _, path: read(path))
