import json
from dataclasses import replace

import pytest

from fleet.errors import MessageError
from fleet.job import Job
from fleet.message import Shard, message
from montecarlo.errors import ParameterError
from montecarlo.limits import MAX_WARM_UP
from montecarlo.models import BootstrapModel
from montecarlo.models.bootstrap import MAX_RETURNS
from montecarlo.strategies import SmaCrossover


def test_a_person_reads_the_essentials_in_the_attributes(job: Job) -> None:
    _, attributes = message(job, "my-bucket")
    assert attributes == {
        "stock": "AAPL",
        "short": 5,
        "long": 20,
        "days": 60,
        "iter": 500,
        "key": f"jobs/{job.id}/",
        "bucket": "my-bucket",
    }


def test_the_body_carries_the_whole_job(job: Job) -> None:
    body, _ = message(job, "my-bucket")
    assert json.loads(body) == {"format": 1, "job": json.loads(job.to_json()), "first": 0, "stop": 500}
    assert Shard.from_body(body) == Shard(job, 0, 500)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": True},
        {"format": [[]]},
        {"first": 1},
        {"first": False},
        {"first": -1},
        {"first": None},
        {"stop": 499},
        {"stop": 501},
        {"stop": 500.0},
        {"stop": "500"},
        {"job": None},
        {"job": "AAPL"},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_body_with_an_odd_value_is_refused(job: Job, change: dict[str, object]) -> None:
    body = {**json.loads(Shard.whole(job).to_body()), **change}
    with pytest.raises((MessageError, ParameterError)):
        Shard.from_body(json.dumps(body))


@pytest.mark.parametrize("missing", ["format", "job", "first", "stop"])
def test_a_body_that_lacks_something_is_refused(job: Job, missing: str) -> None:
    body = json.loads(Shard.whole(job).to_body())
    del body[missing]
    with pytest.raises(MessageError):
        Shard.from_body(json.dumps(body))


def test_the_longest_histories_that_a_job_may_carry_fit_into_a_message(job: Job) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
    returns, closes = (-1.2345678901234567e-100,) * MAX_RETURNS, (1.2345678901234567e-09,) * MAX_WARM_UP
    simulation = replace(
        job.simulation,
        model=BootstrapModel(80.0, 0.0, 0.0, ("a warning of some length" * 4,) * 10, returns=returns, block=4.5),
        strategy=SmaCrossover(short=1, long=MAX_WARM_UP + 1),
        warm_up=closes,
    )
    body, attributes = message(replace(job, simulation=simulation), "b" * 63)
    assert Shard.from_body(body).job.simulation == simulation
    assert len(body) + len(json.dumps(attributes)) < 262_144


DEEP = "[" * 100 + "]" * 100


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "{}",
        "[]",
        "null",
        "\ud800",
        "[" * 100_000,
        '{"format": 1, "job": {"format": 1}, "first": 0, "stop": 1}',
    ],
    ids=lambda body: body[:20],
)
def test_what_is_no_message_at_all_is_refused(body: str) -> None:
    with pytest.raises(MessageError):
        Shard.from_body(body)


@pytest.mark.parametrize("place", ["format", "first", "stop", "job", "surprise"])
def test_deep_nesting_in_any_place_is_refused(job: Job, place: str) -> None:
    """Before anything looks into it that Python's limit of recursion would stop."""
    body = {**json.loads(Shard.whole(job).to_body()), place: json.loads(DEEP)}
    with pytest.raises(MessageError, match="nested"):
        Shard.from_body(json.dumps(body))
