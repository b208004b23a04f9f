"""An account to rehearse in, in which the time passes as fast as it can be computed."""

from collections.abc import Callable, Iterator

import pytest

from deployment.account import Account
from fleet.bucket import Bucket
from fleet.queue import Queue
from fleet.settings import Settings
from rehearsal.site import SPOT_FLEET, Site
from rehearsal.waiting import Waiting
from tests.rehearsal.behaviour import Switches
from tests.rehearsal.spot_account import SpotAccount
from tests.service_apis import ServiceApis

STACK = "spotmc-rehearsal"
ROLE = "arn:aws:iam::123456789012:role/fis"
SERVICES = ("EC2", "APPLICATION_AUTO_SCALING", "AUTO_SCALING", "CLOUDWATCH", "FIS")


@pytest.fixture
def spot_account(
    queue: Queue, bucket: Bucket, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SpotAccount]:
    """Its services answer over HTTP."""
    there = SpotAccount(STACK, queue, bucket)
    with ServiceApis(there.act, settings.endpoint_url or "") as services:
        for service in SERVICES:
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", services.url)
        yield there


@pytest.fixture
def site(spot_account: SpotAccount, settings: Settings) -> Callable[..., Site]:
    """The account with the stack in it, behaving as the switches say."""

    def make(switches: Switches, workers_on: str = SPOT_FLEET) -> Site:
        spot_account.switches = switches
        spot_account.workers = "WorkerFleet" if workers_on == SPOT_FLEET else "WorkerGroup"
        spot_account.make()
        spot_account.sleep(300)
        waiting = Waiting(spot_account, print)
        return Site(Account(settings.region), STACK, workers_on, spot_account, waiting, ROLE)

    return make
