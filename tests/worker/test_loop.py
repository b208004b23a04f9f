"""Whole workers, in this process, on a real queue and a real bucket."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.errors import BucketError, QueueError
from fleet.events import Event
from fleet.job import Job
from fleet.progress import cancel, status
from fleet.queue import Message, Queue
from fleet.results import fetch_results
from spotmc.run import run_job
from worker import events
from worker.compute import Provenance
from worker.instance_metadata import Identity, off_ec2
from worker.loop import POLL_SECONDS, Orders, Worker
from worker.shutdown import HANDING_BACK_SECONDS, Shutdown, ShutdownDeadline

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

Submit = Callable[[Job], None]
Eventually = Callable[..., None]
Results = Callable[[Bucket, Job], dict[str, bytes]]
Hire = Callable[..., Worker]
Clients = tuple["SQSClient", "S3Client"]

DRAIN = Orders(lease_seconds=60, drain=True)
STAY = Orders(lease_seconds=60)


@pytest.fixture
def hire(queue: Queue, bucket: Bucket, shutdown: Shutdown, emitted: list[Event]) -> Hire:
    """Make a worker; by default it leaves when there is nothing to do."""

    def worker(orders: Orders = DRAIN, **others: Any) -> Worker:
        provenance = Provenance("tester", "0", off_ec2())
        given = {
            "queue": queue,
            "bucket": bucket,
            "shutdown": shutdown,
            "emit": emitted.append,
            "provenance": provenance,
        }
        return Worker(orders=orders, **given | others)

    return worker


@pytest.mark.parametrize(("deliveries", "seconds"), [(1, 1), (2, 2), (5, 16), (6, 32), (7, 60), (30, 60)])
def test_a_message_that_fails_again_is_left_alone_for_longer_but_never_for_more_than_a_lease(deliveries, seconds):
    assert Orders(lease_seconds=60).pause_after(deliveries) == seconds


def of_kind(emitted: list[Event], kind: type[Event]) -> list[Any]:
    return [event for event in emitted if isinstance(event, kind)]


def records(bucket: Bucket, job: Job) -> list[Mapping[str, Any]]:
    return [json.loads(bucket.get(entry.key)) for entry in bucket.list(keys.folder(job.id) + keys.RECORDS)]


def test_what_is_wanted_is_done_what_is_not_is_dropped_and_the_queue_is_empty(
    *,
    job: Job,
    submit_job: Submit,
    queue: Queue,
    dead_letters: Queue,
    bucket: Bucket,
    hire: Hire,
    emitted: list[Event],
    results: Results,
    tmp_path: Path,
) -> None:
    unwanted = job.with_experiment(seed=8)
    submit_job(unwanted)
    cancel(bucket, unwanted.id)
    submit_job(job)
    hire().run()
    assert queue.depth().empty
    assert dead_letters.depth().empty
    assert emitted[-1] == events.Left(reason="the queue is empty")
    assert results(bucket, unwanted) == {}
    run_job(job, tmp_path, threads=1)
    assert bucket.get(f"jobs/{job.id}/paths/{job.tree.root}.csv") == (tmp_path / "paths.csv").read_bytes()
    assert bucket.get(keys.summary_key(job.id)) == (tmp_path / "summary.csv").read_bytes()


def test_while_one_hand_simulates_the_other_claims_and_never_do_both_simulate(
    *, twelve_chunks: Job, submit_job: Submit, hire: Hire, emitted: list[Event]
) -> None:
    submit_job(twelve_chunks)
    hire().run()
    # Each chunk is one block here, so its first report of progress is its last.
    turns = [event for event in emitted if isinstance(event, events.Begun | events.Progressed)]
    assert [type(turn) for turn in turns] == [events.Begun, events.Progressed] * 12
    assert all(begun.first == done.first for begun, done in zip(turns[::2], turns[1::2], strict=True))

    held: set[str] = set()
    most = 0
    for event in emitted:
        if isinstance(event, events.Claimed):
            held.add(event.message)
        elif isinstance(event, events.Settled):
            held.discard(event.message)
        most = max(most, len(held))
    assert most == 2


def test_workers_share_a_job_and_its_records_tell_who_did_what(
    *, twelve_chunks: Job, submit_job: Submit, hire: Hire, bucket: Bucket, tmp_path: Path
) -> None:
    submit_job(twelve_chunks)
    machines = [Identity(f"i-{number}", "c7i.large", "us-east-1c", "us-east-1", spot=True) for number in range(2)]
    workers = [hire(provenance=Provenance(machine.instance, "0", machine), shutdown=Shutdown()) for machine in machines]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    fetch_results(bucket, twelve_chunks, tmp_path / "fleet")
    run_job(twelve_chunks, tmp_path / "here", threads=1)
    for name in ("paths.csv", "summary.csv"):
        assert (tmp_path / "fleet" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
    emitted = records(bucket, twelve_chunks)
    assert {record["worker"] for record in emitted} == {"i-0", "i-1"}, "each takes a share"
    simulation = twelve_chunks.experiment
    assert sum(record["path_days"] for record in emitted) == simulation.units * simulation.path_days
    known = {"type": "c7i.large", "zone": "us-east-1c", "region": "us-east-1", "spot": True}
    for record in emitted:
        assert record | known | {"instance": record["worker"], "engine": twelve_chunks.engine} == record
        assert record["seconds"] > 0


def test_a_worker_with_nothing_to_do_leaves_after_a_while(hire: Hire, emitted: list[Event]) -> None:
    hire(Orders(lease_seconds=60, idle_seconds=POLL_SECONDS + 1)).run()
    assert "nothing to do" in of_kind(emitted, events.Left)[0].reason


def test_a_drained_worker_waits_for_what_another_has_in_hand(
    *, job: Job, submit_job: Submit, queue: Queue, bucket: Bucket, hire: Hire, eventually: Eventually
) -> None:
    submit_job(job)
    submit_job(job)
    [in_hand] = queue.receive(wait_seconds=1, visibility_seconds=300)
    worker = threading.Thread(target=hire().run)
    worker.start()
    eventually(lambda: status(bucket, job.id).state == "complete")
    worker.join(POLL_SECONDS + 1)
    assert worker.is_alive()
    queue.release(in_hand)
    worker.join()
    assert queue.depth().empty


def test_what_arrives_when_the_worker_has_to_go_is_handed_back(
    *,
    job: Job,
    submit_job: Submit,
    clients: Clients,
    queue: Queue,
    hire: Hire,
    shutdown: Shutdown,
    emitted: list[Event],
) -> None:
    class ToldMeanwhile(Queue):
        def receive(self, **asked: Any) -> list[Message]:
            received = super().receive(**asked)
            shutdown.request(ShutdownDeadline("emitted to go", by=None))
            return received

    submit_job(job)
    hire(STAY, queue=ToldMeanwhile(clients[0], queue.url)).run()
    assert not of_kind(emitted, events.Claimed)
    [message] = queue.receive(wait_seconds=1, visibility_seconds=60)
    assert message.receive_count == 2


def test_what_nobody_expected_ends_the_worker_with_an_error(
    clients: Clients, queue: Queue, hire: Hire, emitted: list[Event]
) -> None:
    class Nonsense(Queue):
        def receive(self, **asked: Any) -> list[Message]:
            raise KeyError("ReceiptHandle")

    with pytest.raises(KeyError):
        hire(STAY, queue=Nonsense(clients[0], queue.url)).run()
    assert "unexpected" in of_kind(emitted, events.Left)[0].reason


def test_a_queue_that_is_out_of_order_for_a_while_does_no_harm(
    *, job: Job, submit_job: Submit, clients: Clients, queue: Queue, bucket: Bucket, hire: Hire, emitted: list[Event]
) -> None:
    class Throttled(Queue):
        refusals = 1

        def receive(self, **asked: Any) -> list[Message]:
            if self.refusals:
                self.refusals -= 1
                raise QueueError("throttled")
            return super().receive(**asked)

    submit_job(job)
    hire(queue=Throttled(clients[0], queue.url)).run()
    assert [trouble.reason for trouble in of_kind(emitted, events.Troubled)] == ["throttled"]
    assert status(bucket, job.id).state == "complete"


class Unsteady(Bucket):
    """Refuses everything while it is away; while it hangs, it does not even do that."""

    away = False
    hangs: threading.Event | None = None

    def _ask(self) -> None:
        if self.hangs:
            self.hangs.wait(60)
        if self.away:
            raise BucketError("gone")

    def get(self, key: str) -> bytes:
        self._ask()
        return super().get(key)

    def put(self, key: str, content: bytes) -> None:
        self._ask()
        super().put(key, content)

    def exists(self, key: str) -> bool:
        self._ask()
        return super().exists(key)


@pytest.fixture
def unsteady(clients: Clients, bucket: Bucket) -> Unsteady:
    return Unsteady(clients[1], bucket.name)


def test_a_message_is_kept_in_hand_while_the_bucket_is_away(
    *, job: Job, submit_job: Submit, unsteady: Unsteady, hire: Hire, emitted: list[Event], eventually: Eventually
) -> None:
    submit_job(job)
    unsteady.away = True
    worker = threading.Thread(target=hire(bucket=unsteady).run)
    worker.start()
    eventually(lambda: len(of_kind(emitted, events.Troubled)) >= 2)
    unsteady.away = False
    worker.join()
    assert len(of_kind(emitted, events.Claimed)) == 1, "no delivery was wasted"
    assert not of_kind(emitted, events.Failed)
    assert status(unsteady, job.id).state == "complete"


def test_a_worker_that_has_to_go_does_not_wait_for_a_bucket_that_does_not_answer(
    *,
    job: Job,
    submit_job: Submit,
    queue: Queue,
    unsteady: Unsteady,
    hire: Hire,
    shutdown: Shutdown,
    emitted: list[Event],
    eventually: Eventually,
) -> None:
    submit_job(job)
    unsteady.hangs = threading.Event()
    worker = threading.Thread(target=hire(STAY, bucket=unsteady).run)
    worker.start()
    eventually(lambda: of_kind(emitted, events.Claimed))
    shutdown.request(ShutdownDeadline("emitted to go", by=time.monotonic()))
    worker.join(HANDING_BACK_SECONDS + 20)
    assert not worker.is_alive()
    [message] = queue.receive(wait_seconds=1, visibility_seconds=60)
    assert message.receive_count == 2
    unsteady.away = True
    unsteady.hangs.set()
