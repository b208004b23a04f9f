"""The page of the fleet, through HTTP alone."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.config import Config

from fleet import failures, keys
from fleet.dead_letters import dead_letter, peek
from fleet.message import Shard
from fleet.progress import status
from fleet.provenance import Record
from fleet.queue import Message, Queue
from fleet.reports import WorkerReport
from fleet.settings import Settings
from fleet.tree import Range
from tests.denying_aws import DenyingAws
from webui.fleet_watch import SPOT_INTERRUPTION, _prices, today
from worker import instance_metadata

NOW = datetime.now(UTC)
WORKER = WorkerReport(
    worker="i-0123456789abcdef0-7",
    instance="i-0123456789abcdef0",
    type="c7i.large",
    zone="us-east-1a",
    version="1.2.3",
    engine="6",
    since=NOW - timedelta(minutes=10),
    at=NOW,
)


@pytest.fixture
def dead(clients, settings) -> Queue:
    """The dead-letter queue of the web UI, with nothing in it."""
    queue = Queue(clients[0], f"{settings.queue_url}-dead")
    with peek(queue) as letters:
        for letter in letters:
            queue.delete(letter.message)
    return queue


@pytest.fixture
def failed(dead, job, submit_job, bucket, queue):
    """A job that has failed, and a message of no job; both are in the dead-letter queue."""
    job = job.with_experiment(seed=1504)  # no other test has done it
    submit_job(job)
    for message in queue.receive(wait_seconds=1, visibility_seconds=60, at_most=10):
        dead_letter(dead, message, "the rule asked for `12 GB`", "worker-1")
        queue.delete(message)
    dead_letter(dead, Message("id", "<b>hello", "handle", 1, {}), "a message must be JSON", "worker-2")
    failures.give_up(bucket, Shard(job.id, Range(0, 500)), "the rule asked for 12 GB")
    return job


def opened(visitor, eventually, text: str):
    """The page as soon as it has that text."""
    eventually(lambda: text in visitor.open("/fleet").text)
    return visitor.open("/fleet")


def test_what_waits_and_what_failed_is_shown_with_its_reason_and_its_job(visitor, failed, queue, eventually):
    queue.send("work", {})
    page = opened(visitor, eventually, "Send again")
    figures = re.findall(r"<dt>([^<]+)</dt><dd>([^<]*)", page.text)
    found = {name: text.strip() for name, text in figures}
    assert (found["Waiting"], found["In flight"], found["Dead letters"]) == ("1", "0", "2")
    assert "The rule asked for <code>12 GB</code>" in page.text
    assert f'<a href="/jobs/{failed.id}">{failed.id}</a>' in page.text
    assert "A message of no job: <code>&lt;b&gt;hello</code>" in page.text
    assert "Send all again" in page.text


@pytest.mark.thorough
def test_one_dead_letter_is_sent_again_or_deleted_and_the_other_stays(
    *, visitor, failed, queue, bucket, dead, eventually
):
    visitor.press("/fleet/redrive", message="of the test before")  # after which it looks again
    page = opened(visitor, eventually, "Send again")
    first, second = re.findall(r'name="message" value="([^"]+)"', page.text)[::2]
    with peek(dead) as letters:
        by_id = {letter.message.id: letter for letter in letters}
    of_job, other = (first, second) if by_id[first].shard else (second, first)
    assert "1 message sent again." in visitor.press("/fleet/redrive", message=of_job).text
    assert status(bucket, failed.id).state == "queued"
    assert queue.depth().visible == 1
    assert "1 message deleted." in visitor.press("/fleet/discard", message=other).text
    with peek(dead) as letters:
        assert letters == []
    assert "nothing was done" in visitor.press("/fleet/redrive", message=other).text
    opened(visitor, eventually, "None: nothing was given up")


@pytest.mark.thorough
def test_those_of_a_job_or_all_are_sent_again(visitor, failed, queue, dead):
    assert "1 message sent again." in visitor.press("/fleet/redrive", job=failed.id).text
    assert "1 message sent again." in visitor.press("/fleet/redrive", all="yes").text
    assert queue.depth().visible == 2


def test_nothing_is_sent_again_without_the_token_of_the_page(visitor, failed, dead):
    assert visitor.post("/fleet/redrive", {"all": "yes"}).status == 400
    with peek(dead) as letters:
        assert len(letters) == 2


def test_workers_are_shown_with_what_they_do(visitor, settings, bucket, eventually):
    at_work = replace(
        WORKER, job="AAPL-0123456789ab", first=8192, stop=16384, done=1000, path_days_per_second=12_345_678.9
    )
    leaving = replace(WORKER, worker="vm-2", instance="vm", type=None, zone=None, notice=SPOT_INTERRUPTION)
    gone = replace(WORKER, worker="vm-3", left=True)
    for entry in list(bucket.list(keys.WORKERS)):  # of the tests before
        bucket.delete(entry.key)
    for each in (at_work, leaving, gone):
        bucket.put(keys.worker_key(each.worker), each.to_json())
    text = visitor.open("/fleet").text
    assert "<dt>Workers</dt><dd>2 " in text
    assert "1,000 of 8,192, 12,345,679 path-days a second" in text
    assert '<a href="/jobs/AAPL-0123456789ab">' in text
    assert "Spot interruption notice. " in text
    assert "has left" in text
    assert "c7i.large, us-east-1a" in text
    for each in (at_work, leaving, gone):
        bucket.delete(keys.worker_key(each.worker))
    text = visitor.open("/fleet").text
    assert "None has been seen in the last minutes." in text
    [command] = re.findall(r"<pre[^>]*>(.*?)</pre>", text, re.DOTALL)
    assert f"SPOTMC_QUEUE_URL={settings.queue_url} SPOTMC_BUCKET={settings.bucket}" in html.unescape(command)
    assert command.endswith("spotmc worker")


def test_what_is_not_allowed_is_named_and_the_rest_is_shown(serve_web, settings: Settings, failed):
    with DenyingAws(settings.endpoint_url or "") as aws:
        aws.denied = {("sqs:GetQueueUrl", ""), ("s3:GetObject", "workers/")}
        queue_url = settings.queue_url.replace(settings.endpoint_url or "", aws.url)
        page = serve_web(AWS_ENDPOINT_URL=aws.url, SPOTMC_QUEUE_URL=queue_url).open("/fleet")
        assert page.status == 200
        assert "not authorized to perform: sqs:getqueueurl" in page.text
        assert "<dt>Waiting</dt><dd>0 " in page.text
        assert "<dt>Dead letters</dt><dd>? " in page.text


def test_without_any_configuration_it_says_where_to_set_it(serve_web):
    page = serve_web(SPOTMC_QUEUE_URL="").open("/fleet")
    assert page.status == 200
    assert "SPOTMC_QUEUE_URL" in page.text
    assert 'href="/configuration">Configuration</a>.' in page.text


def test_what_was_computed_today_is_added_up_and_says_so_where_it_is_not_all(
    bucket, job, submit_job, do_job, monkeypatch
):
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for seed in (31, 32):
        each = job.with_experiment(seed=seed)
        submit_job(each)
        do_job(each)
    for each in (
        replace(WORKER, notice=SPOT_INTERRUPTION),
        replace(WORKER, worker="vm-9", notice="SIGTERM was received"),
    ):
        bucket.put(keys.worker_key(each.worker), each.to_json())
    found = today(bucket, "us-east-1", midnight)
    assert found.cost.path_days >= 2 * 500 * 60
    assert found.cost.elsewhere_hours > 0
    assert (found.cost.dollars, found.interrupted, found.unpriced) == (0, 1, "")
    assert today(bucket, "us-east-1", datetime.now(UTC) + timedelta(hours=1)).cost.path_days == 0
    monkeypatch.setattr("webui.fleet_watch.JOBS_AT_MOST", 1)
    less = today(bucket, "us-east-1", midnight)
    assert not less.all_of_it
    assert 0 < less.cost.path_days < found.cost.path_days


def test_an_interruption_is_what_workers_call_one():
    assert SPOT_INTERRUPTION == instance_metadata.SPOT_INTERRUPTION


def test_a_price_that_nobody_may_ask_for_is_no_cost_of_nothing(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:9")  # where nobody listens
    record = Record("i-1", "c7i.large", "us-east-1a", "us-east-1", spot=True, began=NOW, seconds=60, path_days=1)
    monkeypatch.setattr("deployment.account._CONFIG", Config(connect_timeout=1, retries={"total_max_attempts": 1}))
    prices, unpriced = _prices("us-east-1", [record])
    assert prices.spot == {}
    assert "cannot look Spot prices up: no answer" in unpriced
