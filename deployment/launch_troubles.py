"""What goes wrong with the machines of a stack while it is made: told once each, soon after it is known.

CloudFormation itself only says, after twenty minutes, that the workstation did not report.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from deployment import fleet_history
from deployment.account import Account, DeploymentError
from deployment.events import Event
from deployment.fleet_history import Trouble
from fleet.boots import FOLDER, failed_boots, report
from fleet.bucket import Bucket
from fleet.errors import BucketError, FleetError

EACH_SECONDS = 20.0  # histories are read so often: of what CloudFormation tells nothing, a person hears within a minute

_ROLLED_BACK = "ROLLBACK_IN_PROGRESS"  # of a stack that could not be created


class LaunchTroubles:
    """Is shown the events of a stack, and looks after the machines that come up in them.

    Args:
        account: Where.
        stack_name: Of the parent.
    """

    def __init__(self, account: Account, stack_name: str) -> None:
        self._account, self._name = account, stack_name
        self._readers: dict[str, Callable[[], list[Trouble]]] = {}
        self._bucket: Bucket | None = None
        self._undone = False
        self._read_at = float("-inf")
        self.told: list[Trouble] = []

    def news(self, events: Iterable[Event]) -> Iterator[Trouble]:
        """What is new, given the events that are."""
        for event in events:
            self._learn(event)
        if not self._undone and time.monotonic() < self._read_at + EACH_SECONDS:
            return
        self._read_at = time.monotonic()
        known = {(each.where, each.said) for each in self.told}
        for name in list(self._readers):
            for trouble in self._read(name):
                if (trouble.where, trouble.said) not in known:
                    self.told.append(trouble)
                    yield trouble
        if self._undone:
            self._make_way()

    def _learn(self, event: Event) -> None:
        place, account = event.place(self._name), self._account
        if event.of_stack_itself and event.status == _ROLLED_BACK:
            self._undone = True
        if not event.physical_id or event.status.startswith("DELETE") or event.physical_id in self._readers:
            return
        since = event.at - timedelta(minutes=1)
        match event.type:
            case "AWS::EC2::SpotFleet" if event.physical_id.startswith("sfr-"):
                self._readers[event.physical_id] = lambda: fleet_history.of_spot_fleet(
                    account.ec2, place, event.physical_id, since
                )
            case "AWS::AutoScaling::AutoScalingGroup":
                self._readers[event.physical_id] = lambda: fleet_history.of_group(
                    account.autoscaling, place, event.physical_id, since
                )
            case "AWS::S3::Bucket":
                self._bucket = bucket = Bucket(account.s3, event.physical_id)
                self._readers[event.physical_id] = lambda: _boots(bucket, since)

    def _read(self, name: str) -> list[Trouble]:
        try:
            return self._readers[name]()
        except FleetError as error:  # it goes, or may not be read: nothing that would stop a deployment
            del self._readers[name]
            if self._undone:
                return []
            return [Trouble(datetime.now(UTC), name, str(error))]

    def _make_way(self) -> None:
        """A bucket goes with a stack that could not be created, but only if it is empty."""
        if self._bucket is None:
            return
        try:
            for entry in list(self._bucket.list(FOLDER)):
                self._bucket.delete(entry.key)
        except (BucketError, DeploymentError):  # it is gone already
            self._bucket = None


def _boots(bucket: Bucket, since: datetime) -> list[Trouble]:
    """Oldest first."""
    boots = failed_boots(bucket, since, datetime.now(UTC))
    return [Trouble(each.at, f"{each.kind} {each.machine}", report(bucket, each)) for each in reversed(boots)]
