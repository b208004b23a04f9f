"""Settings that are typed in one field: lookback=60 band=0.01; of a sweep, lookback=20..60 step 20 band=0, 0.01"""

import re
import shlex
from collections.abc import Mapping

from montecarlo.parameters import shown

_PLAIN = re.compile(r"[\w.,:+-]+( [\w.,:+-]+)*", re.ASCII)


def read_pairs(text: str) -> dict[str, str]:
    """Each value by its name.

    Raises:
        ValueError: it is not written as words with = in them, or a name comes twice.
    """
    found: dict[str, str] = {}
    name = ""
    for setting in shlex.split(text):
        before, equals, value = setting.partition("=")
        if not equals and not name:
            raise ValueError(f"{shown(setting)} has no =")
        if equals and before in found:
            raise ValueError(f"{before} is given twice")
        name = before if equals else name
        found[name] = value if equals else f"{found[name]} {setting}"  # a range has blanks in it, and a list may
    return {name: value.rstrip(",") for name, value in found.items()}


def write_pairs(values: Mapping[str, str]) -> str:
    return " ".join(
        f"{name}={value if _PLAIN.fullmatch(value) else shlex.quote(value)}" for name, value in values.items()
    )
