"""What CloudFormation asks of IAM for each type of resource; ``python -m deployment.permission_table`` writes it down.

The schema of a type names the actions that its handlers take, and cfn-lint carries the schemas: it comes with what
development needs.  What runs reads the table that is committed, and a test compares the two.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from cloudformation.template import read

FILE = "permissions.json"

_REGION = "us-east-1"  # whose schemas are taken: no other region has more
_HANDLERS = ("create", "read", "update", "delete")

Table = dict[str, dict[str, list[str]]]


def table() -> Table:
    """As it is committed: actions by type of resource and by handler.

    Raises:
        KeyError: the table has to be written.
    """
    content: Table = json.loads(files("deployment").joinpath(FILE).read_text())
    return content


def types() -> list[str]:
    """Of all resources of the templates."""
    templates = (each.name for each in files("cloudformation").iterdir() if each.name.endswith(".yaml"))
    return sorted({resource["Type"] for name in templates for resource in read(name)["Resources"].values()})


def generated() -> Table:
    """As the schemas have it; a type without handlers, which CloudFormation itself looks after, is left out."""
    known = {
        f"{service}:{action}"
        for service, content in _carried("AdditionalSpecs/Policies.json").items()
        for action in content["Actions"]
    }
    found = {kind: schema(kind).get("handlers", {}) for kind in types()}
    spelled: dict[str, str] = {}
    return {
        kind: {
            name: _as_iam_knows(handlers[name]["permissions"], known, spelled) for name in _HANDLERS if name in handlers
        }
        for kind, handlers in found.items()
        if handlers
    }


def schema(kind: str) -> dict[str, Any]:
    """Of a type of resource."""
    return _carried(f"schemas/resources/{_carried(f'schemas/providers/{_REGION}.json')[kind]}.json")


def written(content: Table) -> str:
    """As a file: a line for each handler."""
    kinds = (
        f' "{kind}": {{\n'
        + ",\n".join(f'  "{handler}": {json.dumps(actions)}' for handler, actions in handlers.items())
        + "\n }"
        for kind, handlers in content.items()
    )
    return "{\n" + ",\n".join(kinds) + "\n}\n"


def _as_iam_knows(actions: Iterable[str], known: set[str], spelled: dict[str, str]) -> list[str]:
    """Services in small letters, as policies have them, and nothing that is no action.

    Some schemas name requests, such as s3:REST.PUT.OBJECT, and actions of services that nobody can be permitted.
    """
    services = {action.partition(":")[0] for action in known}
    found = set()
    for action in actions:
        service, _, name = action.partition(":")
        if action.lower() in known or ("*" in name and service.lower() in services):
            # IAM does not care about capitals, and schemas do not agree about them.
            found.add(spelled.setdefault(action.lower(), f"{service.lower()}:{name}"))
    return sorted(found)


def _carried(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files("cfnlint").joinpath("data", name).read_text())
    return content


def main() -> None:
    text = written(generated())
    Path(str(files("deployment").joinpath(FILE))).write_text(text)
    print(f"{FILE}: {len(table())} types")


if __name__ == "__main__":
    main()
