"""Whatever lies in the bucket, pages, commands, workers and the mirror go on, and other jobs are as they were.

``pytest tests/spotmc/test_strange_objects.py --strange 2000`` tries more than `make test` does; ``--strange-seed``
tries others.
"""

import json
import os
import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fleet import failures, kept_histories, keys, listing, progress, trained_models
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, UnreadableObjectError
from fleet.events import Event
from fleet.job import Job
from fleet.message import Shard
from fleet.new_job import make_job, make_sweep_job
from fleet.queue import Queue
from fleet.settings import Settings
from fleet.submit import submit
from fleet.traders import keys as trader_keys
from fleet.tree import Range
from montecarlo.data.history import PriceHistory
from montecarlo.own_rules.in_process import strategy_from
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import SmaCrossover
from montecarlo.strategies.own_rule import RULE
from spotmc.local_stack.mirror import Mirror
from spotmc.local_stack.unfinished_jobs import resend_unfinished
from tests.fleet.traders import examples
from tests.memory_bucket import MemoryBucket
from tests.montecarlo.any_forecast import random_model
from tests.spotmc.strange import ALL_FOLDERS, folder_of, strangenesses, strays
from webui import connection, create_app
from webui.results.comparison import CHARTS
from webui.results.kinds import KINDS
from worker import events
from worker.compute import Provenance
from worker.handler import Disposition, MessageHandler
from worker.instance_metadata import off_ec2
from worker.job_cache import JobCache
from worker.lease import Leases
from worker.reports import Reports
from worker.shutdown import Shutdown

pytestmark = pytest.mark.thorough

BATCH = 8  # strange things at a time

PYTHON_WORDS = re.compile(
    r"codec|indices must be|object is not|invalid literal|Expecting|has no attribute|isoformat|NoneType|"
    r"(Key|Type|Value|Attribute|Index|Overflow)Error|not supported between|broadcast|could not convert"
)

WHOLE_TRADER = "whole"
RULE_TEXT = b"def targets(closes, *, level: float = 2.0): return closes > level"


@dataclass(frozen=True)
class Jobs:
    """Of each kind and in each state one, which together leave an object in each folder; and one that stays whole."""

    whole: Job
    others: list[Job]
    objects: dict[str, bytes]


