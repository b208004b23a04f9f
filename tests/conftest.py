"""A real emulator of AWS over HTTP, and real workers, for all tests that want them."""

import os
import random
import signal
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from botocore import loaders

from fleet import partial_results
from fleet.bucket import Bucket
from fleet.connection import s3_client, sqs_client
from fleet.job import Job
from fleet.new_job import make_job
from fleet.queue import Queue
from fleet.settings import Settings
from fleet.submit import submit
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.sources import load_history
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import SmaCrossover
from spotmc.local_stack import emulator
from spotmc.local_stack.processes import Child, running, start, stop, wait_until
from tests.metadata_server import MetadataServer
from worker.compute import Provenance, compute
from worker.instance_metadata import off_ec2

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that is busy with other things is no failure, and the same tree passes or fails each time;
# `pytest --hypothesis-profile=default` looks for new examples.
hypothesis.settings.register_profile("same every time", deadline=None, derandomize=True)
hypothesis.settings.load_profile("same every time")

# Each session of boto3 would read anew which services there are and what they are like: half of the time of a client.
_read_model = cache(loaders.JSONFileLoader().load_file)
loaders.JSONFileLoader.load_file = lambda _, path: _read_model(path)  # type: ignore[method-assign]
_list_services = cache(partial(loaders.Loader.list_available_services, loaders.create_loader()))
loaders.Loader.list_available_services = lambda _, type_name: _list_services(type_name)  # type: ignore[method-assign]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--machines", action="store_true", help="boot machines as on AWS, which takes minutes")
    parser.addoption(
        "--thorough", action="store_true", help="what `make test` leaves to `make thorough`, and only that"
    )
    parser.addoption("--strange", type=int, default=32, help="strange objects that are put into a bucket")
    parser.addoption("--strange-seed", type=int, default=1, help="which")


# With the longest files: at the end of all, one process would be busy with such a file, and the others with nothing.
FIRST = {"rehearsal", "spotmc", "trader_soak", "webui", "worker"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    thorough = config.getoption("--thorough")
    others = [item for item in items if (item.get_closest_marker("thorough") is not None) != thorough]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in set(others)]
    items.sort(key=lambda item: FIRST.isdisjoint(item.path.parts))


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Ports that nobody listens on, each followed by another such.

    They are below those that the system gives to clients, any of which may be taken by the time that ours is needed.
    """
    choose = random.SystemRandom().randrange

    def find() -> int:
        port = choose(10_000, 30_000)
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                return find()
        return port

    return find


@pytest.fixture(scope="session")
def eventually() -> Callable[..., None]:
    """Wait until something holds; fail when it does not for far longer than it should take on a busy machine.

    The longer it takes, the more rarely it is asked again, because asking keeps the machine busy.
    """

    def wait(holds: Callable[[], object], seconds: float = 300) -> None:
        began = time.monotonic()
        while not holds():
            waited = time.monotonic() - began
            assert waited < seconds, f"still not so after {seconds} s"
            time.sleep(min(max(0.05, waited / 20), 0.5))

    return wait


@pytest.fixture(scope="session")
def emulator_port(free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where moto's server listens, in a process of its own; its listings have 20 objects to the page."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "20")
        with running({"emulator": emulator.command(port)}, tmp_path_factory.mktemp("emulator")) as children:
            wait_until(lambda: emulator.answers(port), children[0])
            yield port


@pytest.fixture(scope="session")
def clients(emulator_port: int) -> tuple["SQSClient", "S3Client"]:
    """Made once, because it takes a tenth of a second each."""
    with pytest.MonkeyPatch.context() as patch:
        settings = emulator.settings(emulator_port)
        use(emulator.environment(settings, os.environ), patch)
        return sqs_client(settings), s3_client(settings)


@pytest.fixture
def settings(emulator_port: int, clients: tuple["SQSClient", "S3Client"], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a fresh queue, with its dead-letter queue, and a fresh bucket; the environment says where they are."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    local = emulator.settings(emulator_port)
    fresh = replace(local, queue_url=local.queue_url.replace(emulator.QUEUE, name), bucket=name)
    use(emulator.environment(fresh, os.environ), monkeypatch)
    emulator.create(*clients, fresh)
    return fresh


def use(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it the environment of this process, as long as the patch lasts."""
    for variable in os.environ.keys() - environment.keys():
        monkeypatch.delenv(variable)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)


@pytest.fixture
def queue(clients: tuple["SQSClient", "S3Client"], settings: Settings) -> Queue:
    return Queue(clients[0], settings.queue_url)


@pytest.fixture
def dead_letters(clients: tuple["SQSClient", "S3Client"], settings: Settings) -> Queue:
    return Queue(clients[0], f"{settings.queue_url}-dead")


@pytest.fixture
def bucket(clients: tuple["SQSClient", "S3Client"], settings: Settings) -> Bucket:
    return Bucket(clients[1], settings.bucket)


@pytest.fixture(scope="session")
def history() -> PriceHistory:
    """Real bars of less than a year, a crash among them."""
    return check_history(load_history("AAPL", "sample").bars[:200], "AAPL", "sample")


@pytest.fixture(scope="session")
def job(history: PriceHistory) -> Job:
    """Small enough for a moment."""
    return make_job(history, strategy=SmaCrossover(5, 20), days=60, iterations=500, seed=7)


@pytest.fixture(scope="session")
def long_job(job: Job) -> Job:
    """Many chunks of a moment each, so that it can be interrupted in the middle, however fast the simulation is."""
    return replace(job.with_experiment(days=25, iterations=30 * BLOCK_PATHS), chunk=BLOCK_PATHS)


@pytest.fixture(scope="session")
def precise_job(job: Job) -> Job:
    """One that is precise enough in the fifth of nine rounds, after 16 of at most 60 chunks."""
    experiment = {"days": 25, "iterations": 60 * BLOCK_PATHS, "rows": True, "precision": "probability_of_loss=0.0075"}
    return replace(job.with_experiment(**experiment, uncertainty=True), chunk=BLOCK_PATHS)


@pytest.fixture
def submit_job(history: PriceHistory, queue: Queue, bucket: Bucket) -> Callable[[Job], None]:
    """Submit a job to the queue and the bucket of the test."""
    return lambda job: submit(job, history, queue, bucket)


@pytest.fixture
def do_job(bucket: Bucket) -> Callable[[Job], None]:
    """Do a job in this process, as a worker does it, but without a queue."""
    provenance = Provenance("nobody", "0", off_ec2())

    def do(job: Job) -> None:
        for chunk in job.tree.leaves():
            part, _ = compute(job, chunk, provenance, lambda paths: None)
            partial_results.store(bucket, job, part)
            if partial_results.complete(bucket, job, chunk).complete:
                break

    return do


@pytest.fixture
def start_worker(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Start ``spotmc worker`` with arguments, as a process on the queue and the bucket of the test."""
    children: list[Child] = []

    def begin(*arguments: str) -> Child:
        name = f"worker-{len(children) + 1}"
        children.append(start(name, ["spotmc.cli", "worker", "--lease-seconds", "3", *arguments], tmp_path))
        return children[-1]

    yield begin
    stop(children)


@pytest.fixture
def metadata_server() -> Iterator[MetadataServer]:
    """EC2's metadata service of one Spot instance; its ``environment`` points a process to it."""
    with MetadataServer() as server:
        yield server
