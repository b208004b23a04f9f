"""The libraries that train, imported where they are used: nothing else needs them."""

import importlib
from typing import Any

from montecarlo.errors import LibraryError

_INSTALL = 'pip install "spot-montecarlo[learning]"'


def scikit_learn(module: str) -> Any:
    """A module of scikit-learn's, such as "linear_model".

    Raises:
        LibraryError: it is not installed.
    """
    try:
        return importlib.import_module(f"sklearn.{module}")
    except ModuleNotFoundError as error:
        raise LibraryError(f"training needs scikit-learn, which is not installed; it comes with: {_INSTALL}") from error


def one_thread() -> Any:
    """Within it, matrix products take one thread: as fast for so few days, and the same sums on machines with more.

    Raises:
        LibraryError: what comes with scikit-learn is not installed.
    """
    scikit_learn("utils")
    return importlib.import_module("threadpoolctl").threadpool_limits(1)


def lightgbm() -> Any:
    """
    Raises:
        LibraryError: it is not installed, or the system lacks what it is built on.
    """
    try:
        return importlib.import_module("lightgbm")
    except ModuleNotFoundError as error:
        raise LibraryError(f"trees need LightGBM, which is not installed; it comes with: {_INSTALL}") from error
    except OSError as error:
        raise LibraryError(
            f"LightGBM is installed and does not load ({error}): it needs the system's library libgomp.so.1; "
            "install it with `apt-get install libgomp1` (Debian, Ubuntu), `dnf install libgomp` (Fedora, Amazon Linux) "
            "or `brew install libomp` (macOS), or train with the method logistic"
        ) from error
