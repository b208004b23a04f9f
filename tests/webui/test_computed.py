"""Who computed a job, how long, and for how much, in words."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deployment.cost import Cost
from deployment.machine_prices import MachinePrices, PricesError
from fleet import keys, provenance
from fleet.errors import FleetError
from fleet.progress import State, Status
from fleet.provenance import Record, Records
from fleet.reports import WorkerReport
from fleet.tree import Range
from tests.memory_bucket import MemoryBucket
from webui import costs
from webui.costs import Costs
from webui.results.computed import RECORDS_READ, computed, cost_in_words, duration, in_words
from webui.results.running import NOBODY, waiting, worker_in_words
from worker.compute import Provenance, compute
from worker.instance_metadata import off_ec2

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def record(instance: str = "i-1", seconds: float = 60, minutes: float = 0, **machine: object) -> Record:
    where = {"type": "c7i.large", "zone": "us-east-1a", "region": "us-east-1", "spot": True} | machine
    return Record(instance=instance, began=NOON + timedelta(minutes=minutes), seconds=seconds, path_days=1000, **where)


def here(seconds: float) -> Record:
    return record("laptop", seconds, type=None, zone=None, region=None, spot=None)


def test_a_laptop_costs_nothing():
    assert in_words([here(3.21)], 1.0, "laptop") == (
        "This machine computed it in 3.2 s, at 2026-11-20 12:00 UTC. It cost nothing."
    )
    assert in_words([here(3.21)], 1.0, "another").startswith("1 machine computed it in 3.2 s of machine time")


def test_the_time_of_machines_is_added_up_and_where_only_some_was_read_estimated():
    records = [record("i-1", 60), record("i-2", 60, minutes=60 * 12)]
    assert in_words(records, 1.0, "laptop") == (
        "2 machines computed it in 2.0 minutes of machine time, between 2026-11-20 12:00 and 2026-11-21 00:01 UTC."
    )
    assert in_words(records, 0.1, "laptop").endswith(
        "computed it in about 20.0 minutes of machine time, between 2026-11-20 12:00 and 2026-11-21 00:01 UTC. That is "
        "estimated from 2 chunks."
    )
    assert in_words([], 1.0, "laptop") == ""


def test_what_it_cost_is_said_with_what_is_not_in_it():
    cost = Cost(hours=2, dollars=0.08, on_demand=0.2, path_days=10)
    assert cost_in_words(cost, 1.0) == (
        "Computing it cost $0.0800 at the prices of that time, 60 % less than On-Demand; booting and waiting "
        "come on top."
    )
    assert cost_in_words(cost, 0.5).startswith("Computing it cost about $0.1600")
    partly = cost + Cost(unpriced_hours=0.5, elsewhere_hours=0.25)
    assert cost_in_words(partly, 1.0).endswith(
        "For 30.0 minutes of it AWS tells no price. For 15.0 minutes it was computed on machines that are not on EC2."
    )
    assert cost_in_words(Cost(elsewhere_hours=1), 1.0) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.96, "10.0 s"),
        (59.6, "60 s"),
        (150, "2.5 minutes"),
        (9000, "2.5 hours"),
        (864_000, "10.0 days"),
    ],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_of_a_job_with_very_many_chunks_only_so_many_records_are_read(job, monkeypatch):
    bucket = MemoryBucket("bucket")
    mine = job.with_experiment(iterations=1024 * 5000)
    content = compute(job, Range(0, 500), Provenance("nobody", "0", off_ec2()), lambda paths: None)[0].record
    for first in range(0, 1024 * 5000, 1024):
        bucket.put(keys.record_key(mine.id, Range(first, first + 1024)), content)
    asked = []
    monkeypatch.setattr(bucket, "get", lambda key: asked.append(key) or content)
    found = computed(bucket, mine, mine.experiment.units)
    assert len(asked) == len(found.records.read) <= RECORDS_READ
    assert 0 < found.share < 1
    assert "That is estimated from" in found.words
    assert len(provenance.of_job(bucket, mine.id).read) == 5000


def test_who_waits_is_told_for_what_and_without_workers_how_to_start_one(job):
    about = WorkerReport(
        worker="w", instance="i", type=None, zone=None, version="1", engine="6", since=NOON, at=NOON
    )  # fmt: skip

    def words(ahead: int, *workers: WorkerReport, state: State = "queued") -> str:
        return waiting(Status(job, state, NOON, 0, ahead=ahead, workers=workers))

    assert words(0) == words(1) == NOBODY
    assert words(2, about) == "", "that it waits behind two jobs is said where it is said how far it is"
    assert words(0, about, about) == "2 workers can take it as soon as one is free."
    assert words(0, state="running") == ""


def test_a_worker_is_named_with_its_machine_and_what_it_does():
    machine = {"worker": "i-1-7", "instance": "i-1", "type": "c7i.large", "zone": "us-east-1a"}
    report = WorkerReport(**machine, version="1", engine="6", since=NOON, at=NOON)
    assert worker_in_words(report, "path") == {
        "name": "i-1-7", "place": "c7i.large, us-east-1a", "doing": "waits for work"
    }  # fmt: skip
    busy = replace(report, job="a", first=2048, stop=4096, done=1024, path_days_per_second=123456.0, notice="told to")
    assert worker_in_words(busy, "path")["doing"] == (
        "1,024 of 2,048 paths from 2,048 on, 123,000 path-days a second; about to go: told to"
    )


def test_a_cost_is_looked_up_behind_the_back_of_a_page_and_a_failure_is_told(monkeypatch, tmp_path, eventually):
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    costs, records = Costs(), Records([record()], [])
    assert costs.of("a-job", records) is None
    eventually(lambda: isinstance(costs.of("a-job", records), PricesError))
    assert "look Spot prices up" in str(costs.of("a-job", records))
    eventually(lambda: costs.of("another", Records([here(3600)], [])) == Cost(elsewhere_hours=1, path_days=1000))


def test_however_many_costs_are_asked_for_only_some_wait_and_each_gets_a_turn(monkeypatch, eventually):
    go_on = threading.Event()
    monkeypatch.setattr(costs, "prices_of", lambda records: go_on.wait() and MachinePrices())
    known, before = Costs(), threading.active_count()
    jobs = [f"job-{number}" for number in range(3 * costs.WAITING)]
    assert {known.of(each, Records([], [])) for each in jobs} == {None}
    assert threading.active_count() - before <= costs.WAITING
    go_on.set()
    for each in jobs:
        eventually(lambda each=each: known.of(each, Records([], [])) == Cost())


def test_a_fault_while_a_cost_is_looked_up_is_told_and_not_waited_for(monkeypatch, eventually, caplog):
    monkeypatch.setattr(costs, "prices_of", lambda records: {}["no such price"])
    known = Costs()
    eventually(lambda: isinstance(known.of("a-job", Records([], [])), FleetError))
    assert "its log says more" in str(known.of("a-job", Records([], [])))
    assert "no such price" in caplog.text
