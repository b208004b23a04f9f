import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import MessageError
from fleet.job import Job
from fleet.job_store import read_job
from fleet.keys import JOB_ID
from fleet.new_job import RECOMMENDED, make_job, make_sweep_job
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.experiments.compiling import EXAMPLE
from montecarlo.experiments.simulation import CHUNK_WITH_ROWS, Simulation
from montecarlo.experiments.traded_paths import CHUNK_PATH_DAYS
from montecarlo.limits import MAX_DAYS, MAX_ITERATIONS
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import BuyAndHold, SmaCrossover, strategy_named

OF_FORMAT_1 = Path(__file__).parent / "job_of_format_1.json"


@pytest.fixture(scope="module")
def sweep_job(history: PriceHistory) -> Job:
    """Seven combinations."""
    windows = {"short": [3, 8, 10], "long": [8, 20, 21]}
    return make_sweep_job(history, strategy=SmaCrossover(), over=windows, days=61, iterations=500, seed=7)


def test_the_same_parameters_make_the_same_job_with_the_same_id(history: PriceHistory) -> None:
    one, other = (make_job(history, iterations=500, seed=7, capital=capital) for capital in (1000, 1000.0))
    assert one == other
    assert one.id == other.id
    assert one.to_json() == other.to_json()


def test_numbers_of_numpys_make_the_job_that_pythons_make(history: PriceHistory) -> None:
    """In every place that takes a number, and a switch."""

    def made(whole: Any, number: Any, switch: Any) -> Job:
        strategy = SmaCrossover(whole(5), whole(20), shorting=switch(True))
        rules = {"capital": number(1000), "commission": number(0.0625), "risk_free": number(0.5)}
        return make_job(
            history, strategy=strategy, days=whole(60), iterations=whole(100), seed=whole(7), rows=switch(True), **rules
        )

    ours = made(int, float, bool)
    for whole in (np.int64, np.int32, np.uint8):
        theirs = made(whole, np.float64, np.bool_)
        assert (theirs.to_json(), theirs.id) == (ours.to_json(), ours.id)
    assert (
        make_job(history, iterations=np.int64(100), seed=7).to_json()
        == make_job(history, iterations=100, seed=7).to_json()
    )
    with pytest.raises(ParameterError, match=r"^days must be a whole number from .*, not True$"):
        make_job(history, days=np.bool_(True))  # type: ignore[arg-type]


def test_an_id_tells_the_symbol_and_nothing_of_a_strategy(job: Job) -> None:
    assert re.fullmatch("AAPL-[0-9a-f]{12}", job.id)
    assert JOB_ID.fullmatch(job.id)


@pytest.mark.parametrize("symbol", ["^GSPC", "BRK-B", "EURUSD=X", "005930.KS", "M&M.NS", "&", "^", "..", "A" * 32])
def test_any_symbol_makes_an_id_that_is_a_plain_name(job: Job, symbol: str) -> None:
    assert JOB_ID.fullmatch(replace(job, symbol=symbol).id)


