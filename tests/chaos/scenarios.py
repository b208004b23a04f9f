"""Everything that can go wrong, by name: what strikes, how often, and what work is under way meanwhile."""

import signal
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos import refusals
from tests.chaos.faults import (
    CutAnswer,
    CutUpload,
    Delay,
    Expose,
    Fault,
    FillDisk,
    Interrupt,
    LoseAnswer,
    Moment,
    Pretend,
    Recommend,
    Refuse,
    Repeat,
    Rule,
    SetClock,
    ShortenMemory,
    Sicken,
    Signal,
    Stop,
)
from tests.chaos.operations import Operation
from tests.chaos.workload import FEW, LONG, MANY, SINGLE, SLOW, Work
from tests.metadata_server import Health

LEASE_SECONDS = 3

When = Callable[[Operation], bool]


@dataclass(frozen=True)
class Scenario:
    """A kind of fault.

    Attributes:
        name: Of the fault.
        rules: When it strikes.
        work: What there is to do.
        poison: How many messages among it nobody can do.
        workers: How many there are to do it.
        lease_seconds: How long a message stays hidden after a worker's sign of life.
        spare_workers: Whether there is always an idle one, so that nothing but the lease keeps a message waiting.
    """

    name: str
    rules: tuple[Rule, ...]
    work: Work = MANY
    poison: int = 2
    workers: int = 2
    lease_seconds: int = LEASE_SECONDS
    spare_workers: bool = False


def on(*names: str, key: str = "") -> When:
    """Operations of these names, on keys that have this in them."""
    return lambda operation: operation.name in names and key in operation.key


def sqs(operation: Operation) -> bool:
    """What a worker asks of SQS once it has started."""
    return operation.service == "sqs" and operation.name not in ("GetQueueAttributes", "GetQueueUrl")


def s3(operation: Operation) -> bool:
    """What a worker asks of S3 once it has started."""
    return operation.service == "s3" and operation.name != "HeadBucket"


def aws(operation: Operation) -> bool:
    return sqs(operation) or s3(operation)


RECEIVE, DELETE, SPLIT = on("ReceiveMessage"), on("DeleteMessage"), on("SendMessageBatch")
UPLOAD, DOWNLOAD = on("PutObject"), on("GetObject")
# The last thing that is asked before a shard is simulated; then again every two seconds meanwhile.
BEGINNING = on("HeadObject", key="/cancelled.json")
TALLY, SUMMARY = on("PutObject", key="/tallies/"), on("PutObject", key="/summary.csv")


def kill(
    moment: Moment, when: When, chance: float = 0.2, at_most: int = 2, within_seconds: float = 0.0
) -> tuple[Rule, ...]:
    """kill -9, a few times in all."""
    return sometimes(Signal(signal.SIGKILL, moment, within_seconds), when, chance, at_most)


def often(fault: Fault, when: When, chance: float = 0.2) -> tuple[Rule, ...]:
    return (Rule(fault=fault, when=when, chance=chance),)


def sometimes(fault: Fault, when: When, chance: float = 0.5, at_most: int = 3) -> tuple[Rule, ...]:
    return (Rule(fault=fault, when=when, chance=chance, at_most=at_most),)


def for_a_while(fault: Fault, when: When) -> tuple[Rule, ...]:
    return (Rule(fault=fault, when=when, between=(1, 6)),)


def stale(operation: Operation) -> bool:
    return operation.stale


def _clock_is_far_off(operation: Operation) -> bool:
    return abs(operation.clock_off) > 15 * 60  # what S3 tolerates


TWICE = Rule(fault=Expose(), when=RECEIVE, chance=0.4)
EXPIRED = Rule(fault=Refuse(refusals.CLOCK_OFF), when=lambda each: aws(each) and _clock_is_far_off(each))

