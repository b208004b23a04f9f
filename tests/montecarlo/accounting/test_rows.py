"""Rows as CSV: what is written reads back as the same bits."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.experiments.reference import simulate_rows

FLOATS = [name for name in rows.COLUMNS if name not in ("path", "trades")]


@pytest.fixture(scope="module")
def simulated():
    model = mc.GbmModel(start_price=50.0, drift=0.1, volatility=0.4)
    simulation = mc.Simulation(model=model, strategy=mc.SmaCrossover(30, 60), days=70, iterations=50, seed=7)
    return simulate_rows(simulation, 0, 50)


def made_up(**columns):
    count = len(next(iter(columns.values())))
    zeros = {name: np.zeros(count, np.int64 if name in ("path", "trades") else np.float64) for name in rows.COLUMNS}
    return zeros | {name: np.asarray(values) for name, values in columns.items()}


def test_the_header_is_the_columns():
    header = "path,final_price,final_value,return,max_drawdown,sharpe,trades,exposure,buy_and_hold_value"
    assert next(csv.reader(io.StringIO(rows.to_csv(made_up(path=[0])).decode()))) == header.split(",")
    assert ",".join(rows.COLUMNS) == header


def test_a_reader_that_knows_nothing_of_us_gets_the_same_numbers(simulated):
    records = list(csv.DictReader(io.StringIO(rows.to_csv(simulated).decode())))
    assert [int(record["path"]) for record in records] == list(range(50))
    for name in FLOATS:
        read = [float(record[name] or "nan") for record in records]
        np.testing.assert_array_equal(read, simulated[name])


def test_what_does_not_exist_is_an_empty_field(simulated):
    empty = np.isnan(simulated["sharpe"])
    assert 0 < empty.sum() < 50
    records = csv.DictReader(io.StringIO(rows.to_csv(simulated).decode()))
    assert [record["sharpe"] == "" for record in records] == empty.tolist()


@pytest.mark.parametrize("sharpe", [[np.nan, np.nan], [1.0, np.nan], [1.0, 2.0]], ids=["none", "some", "all"])
def test_types_do_not_depend_on_the_values(sharpe):
    read = rows.from_csv(rows.to_csv(made_up(path=[3, 4], sharpe=sharpe, final_price=[100.0, 0.0])))
    assert {name: column.dtype.name for name, column in read.items()} == {
        name: "int64" if name in ("path", "trades") else "float64" for name in rows.COLUMNS
    }
    np.testing.assert_array_equal(read["sharpe"], sharpe)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_every_number_reads_back_as_the_same_bits(values):
    written = made_up(path=range(len(values)), final_price=np.array(values))
    assert rows.from_csv(rows.to_csv(written))["final_price"].tobytes() == np.array(values).tobytes()


def test_parts_without_their_headers_make_the_whole(simulated):
    first, second = ({name: simulated[name][part] for name in simulated} for part in (slice(20), slice(20, None)))
    assert rows.to_csv(first) + rows.to_csv(second, header=False) == rows.to_csv(simulated)
    assert rows.to_csv(rows.join([first, second])) == rows.to_csv(simulated)


def test_an_order_that_was_not_filled_is_known_but_not_written(simulated):
    assert simulated["unfilled"].dtype == bool
    assert b"unfilled" not in rows.to_csv(simulated)
