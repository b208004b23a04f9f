"""People's own rules on workers: done where they are allowed, and poison to their own job alone if they misbehave."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from fleet import keys
from fleet.bucket import Bucket
from fleet.events import Event
from fleet.job import Job
from fleet.new_job import make_job, make_sweep_job
from fleet.progress import status
from fleet.queue import Queue
from fleet.results import fetch_results, result
from fleet.submit import submit
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.run import run_to_folder
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.submission import rule_at_hand
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import Momentum
from spotmc.local_stack.processes import Child
from tests.worker.one_message import Claim, dead, do_all, do_next
from worker import events, own_rules
from worker.handler import Disposition, MessageHandler
from worker.own_rules import most_bytes
from worker.shutdown import Shutdown, ShutdownDeadline

Submit = Callable[[Job], None]
SubmitRule = Callable[..., Job]
Start = Callable[..., Child]
Eventually = Callable[..., None]

MOMENTUM = """
import numpy as np

def targets(closes, *, lookback: int = 20, band: float = 0.02):
    wanted = np.zeros(closes.shape)
    wanted[lookback:] = closes[lookback:] > closes[:-lookback] * (1 + band)
    return wanted

def first_decision(*, lookback):
    return lookback
"""


@pytest.fixture(autouse=True)
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the workers of this test leave their status files."""
    monkeypatch.setenv("SPOTMC_RUN_DIR", str(tmp_path / "run"))


@pytest.fixture
def willing(handler: MessageHandler) -> MessageHandler:
    """A handler that runs people's own rules."""
    return replace(handler, runs_own_rules=True)


@pytest.fixture
def submit_rule(history: PriceHistory, queue: Queue, bucket: Bucket) -> SubmitRule:
    """Submit a job with a rule from the text of its file; it has not been tried."""

    def make(text: str, over: dict[str, Any] | None = None, **settings: Any) -> Job:
        file = RuleFile("my_rule.py", dedent(text).encode())
        settings = {"days": 60, "iterations": 500, "seed": 7} | settings
        with rule_at_hand(file) as rule:
            if over is None:
                job = make_job(history, strategy=rule, **settings)
            else:
                job = make_sweep_job(history, strategy=rule, over=over, **settings)
        job = replace(job, chunk=BLOCK_PATHS)
        submit(job, history, queue, bucket, {"rule": file.source})
        return job

    return make


def reasons(dead_letters: Queue) -> list[str]:
    return [str(message.attributes["reason"]) for message in dead(dead_letters)]


def rows_and_summary(bucket: Bucket, job: Job, folder: Path) -> list[bytes]:
    fetch_results(bucket, job, folder)
    return [(folder / name).read_bytes() for name in ("paths.csv", "summary.csv")]


def test_a_job_with_a_rule_has_the_results_of_the_same_rule_compiled(
    *,
    submit_rule: SubmitRule,
    willing: MessageHandler,
    queue: Queue,
    claim: Claim,
    bucket: Bucket,
    history: PriceHistory,
    tmp_path: Path,
) -> None:
    job = submit_rule(MOMENTUM, iterations=2 * BLOCK_PATHS + 10)
    do_all(willing, queue, claim)
    assert status(bucket, job.id).state == "complete"
    compiled = make_job(history, strategy=Momentum(20, 0.02), days=60, iterations=2 * BLOCK_PATHS + 10, seed=7)
    run_to_folder(compiled.experiment, tmp_path)
    alone = [(tmp_path / name).read_bytes() for name in ("paths.csv", "summary.csv")]
    assert rows_and_summary(bucket, job, tmp_path / "fetched") == alone


def test_so_has_a_sweep_of_it(
    *,
    submit_rule: SubmitRule,
    willing: MessageHandler,
    queue: Queue,
    claim: Claim,
    bucket: Bucket,
    history: PriceHistory,
    tmp_path: Path,
) -> None:
    over = {"lookback": (10, 20, 30)}
    job = submit_rule(MOMENTUM, over, iterations=2 * BLOCK_PATHS + 10, warm_up=True)
    do_all(willing, queue, claim)
    alone = make_sweep_job(
        history,
        strategy=Momentum(20, 0.02),
        over=over,
        days=60,
        iterations=2 * BLOCK_PATHS + 10,
        seed=7,
        warm_up=True,
    )
    found = run_to_folder(alone.experiment, tmp_path)
    assert found == {name: result(bucket, job, name) for name in ("sweep.csv", "summary.csv")}


def test_where_it_is_not_allowed_the_job_fails_with_what_to_set_and_other_jobs_are_done(
    *,
    submit_rule: SubmitRule,
    submit_job: Submit,
    handler: MessageHandler,
    queue: Queue,
    claim: Claim,
    job: Job,
    bucket: Bucket,
    dead_letters: Queue,
) -> None:
    theirs = submit_rule(MOMENTUM)
    submit_job(job)
    do_all(handler, queue, claim)
    failed = status(bucket, theirs.id)
    expected = (
        f"job {theirs.id} has a person's own rule, my_rule.py, and this worker runs none: set SPOTMC_OWN_RULES=allow "
        "for the workers; on AWS, the stack parameter OwnRules"
    )
    assert (failed.state, failed.reason) == ("failed", expected)
    assert reasons(dead_letters) == [expected]
    assert status(bucket, job.id).state == "complete"


