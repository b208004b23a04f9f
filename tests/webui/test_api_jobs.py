"""What a script can do with jobs, and what it is told."""

import json
import math
from typing import Any

import pytest

from fleet.job_store import load_job
from fleet.new_job import make_job
from fleet.results import result
from montecarlo.statistics.summary import summary_from_csv
from montecarlo.strategies import SmaCrossover
from tests.webui.conftest import Visitor

SMALL = {
    "symbol": "AAPL",
    "source": "sample",
    "strategy": "sma-crossover",
    "short": 5,
    "long": 20,
    "days": 60,
    "iterations": 300,
    "model": "normal",
}


def test_a_job_that_a_script_submits_is_the_one_that_the_form_makes(visitor, bucket, queue):
    made = visitor.ask("/api/jobs", {**SMALL, "seed": 7, "warm_up": True, "capital": 5e4})
    assert made.status == 201
    job_id = made.value["job_id"]
    assert made.headers["Location"] == f"/api/jobs/{job_id}"
    texts = {name: str(value) for name, value in SMALL.items()} | {"seed": "7", "warm_up": "true", "capital": "50000"}
    assert visitor.send_job(**texts).url == f"{visitor.web}/jobs/{job_id}"
    assert queue.depth().visible == 1, "sent once"
    told = visitor.ask(f"/api/jobs/{job_id}").value
    assert (told["state"], told["units"], told["symbol"]) == ("queued", 300, "AAPL")
    definition = visitor.ask(f"/api/jobs/{job_id}/definition").value
    assert definition == load_job(bucket, job_id).to_dict()


def test_the_same_job_twice_is_one_job_and_answers_the_same(visitor, queue):
    answers = [visitor.ask("/api/jobs", {**SMALL, "seed": 8}) for _ in range(2)]
    assert [each.status for each in answers] == [201, 201]
    assert answers[0].value == answers[1].value
    assert queue.depth().visible == 1


def test_without_a_seed_the_key_of_a_request_says_whether_it_is_the_same_job(visitor):
    same = [visitor.ask("/api/jobs", SMALL, Idempotency_Key="nightly-42").value["job_id"] for _ in range(2)]
    others = [visitor.ask("/api/jobs", SMALL, **more).value["job_id"] for more in ({"Idempotency_Key": "x"}, {}, {})]
    assert len({*same}) == 1
    assert len({*same, *others}) == 4


def test_a_preview_says_what_would_be_sent_and_sends_nothing(visitor, queue):
    told = visitor.ask("/api/jobs", {**SMALL, "seed": 9, "preview": True})
    assert told.status == 200
    [message] = told.value["messages"]
    assert message["job"] == told.value["job"]["id"]
    assert queue.depth().empty
    assert visitor.ask(f"/api/jobs/{message['job']}").status == 404


@pytest.mark.parametrize(
    ("sent", "problems"),
    [
        ({}, {"strategy": "is missing"}),
        ({**SMALL, "days": -1}, {"days": "must be a whole number from"}),
        (
            {**SMALL, "short": "ten", "model": "x"},
            {"sma-crossover.short": "must be a whole", "model": "must be one of"},
        ),
        ({**SMALL, "iterations": 2.5}, {"iterations": "must be a whole number"}),
        ({**SMALL, "iterations": [1]}, {"iterations": "must be a whole number from 1 to 1,000,000,000,000, not [1]"}),
        ({**SMALL, "short": 30}, {"sma-crossover.short": "must be less than long"}),
        ({**SMALL, "channel": 3}, {"'channel'": "is neither a field of the form nor a parameter of sma-crossover"}),
        ({**SMALL, "breakout.channel": 3}, {"'breakout.channel'": "is neither a field"}),
        ({**SMALL, "sma-crossover.short": 3}, {"short": "is given twice"}),
        ({**SMALL, "symbol": "NOSUCH"}, {"symbol": "NOSUCH"}),
    ],
)
def test_what_cannot_be_used_is_told_field_by_field(visitor, queue, sent, problems):
    told = visitor.ask("/api/jobs", sent)
    assert told.status == 400
    assert told.value["type"] == "/api/openapi.json#/components/schemas/FormProblem"
    assert told.value["problems"].keys() == problems.keys()
    for name, problem in problems.items():
        assert problem in told.value["problems"][name]
    assert queue.depth().empty


@pytest.mark.parametrize("sent", [b"", b"[]", b"{", b"\xff", b'{"days": NaN}', b"[" * 100_000])
def test_what_is_no_object_is_told(visitor, sent):
    told = visitor.ask("/api/jobs", sent)
    assert told.status == 400
    assert told.value["detail"]


def test_results_are_the_numbers_of_the_files(visitor, submit_job, do_job, history, bucket):
    job = make_job(history, strategy=SmaCrossover(5, 20), days=60, iterations=300, seed=103, uncertainty=True)
    submit_job(job)
    early = visitor.ask(f"/api/jobs/{job.id}/results")
    assert (early.status, early.value["title"]) == (404, "No results yet")
    do_job(job)
    told = visitor.ask(f"/api/jobs/{job.id}/results").value
    summary = summary_from_csv(result(bucket, job)).set_index("statistic")
    found = {line["statistic"]: line for line in told["tables"]["summary"]}
    assert found.keys() == set(summary.index)
    for statistic, value, low in summary[["value", "low"]].itertuples():
        assert found[statistic]["value"] == (None if math.isnan(value) else value)
        assert found[statistic]["low"] == (None if math.isnan(low) else low)
    assert {line["statement"] for line in told["tables"]["uncertainty"]} == {"range", "predictive", "drift"}
    assert "loses money in" in told["sentence"]
    for name, address in told["files"].items():
        assert visitor.open(address).status == 200, name


