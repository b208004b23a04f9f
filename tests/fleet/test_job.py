import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import MessageError
from fleet.job import CHUNK_PATH_DAYS, CHUNK_WITH_ROWS, RECOMMENDED, Job, chunk, make_job
from fleet.keys import JOB_ID
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.limits import MAX_DAYS, MAX_ITERATIONS
from montecarlo.statistics.tally import BLOCK_PATHS


def test_the_same_parameters_make_the_same_job_with_the_same_id(history: PriceHistory) -> None:
    one, other = (make_job(history, iterations=500, seed=7, capital=capital) for capital in (1000, 1000.0))
    assert one == other
    assert one.id == other.id
    assert one.to_json() == other.to_json()


def test_an_id_tells_symbol_and_windows(job: Job) -> None:
    assert job.id.startswith("AAPL-5-20-")
    assert JOB_ID.fullmatch(job.id)


@pytest.mark.parametrize("symbol", ["^GSPC", "BRK-B", "EURUSD=X", "005930.KS", "^", "..", "A" * 32])
def test_any_symbol_makes_an_id_that_is_a_plain_name(job: Job, symbol: str) -> None:
    assert JOB_ID.fullmatch(replace(job, symbol=symbol).id)


def test_another_value_of_any_field_makes_another_id(job: Job) -> None:
    others = [
        replace(job, symbol="IBM"),
        replace(job, source="csv"),
        replace(job, snapshot="0" * 64),
        replace(job, paths=False),
        replace(job, engine="other"),
        replace(job, chunk=job.chunk // 2),
        replace(job, simulation=replace(job.simulation, seed=8)),
        replace(job, simulation=replace(job.simulation, days=61)),
    ]
    assert len({job.id, *(other.id for other in others)}) == len(others) + 1


def test_a_job_survives_json(job: Job) -> None:
    assert Job.from_json(job.to_json()) == job
    assert Job.from_json(json.dumps(json.loads(job.to_json()), indent=3)) == job


def test_a_seed_is_drawn_where_none_is_given(history: PriceHistory) -> None:
    assert make_job(history).simulation.seed != make_job(history).simulation.seed


def test_the_recommended_values_make_a_job(history: PriceHistory) -> None:
    parameters = {name: value for name, value in RECOMMENDED.items() if name not in {"symbol", "source"}}
    made = make_job(history, **parameters)  # type: ignore[arg-type]
    assert (made.symbol, made.source) == (RECOMMENDED["symbol"], RECOMMENDED["source"])
    assert replace(make_job(history), simulation=made.simulation) == made, "they are also the defaults"


def test_a_job_with_a_warm_up_carries_the_last_closes_of_its_history(history: PriceHistory) -> None:
    job = make_job(history, short=5, long=20, days=10, iterations=500, seed=7, warm_up=True)
    assert job.simulation.warm_up == tuple(history.closes[-20:-1])
    assert Job.from_json(job.to_json()) == job
    assert job.id != make_job(history, short=5, long=20, days=20, iterations=500, seed=7).id
    with pytest.raises(ParameterError, match=r"^long must be no more than days"):
        make_job(history, short=5, long=20, days=10, iterations=500, seed=7)


def test_all_bad_parameters_are_named_at_once(history: PriceHistory) -> None:
    with pytest.raises(ParameterError) as caught:
        make_job(history, short=0, long=100, days=-1, iterations=MAX_ITERATIONS + 1)
    assert caught.value.problems.keys() == {"short", "days", "iterations"}


def test_rows_of_too_many_paths_are_refused(history: PriceHistory) -> None:
    assert make_job(history, iterations=10**8, paths=True).paths
    with pytest.raises(ParameterError, match="paths"):
        make_job(history, iterations=10**8 + 1, paths=True)
    assert not make_job(history, iterations=10**12).paths


@given(days=st.integers(1, MAX_DAYS), rows=st.booleans())
def test_a_chunk_is_whole_blocks_and_no_more_work_than_it_should_be(days: int, rows: bool) -> None:
    paths = chunk(days, rows=rows)
    assert paths % BLOCK_PATHS == 0
    assert paths >= BLOCK_PATHS
    assert paths * days <= CHUNK_PATH_DAYS
    assert paths <= CHUNK_WITH_ROWS or not rows


@pytest.mark.parametrize(
    ("days", "rows", "paths"), [(1260, False, 6_816_768), (1260, True, 262_144), (1, False, 2**33)]
)
def test_a_chunk_of_usual_jobs_stays_as_it_is(days: int, rows: bool, paths: int) -> None:
    """It is a part of the job: another one gives the same parameters and seed another name, and nothing is shared."""
    assert chunk(days, rows=rows) == paths


FIELDS = ("symbol", "source", "snapshot", "simulation", "paths", "engine", "chunk", "format", "id")
PARAMETERS = ("model", "strategy", "rules", "days", "iterations", "seed")
ODD_NUMBERS = (True, -1, 0, 0.5, 10**30, 10**400, 1e308)
ODD_TEXTS = ("", "x" * 1000, "../../etc/passwd", "<script>", "\x00\n")
ODD_VALUES = (None, *ODD_NUMBERS, *ODD_TEXTS, [], {}, [[]], {"a": 1})


@pytest.mark.parametrize("odd", ODD_VALUES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("name", FIELDS)
def test_a_job_with_an_odd_value_is_refused(job: Job, name: str, odd: object) -> None:
    job = replace(job, paths=False)
    with pytest.raises((MessageError, ParameterError)):
        Job.from_dict({**job.to_dict(), name: odd})


@pytest.mark.parametrize("odd", ODD_VALUES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_simulation_with_an_odd_value_is_refused(job: Job, name: str, odd: object) -> None:
    with pytest.raises((MessageError, ParameterError)):
        Job.from_dict({**job.to_dict(), "simulation": {**job.simulation.to_dict(), name: odd}})


@pytest.mark.parametrize("name", FIELDS)
def test_a_job_that_lacks_a_field_is_refused(job: Job, name: str) -> None:
    with pytest.raises(MessageError):
        Job.from_dict({field: value for field, value in job.to_dict().items() if field != name})


def test_a_job_with_an_unknown_field_is_refused_with_its_name(job: Job) -> None:
    with pytest.raises(MessageError, match="surprise"):
        Job.from_dict({**job.to_dict(), "surprise": 1})


def test_a_job_of_another_format_is_refused_as_such(job: Job) -> None:
    with pytest.raises(MessageError, match=r"format '2'.*understands 1"):
        Job.from_dict({**job.to_dict(), "format": 2})


def test_a_job_that_was_altered_is_refused(job: Job) -> None:
    altered = job.to_json().replace(b'"iterations":500', b'"iterations":501')
    with pytest.raises(MessageError, match="altered"):
        Job.from_json(altered)


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "1", '"job"', "NaN", '{"format": NaN}', "[" * 100_000, "9" * 5000, b"\xff\xfe\x00"]
)
def test_what_is_no_job_at_all_is_refused(text: str | bytes) -> None:
    with pytest.raises(MessageError):
        Job.from_json(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_nothing_else_is_raised_for_any_json(value: object) -> None:
    with pytest.raises((MessageError, ParameterError)):
        Job.from_json(json.dumps(value))


@given(data=st.data(), odd=JSON)
def test_nothing_else_is_raised_for_a_job_with_any_json_in_any_place(
    job: Job, data: st.DataObject, odd: object
) -> None:
    values = json.loads(job.to_json())
    place = values
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or data.draw(st.booleans()):
            break
        place = place[name]
    if json.dumps(place[name]) == json.dumps(odd):
        return
    place[name] = odd
    with pytest.raises((MessageError, ParameterError)):
        Job.from_json(json.dumps(values))
