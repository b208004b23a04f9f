"""Where machine code is kept between processes, and what is done where it cannot be kept.

Numba keeps it in NUMBA_CACHE_DIR where that is set, otherwise beside the source.  Where neither can be written, it is
kept in a folder of this user's alone, and where there is none, in none: then each process compiles.
"""

import logging
import os
import pickle
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

from numba.core import caching
from numba.misc.appdirs import AppDirs

log = logging.getLogger(__name__)

NAME = "spotmc"  # of the folder
UNKEPT = (
    "Compiling the simulation for this processor: some 20 seconds, and again in each process, because there is no "
    "folder to keep it in: set NUMBA_CACHE_DIR to one that you can write"
)


class _OwnFolder(caching.InTreeCacheLocator):
    """In a folder that only this user can write: whoever writes there decides what this process runs."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        super().__init__(function, file)
        self._cache_path = str(self.folder() / self.get_suitable_cache_subpath(file))

    @classmethod
    def folder(cls) -> Path:
        return Path(AppDirs(NAME, appauthor=False).user_cache_dir)

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> Self | None:
        with suppress(OSError):
            found: Self | None = super().from_function(function, file)
            return found
        return None

    def ensure_cache_path(self) -> None:
        require_own(self.folder())
        super().ensure_cache_path()


class _OwnTemporaryFolder(_OwnFolder):
    @classmethod
    def folder(cls) -> Path:
        return Path(tempfile.gettempdir(), f"{NAME}-compiled-{os.getuid()}")


def require_own(path: Path) -> None:
    """Make a folder of this user's alone, unless it is there.

    Raises:
        OSError: it cannot be made, or another user can write to it or put another one in its place.
    """
    if not path.is_absolute():  # as ~ is where nobody knows of a home
        raise NotADirectoryError(path)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (path, *path.resolve().parents):
        found = folder.lstat()
        guarded = not found.st_mode & 0o022 or (folder != path and found.st_mode & stat.S_ISVTX)
        if not (stat.S_ISDIR(found.st_mode) and found.st_uid in (0, os.getuid()) and guarded):
            raise PermissionError(f"others can write to {folder}")


class _Kept(caching.CompileResultCacheImpl):
    _locator_classes = (  # type: ignore[assignment]
        caching.UserProvidedCacheLocator,
        caching.InTreeCacheLocator,
        _OwnFolder,
        _OwnTemporaryFolder,
        caching.IPythonCacheLocator,
    )


class _Cache(caching.FunctionCache):
    _impl_class = _Kept

    def __init__(self, function: Callable[..., Any], stamp: str) -> None:
        super().__init__(function)
        self._cache_file._source_stamp = self._cache_file._source_stamp, stamp

    def load_overload(self, signature: Any, context: Any) -> Any:
        try:
            return super().load_overload(signature, context)
        except (OSError, EOFError, pickle.UnpicklingError):  # as after a crash of the machine
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        try:
            super().save_overload(signature, result)
        except OSError as error:
            _say_once(
                f"What was compiled cannot be kept in {Path(self.cache_path).parent} ({error.strerror}) and will be "
                "compiled again: make room there, or set NUMBA_CACHE_DIR to another folder"
            )


class _NoCache(caching.NullCache):
    def load_overload(self, signature: Any, context: Any) -> None:
        _say_once(UNKEPT)


@cache
def _say_once(message: str) -> None:
    log.warning(message)


def cache_of(function: Callable[..., Any], stamp: str) -> Any:
    """Where Numba shall keep a compiled function, as long as its file and the stamp stay the same."""
    try:
        return _Cache(function, stamp)
    except RuntimeError:  # Numba's word for having tried all places
        return _NoCache()


def is_kept(compiled: Any) -> bool:
    """Whether a compiled function will be there for the next process."""
    return isinstance(compiled._cache, _Cache)