def test_jobs_are_listed_by_pages_newest_first_and_as_asked_for(visitor, submit_job, job):
    jobs = [job.with_experiment(seed=200 + n) for n in range(5)]
    for each in jobs:
        submit_job(each)
    found: list[str] = []
    older: str | None = ""
    while older is not None and len(found) < 5:
        page = visitor.ask(f"/api/jobs?limit=2{f'&after={older}' if older else ''}").value
        found += [each["job_id"] for each in page["jobs"]]
        older = page["older"] or None
    assert found[:5] == [each.id for each in reversed(jobs)]
    one = visitor.ask(f"/api/jobs?name={jobs[3].id.rpartition('-')[2]}").value["jobs"]
    assert [each["job_id"] for each in one] == [jobs[3].id]
    assert visitor.ask(f"/api/jobs?name={jobs[3].id}&state=complete&state=failed").value["jobs"] == []


@pytest.mark.parametrize(
    ("query", "name"),
    [("limit=0", "limit"), ("limit=x", "limit"), ("state=lost", "state"), ("after=x", "after"), ("nmae=x", "'nmae'")],
)
def test_a_query_that_is_not_understood_is_refused(visitor, query, name):
    told = visitor.ask(f"/api/jobs?{query}")
    assert told.status == 400
    assert told.value["problems"].keys() == {name}


def test_a_job_is_cancelled_and_sent_again(visitor):
    job_id = visitor.ask("/api/jobs", {**SMALL, "seed": 10}).value["job_id"]
    assert visitor.ask(f"/api/jobs/{job_id}/cancel", {}).value["state"] == "cancelled"
    assert visitor.ask(f"/api/jobs/{job_id}/send", {}).value["state"] == "queued"
    assert visitor.ask(f"/api/jobs/{job_id}/send", {"force": True}).value["problems"].keys() == {"'force'"}


def test_a_job_whose_queue_is_gone_is_kept_and_the_problem_says_which(serve_web, settings):
    visitor = serve_web(SPOTMC_QUEUE_URL=settings.queue_url + "-that-never-was")
    told = visitor.ask("/api/jobs", {**SMALL, "seed": 11})
    assert (told.status, told.value["title"]) == (503, "Not sent")
    assert visitor.ask(f"/api/jobs/{told.value['job_id']}").value["state"] == "not sent"


def test_without_a_configuration_the_problem_says_what_is_missing(serve_web):
    told = serve_web(SPOTMC_BUCKET="").ask("/api/jobs")
    assert told.status == 503
    assert "SPOTMC_BUCKET" in told.value["detail"]


@pytest.mark.parametrize("job_id", ["AAPL-5-20-0123456789ab", "..%2F..%2Fprices", "<b>"])
@pytest.mark.parametrize("rest", ["", "/charts/fan", "/results", "/definition"])
def test_an_unknown_job_is_a_problem(visitor, job_id, rest):
    told = visitor.ask(f"/api/jobs/{job_id}{rest}")
    assert told.status == told.value["status"] == 404
    assert told.value["type"] == "about:blank"
    assert told.value["title"]
    assert told.value["detail"]


def test_a_chart_is_drawn_for_the_ground_that_is_asked_for(visitor, submit_job, do_job, job):
    submit_job(job)
    do_job(job)
    address = f"/api/jobs/{job.id}/charts"
    drawn = {theme: visitor.ask(f"{address}/fan?theme={theme}").value for theme in ("light", "dark")}
    assert drawn["light"] != drawn["dark"]
    assert visitor.ask(f"{address}/map").value["title"] == "No such chart"
    assert visitor.ask(f"{address}/fan?theme=pink").value["problems"].keys() == {"theme"}


def test_an_address_that_is_none_and_a_request_that_is_none_are_problems(visitor):
    assert visitor.ask("/api/nothing").status == 404
    told = visitor.ask("/api/openapi.json", {})
    assert (told.status, {*told.headers["Allow"].split(", ")}) == (405, {"GET", "HEAD", "OPTIONS"})


@pytest.mark.parametrize("length", [500_000, 5_000_000])
def test_what_is_too_large_is_a_problem(visitor, length):
    assert visitor.ask("/api/jobs", b'{"symbol": "' + b"x" * length + b'"}').status == 413


def test_what_the_fleet_does_is_told(visitor, submit_job, job):
    submit_job(job.with_experiment(seed=300))
    told = visitor.ask("/api/fleet").value
    assert told["queue"] == {"visible": 1, "in_flight": 0, "delayed": 0}
    assert told["dead_letters"] == {"visible": 0, "in_flight": 0, "delayed": 0}
    assert [each for each in told["workers"] if not each["left"]] == [], "those of tests before have gone"
    assert (told["stack"], told["troubles"]) == (None, [])


def test_it_serves_whatever_becomes_of_queue_and_bucket(serve_web):
    visitor: Visitor = serve_web(SPOTMC_BUCKET="", AWS_REGION="")
    told: dict[str, Any] = json.loads(visitor.open("/healthz").text)
    assert told["status"] == "ok"
    assert told["version"]
