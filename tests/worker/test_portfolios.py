"""Portfolios on workers: several symbols from one input, and the same bytes as one process finds."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import montecarlo as mc
from fleet import keys
from fleet.bucket import Bucket
from fleet.inputs import at_hand
from fleet.job import Job
from fleet.message import attributes
from fleet.new_job import make_portfolio_job, with_seed
from fleet.progress import status
from fleet.queue import Queue
from fleet.results import fetch_results
from fleet.submit import submit
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.data.joint_history import JointHistory, align
from montecarlo.experiments.holdings import holdings_of
from montecarlo.experiments.run import run_to_folder
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import SmaCrossover
from spotmc.local_stack.processes import Child
from tests.worker.one_message import Claim, dead, do_all, do_next
from worker.handler import Disposition, MessageHandler

Start = Callable[..., Child]
Eventually = Callable[..., None]


@pytest.fixture(autouse=True)
def run_folder(settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the workers of this test leave their status files."""
    monkeypatch.setenv("SPOTMC_RUN_DIR", str(tmp_path / "run"))


@pytest.fixture(scope="session")
def joint() -> JointHistory:
    return align([mc.load_history(symbol, "sample", start="2008-01-01") for symbol in ("AAPL", "IBM", "MSFT")])


def portfolio_job(joint: JointHistory, **more: object) -> Job:
    settings = {
        "days": 25,
        "iterations": 4 * BLOCK_PATHS + 10,
        "seed": 7,
        "warm_up": True,
        "rebalancing": Rebalancing(rebalance="calendar", every=5),
    } | more
    holdings = holdings_of(joint, {"AAPL": 0.5, "IBM": 0.3, "MSFT": 0.1}, {"IBM": SmaCrossover(5, 20)})
    return replace(make_portfolio_job(joint, holdings, **settings), chunk=BLOCK_PATHS)  # type: ignore[arg-type]


def alone(job: Job, folder: Path) -> dict[str, bytes]:
    """What one process finds."""
    run_to_folder(job.experiment, folder)
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def on_the_fleet(bucket: Bucket, job: Job, folder: Path) -> dict[str, bytes]:
    fetch_results(bucket, job, folder)
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def test_a_worker_takes_all_prices_from_the_bucket_and_finds_what_one_process_finds(
    *, joint: JointHistory, queue: Queue, bucket: Bucket, handler: MessageHandler, claim: Claim, tmp_path: Path
) -> None:
    job = portfolio_job(joint)
    assert job.id.startswith("AAPL-IBM-MSFT-")
    assert len(job.to_json()) < 5000
    submit(job, joint, queue, bucket)
    assert bucket.get(keys.input_key("prices", joint.digest)) == joint.to_csv()
    do_all(handler, queue, claim)
    assert status(bucket, job.id).state == "complete"
    found = on_the_fleet(bucket, job, tmp_path / "fetched")
    assert found == alone(job, tmp_path / "alone")
    assert found.keys() == {"paths.csv", *job.experiment.result_files}
    for name in ("contributions", "beating", "correlations", "stylized_facts", "equity", "summary", "facts"):
        assert bucket.get(keys.table_key(name, job.id))


def test_a_page_has_its_prices_at_hand_and_a_message_says_what_is_held(
    joint: JointHistory, queue: Queue, bucket: Bucket
) -> None:
    job = portfolio_job(joint)
    submit(job, joint, queue, bucket)
    read = Job.from_json(job.to_json())
    assert read == job
    told = attributes(read, bucket.name)
    assert (told["stock"], told["rebalance"]) == ("AAPL&IBM&MSFT", "calendar")
    assert told["holdings"] == "AAPL 50 %, IBM 30 % by sma-crossover, short 5, long 20, MSFT 10 %"
    ready = at_hand(bucket, read)
    assert ready.experiment.history.at_hand.digest == joint.digest  # type: ignore[attr-defined]
    assert ready.to_json() == job.to_json()
    again = with_seed(ready, 8)
    assert again.id != job.id
    assert with_seed(again, 7).to_json() == replace(job, chunk=again.chunk).to_json()


def test_prices_that_were_altered_are_poison_in_words(
    *,
    joint: JointHistory,
    queue: Queue,
    bucket: Bucket,
    handler: MessageHandler,
    claim: Claim,
    dead_letters: Queue,
) -> None:
    job = portfolio_job(joint)
    submit(job, joint, queue, bucket)
    key = keys.input_key("prices", joint.digest)
    bucket.put(key, bucket.get(key).replace(b"2008", b"2009", 1))
    assert do_next(handler, claim) is Disposition.ACK
    reason = f"what job {job.id} was made from has been altered: {key}"
    assert status(bucket, job.id).reason == reason
    assert [str(message.attributes["reason"]) for message in dead(dead_letters)] == [reason]


@pytest.mark.thorough
def test_a_killed_worker_leaves_no_trace_in_the_results_of_a_portfolio(
    *,
    joint: JointHistory,
    queue: Queue,
    bucket: Bucket,
    start_worker: Start,
    eventually: Eventually,
    tmp_path: Path,
) -> None:
    job = portfolio_job(joint, iterations=60 * BLOCK_PATHS)
    submit(job, joint, queue, bucket)
    victim = start_worker()
    eventually(lambda: status(bucket, job.id).done)
    victim.process.kill()
    victim.process.wait(300)
    assert status(bucket, job.id).state == "running"
    assert start_worker("--drain").process.wait(300) == 0
    assert on_the_fleet(bucket, job, tmp_path / "fetched") == alone(job, tmp_path / "alone")