SCENARIOS = (
    # A worker vanishes.
    Scenario("kill -9 before the claim", kill(Moment.BEFORE, RECEIVE)),
    Scenario("kill -9 when the claim is done and the worker has not heard of it", kill(Moment.AFTER, RECEIVE)),
    Scenario(
        "kill -9 during the work",
        kill(Moment.LATER, BEGINNING, 1.0, within_seconds=1.0),
        SINGLE,
        poison=0,
        workers=5,
        spare_workers=True,
    ),
    Scenario("kill -9 when a shard's children are sent", kill(Moment.AFTER, SPLIT, 0.5)),
    Scenario("kill -9 before a shard's children, or the next round, are sent", kill(Moment.BEFORE, SPLIT, 0.5)),
    Scenario("kill -9 between a chunk's rows and its partial result", kill(Moment.BEFORE, TALLY)),
    Scenario("kill -9 after the partial result is stored", kill(Moment.AFTER, TALLY)),
    Scenario("kill -9 before the summary is stored", kill(Moment.BEFORE, SUMMARY, 1.0), FEW),
    Scenario("kill -9 before the delete", kill(Moment.BEFORE, DELETE)),
    # A worker is told to go.
    Scenario("SIGTERM during the work", sometimes(Signal(signal.SIGTERM, within_seconds=1.0), BEGINNING), LONG),
    Scenario("SIGINT during the work", sometimes(Signal(signal.SIGINT, within_seconds=1.0), BEGINNING), LONG),
    Scenario("interruption notice of 120 seconds", sometimes(Interrupt(120), BEGINNING), LONG),
    Scenario("interruption notice of 30 seconds", sometimes(Interrupt(30), BEGINNING, 1.0, at_most=1), SLOW),
    Scenario("interruption notice of 5 seconds", sometimes(Interrupt(5), BEGINNING), LONG),
    Scenario("rebalance recommendation", sometimes(Recommend(), BEGINNING), LONG),
    # A message comes more than once.
    Scenario("delivered twice at once, stale receipt handles obeyed", (TWICE,)),
    Scenario(
        "delivered twice at once, stale receipt handles refused",
        (TWICE, *often(Refuse(refusals.BAD_HANDLE), stale, 1.0)),
    ),
    Scenario("delivered twice at once, stale receipt handles ignored", (TWICE, *often(Pretend(), stale, 1.0))),
    Scenario("delivered again after its deletion", often(Pretend(), DELETE, 0.3)),
    Scenario("heartbeat refused", often(Refuse(refusals.BEYOND_LIMIT), lambda each: each.heartbeat, 0.3), LONG),
    # A service is unwell.
    Scenario("S3 answers 500", often(Refuse(refusals.INTERNAL_ERROR), s3)),
    Scenario("S3 answers 503 SlowDown", often(Refuse(refusals.SLOW_DOWN), s3)),
    Scenario("S3 gives no answer", often(LoseAnswer(2), s3, 0.03)),
    Scenario("S3 stores a partial result later than the lease lasts", sometimes(Delay(LEASE_SECONDS + 2), TALLY, 0.1)),
    Scenario("an upload breaks in its middle", often(CutUpload(), UPLOAD)),
    Scenario("a download breaks in its middle", often(CutAnswer(), DOWNLOAD)),
    Scenario("SQS throttles", often(Refuse(refusals.THROTTLED), sqs)),
    Scenario("SQS answers 503", often(Refuse(refusals.UNAVAILABLE), sqs)),
    Scenario("SQS does what it is asked and gives no answer", often(LoseAnswer(1), sqs, 0.05)),
    Scenario("SQS finds nothing though there is something", often(Pretend(), RECEIVE, 0.5)),
    Scenario("requests arrive twice", often(Repeat(), aws, 0.15)),
    Scenario("bucket gone and back", for_a_while(Refuse(refusals.NO_SUCH_BUCKET), s3)),
    Scenario("queue gone and back", for_a_while(Refuse(refusals.NO_SUCH_QUEUE), sqs)),
    Scenario("credentials expired and renewed", for_a_while(Refuse(refusals.EXPIRED_TOKEN), aws)),
    Scenario("permission taken away and given back", for_a_while(Refuse(refusals.ACCESS_DENIED), aws)),
    # The machine is unwell.
    Scenario("metadata service fails", sometimes(Sicken(Health.FAILING), RECEIVE, 1.0, 2)),
    Scenario("metadata service hangs", sometimes(Sicken(Health.HANGING), RECEIVE, 1.0, 2)),
    Scenario("metadata service talks nonsense", sometimes(Sicken(Health.TALKING_NONSENSE), RECEIVE, 1.0, 2)),
    Scenario("clock goes back by 10 minutes", sometimes(SetClock(-600), RECEIVE)),
    Scenario(
        "clock goes forward by a day, and is set right",
        (
            Rule(fault=SetClock(0), when=_clock_is_far_off, chance=0.2, between=(5, 1e9)),
            EXPIRED,
            *sometimes(SetClock(24 * 60 * 60), RECEIVE),
        ),
    ),
    Scenario("disk full", sometimes(FillDisk(), RECEIVE, 1.0, 2)),
    Scenario("memory short", sometimes(ShortenMemory(4), RECEIVE, 1.0, 2)),
    Scenario(
        "stopped past the lease and woken again",
        sometimes(Stop(LEASE_SECONDS * 2), BEGINNING, at_most=2),
        LONG,
        workers=4,
    ),
    # The work is unwell.
    Scenario("malformed, oversized, foreign, old and hostile messages", (), FEW, poison=60),
    Scenario(
        "everything at once",
        (
            *kill(Moment.BEFORE, aws, 0.01),
            *sometimes(Signal(signal.SIGTERM, within_seconds=1.0), RECEIVE, 0.05),
            *often(Refuse(refusals.SLOW_DOWN), s3, 0.05),
            *often(Refuse(refusals.THROTTLED), sqs, 0.05),
            *often(LoseAnswer(), aws, 0.03),
            *often(CutUpload(), UPLOAD, 0.05),
            *often(CutAnswer(), DOWNLOAD, 0.05),
            *often(Repeat(), aws, 0.03),
            *often(Pretend(), DELETE, 0.05),
            *often(Expose(), RECEIVE, 0.05),
        ),
    ),
)