def test_another_value_of_any_field_makes_another_id(job: Job) -> None:
    others = [
        replace(job, symbol="IBM"),
        replace(job, source="csv"),
        replace(job, inputs={"prices": "0" * 64}),
        job.with_experiment(rows=False),
        replace(job, engine="other"),
        replace(job, chunk=job.chunk // 2),
        job.with_experiment(seed=8),
        job.with_experiment(days=61),
    ]
    assert len({job.id, *(other.id for other in others)}) == len(others) + 1


def test_a_job_survives_json(job: Job) -> None:
    assert Job.from_json(job.to_json()) == job
    assert Job.from_json(json.dumps(json.loads(job.to_json()), indent=3)) == job


def test_the_year_travels_with_a_job_that_is_not_of_252_days(job: Job, history: PriceHistory) -> None:
    assert "bars_per_year" not in job.to_dict()["experiment"]["model"]  # as before there was another year
    coin = make_job(replace(history, bars_per_year=365), iterations=500, seed=7)
    assert coin.to_dict()["experiment"]["model"]["bars_per_year"] == 365
    assert Job.from_json(coin.to_json()) == coin


def test_a_seed_is_drawn_where_none_is_given(history: PriceHistory) -> None:
    assert make_job(history).experiment.seed != make_job(history).experiment.seed


def test_the_recommended_values_make_a_job(history: PriceHistory) -> None:
    parameters: dict[str, Any] = {name: RECOMMENDED[name] for name in ("model", "days", "iterations")}
    windows = {name: RECOMMENDED[name] for name in ("short", "long")}
    strategy = strategy_named(str(RECOMMENDED["strategy"]), windows)
    made = make_job(history, strategy=strategy, seed=7, **parameters)
    assert (made.symbol, made.source) == (RECOMMENDED["symbol"], RECOMMENDED["source"])
    assert make_job(history, seed=7) == made, "they are also the defaults"


def test_a_job_with_a_warm_up_carries_the_last_closes_of_its_history(history: PriceHistory) -> None:
    job = make_job(history, strategy=SmaCrossover(5, 20), days=10, iterations=500, seed=7, warm_up=True)
    assert job.experiment.warm_up == tuple(history.closes[-20:-1])
    assert Job.from_json(job.to_json()) == job
    assert job.id != make_job(history, strategy=SmaCrossover(5, 20), days=20, iterations=500, seed=7).id
    with pytest.raises(ParameterError, match=r"^long must let sma-crossover decide before the last day"):
        make_job(history, strategy=SmaCrossover(5, 20), days=10, iterations=500, seed=7)


def test_all_bad_parameters_are_named_at_once(history: PriceHistory) -> None:
    with pytest.raises(ParameterError) as caught:
        make_job(history, days=-1, iterations=MAX_ITERATIONS + 1, seed=-1)
    assert caught.value.problems.keys() == {"days", "iterations", "seed"}


def test_rows_of_too_many_paths_are_refused(history: PriceHistory) -> None:
    assert make_job(history, iterations=10**8, rows=True).experiment.rows_format
    with pytest.raises(ParameterError, match=r"^rows can be kept for"):
        make_job(history, iterations=10**8 + 1, rows=True)
    assert not make_job(history, iterations=10**12).experiment.rows_format


def held(days: int, *, rows: bool) -> Simulation:
    """A simulation of whatever length."""
    return replace(EXAMPLE, strategy=BuyAndHold(), days=days, rows=rows)


@given(days=st.integers(1, MAX_DAYS), rows=st.booleans())
def test_a_chunk_is_whole_blocks_and_no_more_work_than_it_should_be(days: int, rows: bool) -> None:
    paths = held(days, rows=rows).chunk
    assert paths % BLOCK_PATHS == 0
    assert paths >= BLOCK_PATHS
    assert paths * days <= CHUNK_PATH_DAYS
    assert paths <= CHUNK_WITH_ROWS or not rows


@pytest.mark.parametrize(
    ("days", "rows", "paths"), [(1260, False, 6_816_768), (1260, True, 262_144), (1, False, 2**33)]
)
def test_a_chunk_of_usual_jobs_stays_as_it_is(days: int, rows: bool, paths: int) -> None:
    """It is a part of the job: another one gives the same parameters and seed another name, and nothing is shared."""
    assert held(days, rows=rows).chunk == paths


def test_a_chunk_of_a_sweep_is_as_much_work(sweep_job: Job) -> None:
    sweep = sweep_job.experiment
    assert sweep.path_days == 7 * 61
    assert CHUNK_PATH_DAYS / 2 < sweep.chunk * sweep.path_days <= CHUNK_PATH_DAYS


def test_a_sweep_survives_json(sweep_job: Job) -> None:
    assert json.loads(sweep_job.to_json())["kind"] == "sweep"
    assert Job.from_json(sweep_job.to_json()) == sweep_job


FIELDS = ("symbol", "source", "inputs", "kind", "experiment", "engine", "chunk", "format", "id")
PARAMETERS = ("model", "strategy", "rules", "days", "iterations", "seed", "rows")
ODD_NUMBERS = (True, -1, 0, 0.5, 10**30, 10**400, 1e308)
ODD_TEXTS = ("", "x" * 1000, "../../etc/passwd", "<script>", "\x00\n")
ODD_VALUES = (None, *ODD_NUMBERS, *ODD_TEXTS, [], {}, [[]], {"a": 1})


@pytest.mark.parametrize("odd", ODD_VALUES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("name", FIELDS)
def test_a_job_with_an_odd_value_is_refused(job: Job, name: str, odd: object) -> None:
    job = job.with_experiment(rows=False)
    with pytest.raises((MessageError, ParameterError)):
        Job.from_dict({**job.to_dict(), name: odd})


@pytest.mark.parametrize("odd", ODD_VALUES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_simulation_with_an_odd_value_is_refused(job: Job, name: str, odd: object) -> None:
    job = job.with_experiment(rows=False)
    with pytest.raises((MessageError, ParameterError)):
        Job.from_dict({**job.to_dict(), "experiment": {**job.experiment.to_dict(), name: odd}})


@pytest.mark.parametrize("odd", [*ODD_VALUES, [["short", 1]], [["short"]], [[[], [1, 2]]], [["day", [1, 2]]]], ids=str)
def test_a_sweep_over_odd_values_is_refused(sweep_job: Job, odd: object) -> None:
    with pytest.raises((MessageError, ParameterError)):
        Job.from_dict({**sweep_job.to_dict(), "experiment": {**sweep_job.experiment.to_dict(), "axes": odd}})


def test_a_kind_that_this_version_does_not_know_is_named(job: Job) -> None:
    with pytest.raises(MessageError, match=r"kind 'auction'; this version knows simulation, sweep"):
        Job.from_dict({**job.to_dict(), "kind": "auction"})


@pytest.mark.parametrize("name", FIELDS)
def test_a_job_that_lacks_a_field_is_refused(job: Job, name: str) -> None:
    with pytest.raises(MessageError):
        Job.from_dict({field: value for field, value in job.to_dict().items() if field != name})


def test_a_job_with_an_unknown_field_is_refused_with_its_name(job: Job) -> None:
    with pytest.raises(MessageError, match="surprise"):
        Job.from_dict({**job.to_dict(), "surprise": 1})


def test_a_job_of_another_format_is_refused_as_such(job: Job) -> None:
    with pytest.raises(MessageError, match=r"format '3'.*understands 2"):
        Job.from_dict({**job.to_dict(), "format": 3})


def test_a_job_of_the_first_format_is_read_under_its_name_and_written_as_it_was() -> None:
    job = read_job(OF_FORMAT_1.read_bytes())
    assert job.id == "AAPL-5-20-f123eef52e24"
    assert job.format == 1
    assert job.experiment.headline() == {
        "days": 60,
        "iterations": 500,
        "strategy": "sma-crossover",
        "short": 5,
        "long": 20,
        "shorting": False,
    }
    assert job.to_json() == OF_FORMAT_1.read_bytes()


@pytest.mark.parametrize("change", [{"paths": 1}, {"sitting": 5}, {"simulation": {}}, {"symbol": "IBM"}, {"more": 1}])
def test_an_altered_job_of_the_first_format_is_refused(change: dict[str, object]) -> None:
    values = json.loads(OF_FORMAT_1.read_text())
    with pytest.raises((MessageError, ParameterError)):
        read_job(json.dumps({**values, **change}).encode())


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
