"""JSON Schema in few words: https://json-schema.org/draft/2020-12"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TIME: Schema = {"type": "string", "format": "date-time"}
TEXTS: Schema = {"type": "array", "items": TEXT}
ANY_OBJECT: Schema = {"type": "object"}
NO_MORE_THAN_AN_OBJECT: Schema = {"type": "object", "additionalProperties": False}


def named(name: str) -> Schema:
    """One of the description's own schemas, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def told(schema: Schema, description: str) -> Schema:
    """The same with words about it."""
    return {**schema, "description": description}


def or_null(schema: Schema) -> Schema:
    """The same, or nothing."""
    if "$ref" in schema or "anyOf" in schema or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def items(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def exactly(description: str, properties: Mapping[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    """An object that has these and no others; all of them but those that are optional."""
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
