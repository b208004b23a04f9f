"""Settings that are typed in one field: lookback=60 band=0.01"""

import shlex
from collections.abc import Mapping

from montecarlo.parameters import shown


def read_pairs(text: str) -> dict[str, str]:
    """Each value by its name.

    Raises:
        ValueError: it is not written as words with = in them, or a name comes twice.
    """
    found = {}
    for setting in shlex.split(text):
        name, equals, value = setting.rstrip(",").partition("=")
        if not equals:
            raise ValueError(f"{shown(setting)} has no =")
        if name in found:
            raise ValueError(f"{name} is given twice")
        found[name] = value
    return found


def write_pairs(values: Mapping[str, str]) -> str:
    return shlex.join(f"{name}={value}" for name, value in values.items())
