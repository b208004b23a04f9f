import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import MessageError
from fleet.job import Job
from fleet.message import Shard, attributes
from fleet.new_job import make_job, make_sweep_job
from fleet.queue import LARGEST, MOST_ATTRIBUTES
from fleet.tree import Range
from montecarlo.data.history import PriceHistory
from montecarlo.limits import MAX_ITERATIONS
from montecarlo.strategies import BollingerReversion, SmaCrossover

BODY = {"format": 2, "job": "AAPL-5-20-0123456789ab", "first": 0, "stop": 500}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def test_a_person_reads_the_essentials_in_the_attributes(job: Job) -> None:
    assert attributes(job, "my-bucket") == {
        "stock": "AAPL",
        "strategy": "sma-crossover",
        "short": 5,
        "long": 20,
        "shorting": "false",
        "days": 60,
        "iter": 500,
        "key": f"jobs/{job.id}/",
        "bucket": "my-bucket",
    }


def test_what_there_is_no_room_for_stands_together_in_the_last_one(history: PriceHistory) -> None:
    rule = SmaCrossover(5, 20, entry_limit=0.01, stop_loss=0.02, take_profit=0.04, max_holding=9)
    told = attributes(make_job(history, strategy=rule, days=60, iterations=500, seed=1), "my-bucket")
    assert len(told) == MOST_ATTRIBUTES
    assert told["shorting"] == "false"
    assert told["more"] == "entry_limit 0.01, stop_loss 0.02, take_profit 0.04, max_holding 9"


def test_so_they_tell_of_a_sweep_over_real_values(history: PriceHistory) -> None:
    over = {"width": [1.5, 2.0], "window": [10, 20]}
    job = make_sweep_job(history, strategy=BollingerReversion(), over=over, days=60, iterations=500)
    told = attributes(job, "my-bucket")
    assert (told["strategy"], told["width"], told["window"]) == ("bollinger-reversion", "1.5, 2.0", "10, 20")


def test_a_body_names_the_job_and_a_range_of_its_paths() -> None:
    shard = Shard("AAPL-5-20-0123456789ab", Range(0, 500))
    assert json.loads(shard.to_body()) == BODY
    assert Shard.from_body(shard.to_body()) == shard


@given(st.integers(0, MAX_ITERATIONS), st.integers(1, MAX_ITERATIONS))
def test_any_shard_survives_its_message(first: int, paths: int) -> None:
    shard = Shard(str(BODY["job"]), Range(first, first + paths))
    assert Shard.from_body(shard.to_body()) == shard


def test_ten_of_the_longest_messages_fit_into_a_batch_and_ten_attributes(job: Job) -> None:
    body = Shard("A" * 32 + "-10000-25000-0123456789ab", Range(MAX_ITERATIONS - 1, MAX_ITERATIONS)).to_body()
    huge = job.with_experiment(iterations=MAX_ITERATIONS, rows=False)
    described = attributes(replace(huge, symbol="A" * 32), "b" * 63)
    assert 10 * (len(body) + len(json.dumps(described))) < LARGEST / 50
    assert len(described) <= MOST_ATTRIBUTES


@pytest.mark.parametrize(
    "change",
    [
        {"format": 1},
        {"format": 3},
        {"format": True},
        {"format": 2.5},
        {"format": [[]]},
        {"first": 500},
        {"first": False},
        {"first": -1},
        {"first": None},
        {"first": 0.0},
        {"stop": 0},
        {"stop": 500.0},
        {"stop": "500"},
        {"stop": True},
        {"job": None},
        {"job": "AAPL"},
        {"job": "../../prices"},
        {"job": "AAPL-5-20-0123456789ab\n"},
        {"job": {"format": 1}},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_body_with_an_odd_value_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(MessageError):
        Shard.from_body(json.dumps({**BODY, **change}))


@pytest.mark.parametrize("missing", BODY)
def test_a_body_that_lacks_something_is_refused(missing: str) -> None:
    with pytest.raises(MessageError):
        Shard.from_body(json.dumps({name: value for name, value in BODY.items() if name != missing}))


def test_a_message_of_another_format_is_refused_as_such() -> None:
    with pytest.raises(MessageError, match=r"format '1'.*understands 2: submit the job again"):
        Shard.from_body(json.dumps({**BODY, "format": 1, "job": {}}))


@pytest.mark.parametrize(
    "body", ["", "hello", "{}", "[]", "null", "NaN", "\ud800", "9" * 5000, "[" * 100_000], ids=lambda body: body[:20]
)
def test_what_is_no_message_at_all_is_refused(body: str) -> None:
    with pytest.raises(MessageError):
        Shard.from_body(body)


@given(JSON)
def test_nothing_else_is_raised_for_any_json(value: object) -> None:
    with pytest.raises(MessageError):
        Shard.from_body(json.dumps(value))


@given(name=st.sampled_from(sorted(BODY)), odd=JSON)
def test_a_body_is_refused_or_means_what_it_says(name: str, odd: object) -> None:
    """Nothing but a MessageError is raised, and what is understood is written again as it came."""
    values = {**BODY, name: odd}
    try:
        shard = Shard.from_body(json.dumps(values))
    except MessageError:
        return
    assert json.loads(shard.to_body()) == values


@pytest.mark.parametrize("place", ["format", "first", "stop", "job", "surprise"])
def test_deep_nesting_in_any_place_is_refused(place: str) -> None:
    """Before anything looks into it that Python's limit of recursion would stop."""
    deep = json.loads("[" * 100 + "]" * 100)
    with pytest.raises(MessageError, match="nested"):
        Shard.from_body(json.dumps({**BODY, place: deep}))
