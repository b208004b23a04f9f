"""What a trader asks of the bucket, held against the role of the template: each grant is needed, and no other."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cloudformation.template import Stack
from fleet.bucket import Bucket
from fleet.settings import Settings
from fleet.traders.accounts import claim
from spotmc.cli import cli
from tests.cloudformation.asking import Request, noted
from tests.cloudformation.policies import listed, policies
from tests.montecarlo.any_forecast import random_model

BARS = ["--source", "sample", "--symbol", "AAPL", "--start", "2012-10-01"]
RULE = "def targets(closes):\n    return closes > 55\n"


def person(*arguments: str) -> None:
    done = CliRunner().invoke(cli, ["trader", *arguments])
    assert done.exit_code == 0, (arguments, done.output)


@pytest.fixture
def asked(settings: Settings, bucket: object, tmp_path: Path) -> list[Request]:
    """By three traders, one of each kind of input, all with the name that the template has."""
    rule, model = tmp_path / "my_rule.py", tmp_path / "model.json"
    rule.write_text(RULE)
    model.write_bytes(random_model(1, n=4).to_json())
    found: list[Request] = []
    strategies: dict[str, tuple[list[str], list[str]]] = {
        "mine-1": (["--short", "2", "--long", "5"], []),
        "mine-2": (["--strategy", str(rule)], ["--own-rules", "allow"]),
        "mine-3": (["--strategy", "ml-forecast", "--model-file", str(model)], []),
    }
    for name, (strategy, allowed) in strategies.items():
        person("create", name, *BARS, "--first", "2013-02-22", *strategy)
        with noted(found.append):
            person("run", name, *allowed)
    with noted(found.append):  # what one at Alpaca asks for besides
        for _ in range(2):
            claim(Bucket.connect(settings), trader="mine", account="PA1", symbol="AAPL")
    return [replace(each, resource=re.sub(r"/mine-\d/", "/mine/", each.resource)) for each in found]


@pytest.fixture
def statements(launched: Callable[..., Stack], settings: Settings) -> list[dict[str, Any]]:
    stack = launched(region="us-east-1", Trader="mine").nested["Fargate"]
    text = json.dumps(dict(policies(stack))["trade"]["Statement"])
    found: list[dict[str, Any]] = json.loads(text.replace("<Results.Bucket.Arn>", f"arn:aws:s3:::{settings.bucket}"))
    return found


def covers(action: str, resource: str, request: Request) -> bool:
    return action == request.action and fnmatchcase(request.resource, resource)


@pytest.mark.thorough
def test_a_trader_needs_what_it_is_granted_and_nothing_else(
    asked: list[Request], statements: list[dict[str, Any]]
) -> None:
    def those(effect: str) -> list[tuple[str, str]]:
        return [
            (action, resource)
            for each in statements
            if each["Effect"] == effect
            for action in listed(each["Action"])
            for resource in listed(each["Resource"])
        ]

    granted, requests = those("Allow"), set(asked)
    assert [each for each in requests if not any(covers(*grant, each) for grant in granted)] == []
    assert [grant for grant in granted if not any(covers(*grant, each) for each in requests)] == []
    assert [each for each in requests if any(covers(*denied, each) for denied in those("Deny"))] == []
