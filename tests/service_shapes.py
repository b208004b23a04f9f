"""Requests held against a service's own model: lengths, ranges, patterns and words, none of which botocore checks."""

import re
from collections.abc import Iterator
from typing import Any

# Classes of characters that Java's expressions have, and Python's do not, as far as the models of SageMaker use them.
_JAVA = {r"\p{L}": "a-zA-Z", r"\p{Z}": " ", r"\p{N}": "0-9", r"\p{Alnum}": "a-zA-Z0-9"}


def problems(shape: Any, value: Any, at: str = "") -> Iterator[str]:
    """What the service would not take of a value.

    Args:
        shape: Of the input of an operation, from botocore.
        value: The parameters.
        at: Where in them.
    """
    limits = shape.metadata
    match shape.type_name:
        case "structure":
            yield from (f"{at}.{name} is missing" for name in shape.required_members if name not in value)
            for name, each in value.items():
                if name in shape.members:
                    yield from problems(shape.members[name], each, f"{at}.{name}")
                else:
                    yield f"{at}.{name} is unknown"
        case "list":
            yield from _outside(limits, len(value), f"the length of {at}")
            for number, each in enumerate(value):
                yield from problems(shape.member, each, f"{at}[{number}]")
        case "map":
            yield from _outside(limits, len(value), f"the number of {at}")
            for name, each in value.items():
                yield from problems(shape.key, name, f"the name of {at}[{name}]")
                yield from problems(shape.value, each, f"{at}[{name}]")
        case "string":
            if not isinstance(value, str):
                yield f"{at} is no text but {value!r}"
                return
            yield from _outside(limits, len(value), f"the length of {at}")
            if shape.enum and value not in shape.enum:
                yield f"{at} is {value!r}, which is none of its words"
            if "pattern" in limits and not re.fullmatch(_pythons(limits["pattern"]), value, re.DOTALL):
                yield f"{at} is {value!r}, which is not like {limits['pattern']}"
        case "integer" | "long" | "float" | "double":
            if isinstance(value, bool) or not isinstance(value, int | float):
                yield f"{at} is no number but {value!r}"
                return
            yield from _outside(limits, value, at)


def _outside(limits: dict[str, Any], number: float, what: str) -> Iterator[str]:
    if number < limits.get("min", number) or number > limits.get("max", number):
        yield f"{what} is {number}, not {limits.get('min', '')} to {limits.get('max', '')}"


def _pythons(pattern: str) -> str:
    for java, python in _JAVA.items():
        pattern = pattern.replace(java, python)
    return pattern