FAILING = {
    "raises": ("raise ZeroDivisionError('none')", "failed:\n  my_rule.py, line 2, in targets\n"),
    "loops": ("while True: pass", "my_rule.py did not answer within 0.5 s"),
    "fills memory": ("kept = [bytes(10**7) for _ in range(10**6)]", "my_rule.py took more than "),
    "exits": ("import os; os._exit(1)", "my_rule.py ended its process, with status 1"),
    "crashes": ("import os; os.abort()", "my_rule.py was ended by SIGABRT"),
    "wants too much": ("return closes * 1e9", "my_rule.py: targets must be -1, 0 or 1"),
}


@pytest.mark.parametrize(("body", "reason"), FAILING.values(), ids=FAILING)
def test_a_rule_that_misbehaves_is_poison_at_once_and_the_worker_goes_on(
    *,
    body: str,
    reason: str,
    submit_rule: SubmitRule,
    submit_job: Submit,
    willing: MessageHandler,
    queue: Queue,
    claim: Claim,
    job: Job,
    bucket: Bucket,
    dead_letters: Queue,
    emitted: list[Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_rules, "SECONDS", 0.5)
    monkeypatch.setattr(own_rules, "SHARE_OF_MEMORY", 0.01)
    theirs = submit_rule(f"def targets(closes):\n    {body}")
    with claim() as lease:
        assert willing.do(lease) is Disposition.ACK
    queue.delete(lease.message)
    [failed] = [event for event in emitted if isinstance(event, events.Failed)]
    assert failed.dead
    assert reason in failed.reason
    assert reason in status(bucket, theirs.id).reason
    assert [reason in each for each in reasons(dead_letters)] == [True]
    assert willing.shutdown.deadline is None, "nothing is wrong with this machine"
    submit_job(job)
    do_all(willing, queue, claim)
    assert status(bucket, job.id).state == "complete"


def test_a_rule_that_is_not_what_was_submitted_is_not_run(
    *, submit_rule: SubmitRule, willing: MessageHandler, claim: Claim, bucket: Bucket, tmp_path: Path
) -> None:
    job = submit_rule(MOMENTUM)
    key = keys.input_key("rule", job.inputs["rule"])
    bucket.put(key, f"open({str(tmp_path / 'harm')!r}, 'w')".encode())
    do_next(willing, claim)
    assert status(bucket, job.id).reason == f"what job {job.id} was made from has been altered: {key}"
    assert not (tmp_path / "harm").exists()


def in_background(handler: MessageHandler, claim: Claim) -> tuple[threading.Thread, list[Disposition]]:
    dispositions: list[Disposition] = []
    thread = threading.Thread(target=lambda: dispositions.append(do_next(handler, claim)), daemon=True)
    thread.start()
    return thread, dispositions


def test_a_worker_that_has_to_go_does_not_wait_for_a_rule(
    *,
    submit_rule: SubmitRule,
    willing: MessageHandler,
    claim: Claim,
    emitted: list[Event],
    shutdown: Shutdown,
    eventually: Eventually,
) -> None:
    submit_rule("import time\ndef targets(closes):\n    time.sleep(1000)")
    thread, dispositions = in_background(willing, claim)
    eventually(lambda: any(isinstance(event, events.Begun) for event in emitted))
    shutdown.request(ShutdownDeadline("it has to go", by=time.monotonic()))
    thread.join(5)
    assert dispositions == [Disposition.RELEASE]


def test_the_memory_of_a_small_machine_is_shared_by_its_cores() -> None:
    assert most_bytes(2**40, 4) == 2 * 2**30
    assert most_bytes(4 * 2**30, 2) == int(1.2 * 2**30)


def emitted_by(worker: Child, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if line.endswith("}")]
    return [line for line in lines if line.get("event") == event]


@pytest.mark.thorough
def test_worker_processes_share_a_job_with_a_rule(
    *,
    submit_rule: SubmitRule,
    start_worker: Start,
    bucket: Bucket,
    history: PriceHistory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPOTMC_OWN_RULES", "allow")
    job = submit_rule(MOMENTUM, iterations=12 * BLOCK_PATHS)
    workers = [start_worker("--drain") for _ in range(2)]
    assert [worker.process.wait(300) for worker in workers] == [0, 0]
    compiled = make_job(history, strategy=Momentum(20, 0.02), days=60, iterations=12 * BLOCK_PATHS, seed=7)
    run_to_folder(compiled.experiment, tmp_path)
    alone = [(tmp_path / name).read_bytes() for name in ("paths.csv", "summary.csv")]
    assert rows_and_summary(bucket, job, tmp_path / "fetched") == alone


def test_a_worker_process_runs_none_unless_it_is_told_to(
    *, submit_rule: SubmitRule, submit_job: Submit, job: Job, start_worker: Start, bucket: Bucket
) -> None:
    theirs = submit_rule(MOMENTUM)
    submit_job(job)
    assert start_worker("--drain").process.wait(300) == 0
    assert "set SPOTMC_OWN_RULES=allow for the workers" in status(bucket, theirs.id).reason
    assert status(bucket, job.id).state == "complete"


def test_a_worker_process_outlives_a_rule_that_never_returns_and_leaves_in_time(
    *, submit_rule: SubmitRule, start_worker: Start, eventually: Eventually
) -> None:
    submit_rule("def targets(closes):\n    while True: pass")
    worker = start_worker("--own-rules", "allow", "--stop-seconds", "5")
    eventually(lambda: emitted_by(worker, "begun"))
    worker.process.terminate()
    assert worker.process.wait(30) == 0
    assert emitted_by(worker, "handed-back")
