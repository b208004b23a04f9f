"""What the page of the fleet shows and no page waits for: dead letters, the stack, and what today has cost."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from fleet import keys, provenance, reports
from fleet.bucket import Bucket
from fleet.dead_letters import DeadLetter, peek
from fleet.errors import FleetError
from fleet.queue import Depth, Queue
from fleet.settings import Settings
from webui.watch import Watch

if TYPE_CHECKING:
    from deployment.cost import Cost
    from deployment.machine_prices import MachinePrices
    from deployment.standing import Problem, Standing

LETTERS_FOR = 60.0  # seconds that they are not looked at again, unless their number changes
TODAY_FOR = 300.0
JOBS_AT_MOST = 50  # the newest, in which what was computed today is looked for
RECORDS_AT_MOST = 2000  # that are read for it

# As workers say it: see ``worker.instance_metadata``.
SPOT_INTERRUPTION = "Spot interruption notice"


@dataclass(frozen=True)
class Stack:
    """How the stack stands, and what is wrong with it."""

    standing: "Standing"
    problems: "Sequence[Problem]"


@dataclass(frozen=True)
class Today:
    """Since midnight UTC.

    Attributes:
        cost: Of what was computed.
        interrupted: So many workers were told that their Spot instance is taken away.
        all_of_it: Whether that is all; otherwise there is more than was looked for.
        unpriced: Why AWS does not tell prices; empty where it does.
    """

    cost: "Cost"
    interrupted: int
    all_of_it: bool
    unpriced: str = ""


@dataclass
class FleetWatch:
    """Looks at these things when a page wants to know them.

    Args:
        settings: Where queue and bucket are.
        stack_name: None where the web UI is of no stack.
    """

    settings: Settings
    stack_name: str | None
    letters: Watch[Sequence[DeadLetter] | None] = field(init=False)
    stack: Watch[Stack | None] | None = field(init=False, default=None)
    today: Watch[Today | None] = field(init=False)

    def __post_init__(self) -> None:
        self._looking_into = threading.Lock()
        self._count: int | None = None
        self.letters = Watch(self._letters, None, fresh_seconds=LETTERS_FOR)
        self.today = Watch(self._today, None, fresh_seconds=TODAY_FOR)
        if name := self.stack_name:
            self.stack = Watch(lambda: stack(self.settings.region, name, datetime.now(UTC)), None)

    def letters_of(self, depth: Depth) -> Sequence[DeadLetter] | None:
        """The dead letters as they were seen last, where there are so many now; None before the first look.

        Who looks into the queue hides them from others for a moment, so nobody does that without need.
        """
        count = depth.all
        if count != self._count:
            self._count = count
            self.letters.forget()
        return self.letters.known() if count else ()

    @contextmanager
    def in_hand(self, dead: Queue) -> Iterator[list[DeadLetter]]:
        """All dead letters, for one at a time: others do not look into the queue meanwhile.

        Raises:
            QueueError
        """
        with self._looking_into, peek(dead) as letters:
            yield letters
        self.letters.forget()

    def _letters(self) -> Sequence[DeadLetter]:
        with self._looking_into, peek(Queue.connect(self.settings).dead_letters()) as letters:
            return letters

    def _today(self) -> Today:
        now = datetime.now(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return today(Bucket.connect(self.settings), self.settings.region, midnight)


def stack(region: str, name: str, now: datetime) -> Stack:
    """
    Raises:
        FleetError: AWS does not tell whether there is such a stack.
    """
    from deployment.account import Account, DeploymentError  # takes a while, and only a stack's web UI needs it
    from deployment.stack import find
    from deployment.standing import problems, standing

    account = Account(region)
    deployed = find(account.cloudformation, name)
    if deployed is None:
        raise DeploymentError(f"there is no stack {name} in {region}, though SPOTMC_STACK names it")
    found = standing(account, deployed, name, now)
    return Stack(found, tuple(problems(found)))


def today(bucket: Bucket, region: str, since: datetime) -> Today:
    """What was computed since, and what it has cost; of the newest jobs only.

    Raises:
        BucketError
    """
    from deployment.cost import cost_of

    names = bucket.some(keys.SUBMISSIONS, at_most=reports.NAMES_AT_MOST).entries
    submitted = [each for entry in names if (each := keys.submission_of(entry.key))]
    job_ids = list(dict.fromkeys(job_id for job_id, _ in submitted))
    older_ones = [at for job_id, at in submitted if job_id in job_ids[JOBS_AT_MOST:]]
    found = provenance.stored_since(bucket, job_ids[:JOBS_AT_MOST], since, RECORDS_AT_MOST)
    interrupted, all_workers = reports.told_to_go(bucket, since, SPOT_INTERRUPTION)
    prices, unpriced = _prices(region, found.read)
    missed = any(at > since - timedelta(days=1) for at in older_ones)
    return Today(cost_of(found.read, prices), len(interrupted), found.all and all_workers and not missed, unpriced)


def _prices(region: str, records: Sequence[provenance.Record]) -> "tuple[MachinePrices, str]":
    """Those that the records need, and why they are not known; of no machine on EC2, AWS is not asked."""
    from deployment.machine_prices import MachinePrices, prices_of

    try:
        return prices_of([record for record in records if record.type and record.region == region]), ""
    except FleetError as error:
        return MachinePrices(), str(error)
