"""What docs/aws.md says of cost and names is what the templates say."""

import re
from typing import Any

import pytest

from cloudformation.template import PARENT, Stack, read, resolve
from deployment.estimate import estimate
from tests.programs import ROOT

TEXT = (ROOT / "docs/aws.md").read_text()
GIVEN: dict[str, Any] = {
    "ArtefactBucket": "mine",
    "ArtefactPrefix": "spotmc/1",
    "AllowedCidr": "203.0.113.7/32",
    "Password": "twelve characters",
}


@pytest.fixture(scope="module")
def stack() -> Stack:
    return resolve(read(PARENT), GIVEN)


def rows() -> dict[str, str]:
    """First and second cell of all rows of tables, without what makes them bold."""
    return dict(re.findall(r"^\| \**`?([^|`*]+)`?\** \| \**([^|*]+)\** \|$", TEXT, re.MULTILINE))


def test_the_costs_are_those_of_the_templates(stack: Stack) -> None:
    costs = estimate(stack)
    monthly = {cost.what: f"{cost.per_month:.2f}" for cost in costs.at_rest}
    hourly = {cost.what: f"{cost.per_hour:.3f}" for cost in costs.at_work}
    assert monthly.items() <= rows().items()
    assert hourly.items() <= rows().items()
    assert f"{sum(cost.per_month for cost in costs.at_rest):.2f}" in TEXT
    assert f"{sum(cost.per_hour for cost in costs.at_work):.3f}" in TEXT


def test_the_costs_of_a_trader_are_those_of_the_templates(stack: Stack) -> None:
    def at_rest(**parameters: str) -> dict[str, float]:
        costs = estimate(resolve(read(PARENT), {**GIVEN, **parameters}))
        return {cost.what: cost.per_month for cost in costs.at_rest}

    plain, running = at_rest(), at_rest(Trader="mine", TraderRuns="yes")
    added = {what: f"{dollars:.2f}" for what, dollars in running.items() if what not in plain and what != "2 secrets"}
    assert added
    assert added.items() <= rows().items()
    stopped = at_rest(Trader="mine")
    for costs in (running, stopped):
        assert f"${sum(costs.values()) - sum(plain.values()):.2f}" in TEXT


def test_every_template_is_listed() -> None:
    assert {path.name for path in (ROOT / "cloudformation").glob("*.yaml")} <= rows().keys()


def test_every_setting_and_output_is_named() -> None:
    parent = read(PARENT)
    settings = set(re.findall(r"^ *([A-Z_]+)=", (ROOT / "cloudformation" / PARENT).read_text(), re.MULTILINE))
    assert settings
    assert [name for name in sorted(settings | set(parent["Outputs"])) if f"`{name}`" not in TEXT] == []
