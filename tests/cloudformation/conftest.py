"""The templates, resolved as CloudFormation would."""

from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.template import PARENT, Stack, read, resolve

GIVEN = {
    "ArtefactBucket": "my-artefacts",
    "ArtefactPrefix": "spotmc/1",
    "AllowedCidr": "203.0.113.7/32",
    "Password": "correct horse battery",
}


@pytest.fixture(scope="session")
def launched() -> Callable[..., Stack]:
    """The whole, as one stack, from what a person must give and what is given here."""

    def launch(region: str = "eu-central-1", **parameters: Any) -> Stack:
        return resolve(read(PARENT), {**GIVEN, **parameters}, region=region)

    return launch


@pytest.fixture(scope="session", params=["SpotFleet", "AutoScalingGroup", "Batch"])
def stack(request: pytest.FixtureRequest, launched: Callable[..., Stack]) -> Stack:
    """All variants, with everything that a person may switch on."""
    return launched(
        WorkersOn=request.param,
        KeyName="mine",
        AlarmEmail="me@example.com",
        Research="yes",
        ResearchNotebook="ml.t3.medium",
        Trader="mine",
        TraderRuns="yes",
    )