@pytest.fixture
def bucket(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """In memory: what is tried here is who reads it."""
    bucket = MemoryBucket(settings.bucket)
    monkeypatch.setattr(Bucket, "connect", lambda *_, **__: bucket)
    monkeypatch.setattr(connection, "bucket", lambda: bucket)
    return bucket


@pytest.fixture
def jobs(history: PriceHistory, queue: Queue, bucket: Bucket, do_job: Callable[[Job], None], tmp_path: Path) -> Jobs:
    small = replace(
        make_job(history, strategy=SmaCrossover(5, 20), days=25, iterations=BLOCK_PATHS + 10, seed=1, uncertainty=True),
        chunk=BLOCK_PATHS,
    )
    whole, done, failed, running = (small.with_experiment(seed=seed) for seed in range(4))
    sweep = make_sweep_job(
        history, strategy=SmaCrossover(2, 20), over={"short": (3, 5, 8)}, days=25, iterations=500, seed=1
    )
    (tmp_path / "above.py").write_bytes(RULE_TEXT)
    own = make_job(history, strategy=strategy_from(tmp_path / "above.py"), days=20, iterations=500, seed=1)
    for job in (whole, done, failed, running, sweep):
        submit(job, history, queue, bucket)
    submit(own, history, queue, bucket, {RULE: RULE_TEXT})
    for job in (whole, done, sweep, own):
        do_job(job)
    do_job(running)
    bucket.delete(keys.summary_key(running.id))
    shard = Shard(failed.id, Range(0, BLOCK_PATHS))
    failures.record(bucket, shard, "worker", "out of luck")
    failures.give_up(bucket, shard, "out of luck")
    progress.cancel(bucket, running.id)
    trained_models.keep(bucket, random_model(1, n=4))
    kept_histories.change(bucket, history.symbol, lambda state: history)
    bucket.put(f"{keys.sagemaker_folder('spotmc-train')}output/model.tar.gz", b"what a training job has left")
    for key, content in examples.all_objects(history).items():
        bucket.put(key, content)
    bucket.put(trader_keys.trader_key(WHOLE_TRADER), examples.settings_of(history, WHOLE_TRADER).to_json())
    # What a worker says that has just begun with the last chunk of one job.
    saying = Reports(Provenance("tester", "0", off_ec2()), bucket, Shutdown(), print, iter(range(1000)).__next__)
    with saying.chunk(whole, list(whole.tree.leaves())[-1]) as in_hand:
        in_hand.begin()
        in_hand.progress(5)
        saying.report()
        saying.report()
    return Jobs(
        whole, [done, failed, running, sweep, own], {entry.key: bucket.get(entry.key) for entry in bucket.list("")}
    )


@dataclass(frozen=True)
class Everybody:
    """Who reads the bucket; each method fails where something other than an explanation comes of that."""

    jobs: Jobs
    queue: Queue
    bucket: Bucket
    pages: FlaskClient
    spotmc: Callable[..., tuple[int, str, str]]
    folder: Path

    def visit(self, *, pictures: bool = True) -> None:
        """Each page, picture and file."""
        for address in ("/", "/train"):  # which offer the histories that are kept
            self._page(address)
        assert f"/traders/{WHOLE_TRADER}" in self._page("/traders"), "another trader is harmed"
        for address in (f"/traders/{WHOLE_TRADER}", f"/api/traders/{WHOLE_TRADER}"):
            self._page(address)
        for more in ("", "/parts", "/report.csv"):
            self._page(f"/traders/{examples.NAME}{more}", whole=False)
        for more in ("", "/report", "/trades", "/orders"):
            self._page(f"/api/traders/{examples.NAME}{more}", whole=False)
        home = self._page("/jobs")
        row = home[home.index(f'"/jobs/{self.jobs.whole.id}"') :].partition("</tr>")[0]
        assert "complete" in row, "another job is harmed"
        for job in (self.jobs.whole, *self.jobs.others):
            kind = KINDS[job.experiment.kind]
            files = [*job.experiment.result_files, job.experiment.rows_file, "warnings.txt"]
            drawn = [name for name, chart in kind.charts.items() if chart.wanted(job)]
            page = f"/jobs/{job.id}"
            scripts = [f"/api{page}{more}" for more in ("", "/definition", "/results", "/so-far")]
            addresses = [page, *scripts, *(f"{page}/{name}" for name in files if name)]
            for address in addresses + [f"/api{page}/charts/{each}" for each in drawn if pictures]:
                self._page(address, whole=job is self.jobs.whole)
        several = "&".join(f"job={job.id}" for job in (self.jobs.whole, *self.jobs.others[:4]))
        for address in (f"/compare?{several}", f"/api/compare?{several}"):
            self._page(address)
        for name in CHARTS if pictures else ():
            self._page(f"/api/compare/charts/{name}?{several}", whole=False)

    def _page(self, address: str, *, whole: bool = True) -> str:
        try:
            answer = self.pages.get(address)
            text = answer.get_data().decode(errors="replace")
        except (UnreadableObjectError, MissingObjectError):
            assert not whole
            assert address.endswith(".csv"), "only rows break off in the middle"
            return ""
        assert answer.status_code == 200 if whole else answer.status_code < 500, address
        assert "out of reach" not in text
        if not address.endswith(".csv") and not address.startswith("/api/"):
            assert not PYTHON_WORDS.search(text), address
        return text

    def command(self, job: Job) -> None:
        """The commands that look at jobs, at this one above all."""
        status, listed, _ = self.spotmc("jobs")
        assert status == 0
        assert any(self.jobs.whole.id in line and "complete" in line for line in listed.splitlines())
        for words in (["jobs", "--json"], ["status", job.id], ["status", job.id, "--json"], ["cost", "--json"]):
            status, out, error = self.spotmc(*words)
            assert not PYTHON_WORDS.search(out + error)
            assert status == 0 or f"cannot read {keys.folder(job.id)}" in error or "there is no job" in error, error
            if "--json" in words and status == 0:
                json.loads(out)
        for words in (["history", "list"], ["history", "list", "--json"]):
            status, out, error = self.spotmc(*words)
            assert status == 0, error
            assert not PYTHON_WORDS.search(out + error)
        status, out, error = self.spotmc("trader", "list")
        assert status == 0, error
        assert WHOLE_TRADER in out, "another trader is harmed"
        assert not PYTHON_WORDS.search(out + error)
        for words in (["status"], ["status", "--json"], ["report"]):
            _, out, error = self.spotmc("trader", words[0], examples.NAME, *words[1:])
            assert not PYTHON_WORDS.search(out + error), error
        status, _, error = self.spotmc("results", job.id, "--out", str(self.folder / "out" / job.id))
        assert status == 0 or job.id in error, error
        assert not PYTHON_WORDS.search(error)

    def mirror(self) -> None:
        """What the local stack does between and at its starts."""
        mirror = Mirror(self.bucket, self.folder / "mirror")
        mirror.update()
        mirror.restore()
        resend_unfinished(self.queue, self.bucket)

    def work(self) -> list[str]:
        """Do all messages of all jobs, as a worker does; reasons why some were given up."""
        told: list[Event] = []
        shutdown = Shutdown()
        provenance = Provenance("tester", "0", off_ec2())
        handler = MessageHandler(
            provenance, self.queue, self.queue.dead_letters(), self.bucket,
            JobCache(self.bucket, "tester"), threading.Lock(), shutdown, told.append,
            Reports(provenance, self.bucket, shutdown, told.append), runs_own_rules=False,
        )  # fmt: skip
        leases = Leases(self.queue, 300, told.append)
        for job in self.jobs.others:
            self.queue.send_all([Shard(job.id, node).to_body() for node in job.tree.first_level()], {})
        while messages := self.queue.receive(wait_seconds=0, visibility_seconds=300):
            for message in messages:
                with leases.held(message) as lease:
                    disposition = handler.do(lease)
                if disposition is Disposition.RETRY:
                    self.queue.release(message)
                else:
                    assert disposition is Disposition.ACK
                    self.queue.delete(message)
        assert not [event for event in told if isinstance(event, events.Troubled)], "that is no trouble with the bucket"
        assert not shutdown.deadline, "nothing is wrong with the machine"
        given_up = [event.reason for event in told if isinstance(event, events.Failed) and event.dead]
        letters = []
        while messages := self.queue.dead_letters().receive(wait_seconds=0, visibility_seconds=300, at_most=10):
            letters += messages
        assert sorted(str(each.attributes["reason"]) for each in letters) == sorted(map(_shown, given_up)), (
            "one is lost"
        )
        for each in letters:
            self.queue.dead_letters().delete(each)
        return given_up

    def states(self) -> list[tuple[object, ...]]:
        """How far each job is."""
        return [
            (each.id, each.state, each.reason, getattr(each, "done", None)) for each in listing.recent(self.bucket).rows
        ]

    def mirrored(self) -> set[Path]:
        return {path for path in (self.folder / "mirror").rglob("*") if path.is_file()}

    def mend(self) -> None:
        """Everything as it was at first."""
        for entry in list(self.bucket.list("")):
            if entry.key not in self.jobs.objects:
                self.bucket.delete(entry.key)
        for key, content in self.jobs.objects.items():
            self.bucket.put(key, content)


def _shown(reason: str) -> str:
    return reason[: failures.REASON_AT_MOST]


@pytest.fixture
def everybody(
    jobs: Jobs, queue: Queue, bucket: Bucket, spotmc: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> Everybody:
    app: Flask = create_app({"TESTING": True, "ENVIRONMENT": {**os.environ, "SPOTMC_WEB_DATA": str(tmp_path / "web")}})
    return Everybody(jobs, queue, bucket, app.test_client(), spotmc, tmp_path)


def test_the_jobs_leave_an_object_in_each_folder_there_is(jobs: Jobs) -> None:
    """So that a new one is tried, too: add a job that leaves something there."""
    assert {folder_of(key) for key in jobs.objects} == ALL_FOLDERS
    assert all(keys.is_ours(key) for key in jobs.objects)


def test_what_others_put_there_is_as_if_it_were_not(everybody: Everybody) -> None:
    everybody.mirror()
    before = everybody.states(), everybody.mirrored()
    for each in strays(everybody.jobs.objects):
        everybody.bucket.put(each, b"")
    everybody.visit()
    everybody.mirror()
    for job in everybody.jobs.others:
        everybody.command(job)
    assert (everybody.states(), everybody.mirrored()) == before
    assert all("this worker runs none" in reason for reason in everybody.work()), "no message is given up for that"


@pytest.mark.filterwarnings("ignore")  # of overflows in numbers that somebody made up
def test_strange_objects_are_said_about_their_job_and_harm_no_other(
    everybody: Everybody, request: pytest.FixtureRequest
) -> None:
    seed, cases = (request.config.getoption(name) for name in ("--strange-seed", "--strange"))
    choose = random.Random(seed)
    whole = (everybody.jobs.whole.id, f"/{WHOLE_TRADER}/")
    ours = {key: content for key, content in everybody.jobs.objects.items() if not any(each in key for each in whole)}
    found = strangenesses(ours, choose)
    for _ in range(0, cases, BATCH):
        for each in islice(found, BATCH):
            if each.content is None:
                everybody.bucket.delete(each.key)
            else:
                everybody.bucket.put(each.key, each.content)
        everybody.visit()
        everybody.mirror()
        everybody.command(choose.choice(everybody.jobs.others))
        everybody.work()
        everybody.visit(pictures=False)
        everybody.mend()
