"""JSON of which a value has one text only, and reading it with suspicion."""

import json

from fleet.errors import MessageError

NESTED_AT_MOST = 16  # levels


def canonical(value: object) -> str:
    """The one text for a value of which JSON has many."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def read_json(content: bytes | str) -> object:
    """A value from JSON as the standard has it, without NaN and infinities.

    Raises:
        MessageError: it is not JSON, or nested deeper than anything here is.
    """
    try:
        value = json.loads(content, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise MessageError(_what_is_wrong(error)) from error
    except UnicodeDecodeError as error:
        raise MessageError("it is no text") from error
    except (ValueError, RecursionError) as error:
        raise MessageError("it is no JSON of ours") from error
    if _deeper(value, NESTED_AT_MOST):
        raise MessageError(f"nested deeper than {NESTED_AT_MOST} levels")
    return value


def _what_is_wrong(error: json.JSONDecodeError) -> str:
    if not error.doc.strip():
        return "it is empty"
    breaks_off = error.doc[0] in "{[" and (error.pos >= len(error.doc.rstrip()) or "Unterminated" in error.msg)
    return "it breaks off" if breaks_off else "it is no JSON"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_deeper(each, levels - 1) for each in inner)
