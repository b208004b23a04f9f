"""Tallies of ranges of paths: adding them up gives the same, whatever the cut and the order."""

import itertools
import json
import math
import random
from fractions import Fraction
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from montecarlo.accounting.controls import CONTROLS
from montecarlo.statistics import exact_sums
from montecarlo.statistics.exact_sums import ONE
from montecarlo.statistics.fan import Fan
from montecarlo.statistics.histogram import Histogram
from montecarlo.statistics.tally import BLOCK_PATHS, DEFINED, Tally

PATHS = 5 * BLOCK_PATHS + 77


@pytest.fixture(scope="module")
def rows(made_up_rows):
    """Returns of many sizes, so that an addition in doubles would depend on its order."""
    generator = np.random.default_rng(1)
    returns = generator.lognormal(0, 4, PATHS) - 1
    trades = generator.integers(0, 9, PATHS)
    columns = {
        "return": returns,
        "max_drawdown": generator.random(PATHS),
        "final_value": 1 + returns,
        "buy_and_hold_value": generator.lognormal(0, 4, PATHS),
        "hold": generator.lognormal(0, 4, PATHS),
        "unfilled": generator.random(PATHS) < 0.1,
        "final_price": generator.integers(0, 5, PATHS),
        "trades": trades,
        "wins": generator.binomial(trades, 0.4),
        "longest_drawdown": generator.integers(0, 300, PATHS),
        "equity": generator.lognormal(0, 4, (PATHS, 3)),
    }
    columns |= {name: generator.normal(0, 3, PATHS) for name in CONTROLS}
    for name in DEFINED:
        columns[name] = np.where(generator.random(PATHS) < 0.2, np.nan, generator.normal(0, 3, PATHS))
    return made_up_rows(PATHS, **columns)


def part(rows, first, stop):
    return {name: column[first:stop] for name, column in rows.items()}


@settings(max_examples=20, deadline=None)
@given(cuts=st.sets(st.integers(1, 5)), seed=st.integers(0, 1000))
def test_any_cut_between_blocks_added_in_any_order_gives_the_same_bytes(rows, cuts, seed):
    boundaries = [0, *(cut * BLOCK_PATHS for cut in sorted(cuts)), PATHS]
    tallies = [Tally.of(part(rows, *cut)) for cut in itertools.pairwise(boundaries)]
    random.Random(seed).shuffle(tallies)
    assert reduce(add, tallies).to_bytes() == Tally.of(rows).to_bytes()


def test_grouping_does_not_matter(rows):
    a, b, c = (Tally.of(part(rows, i * BLOCK_PATHS, (i + 1) * BLOCK_PATHS)) for i in range(3))
    assert ((a + b) + c).to_bytes() == (a + (b + c)).to_bytes()


def test_a_cut_within_a_block_is_refused(rows):
    with pytest.raises(ValueError, match=f"path 7 is no multiple of {BLOCK_PATHS}"):
        Tally.of(part(rows, 7, 100))


@given(st.lists(st.floats(-1, 1e60), min_size=1, max_size=30))
def test_sums_of_powers_are_the_sums_of_powers(made_up_rows, returns):
    tally = Tally.of(made_up_rows(len(returns), **{"return": returns, "max_drawdown": np.abs(returns)}))
    count, *sums = tally.powers("return", 4)
    assert count == len(returns)
    for power, total in enumerate(sums, 1):
        expected = math.fsum(value**power for value in returns)
        rounding = 1e-13 * max(abs(value) ** power for value in returns)
        assert total / ONE == pytest.approx(expected, rel=1e-12, abs=rounding)
    assert tally.powers("max_drawdown")[2] == tally.powers("return")[2]


def test_the_sum_of_a_block_is_rounded_and_that_of_blocks_is_not(made_up_rows):
    tally = Tally.of(made_up_rows(BLOCK_PATHS + 1, **{"return": [0.1] * (BLOCK_PATHS + 1)}))
    block_sum = Fraction(float(np.full(BLOCK_PATHS, 0.1).sum()))
    assert Fraction(tally.sums["return"], ONE) == block_sum + Fraction(0.1)


@pytest.mark.parametrize("name", DEFINED)
def test_a_column_is_summed_over_the_paths_on_which_it_is_defined(rows, name):
    count, total, squares = Tally.of(rows).powers(name)
    assert count == np.count_nonzero(~np.isnan(rows[name])) < PATHS
    assert exact_sums.mean(count, total) == pytest.approx(np.nanmean(rows[name]))
    assert exact_sums.mean(count, squares) == pytest.approx(np.nanmean(rows[name] ** 2))


def test_wins_and_trades_are_summed_with_their_products(rows):
    tally, wins, trades = Tally.of(rows), rows["wins"], rows["trades"]
    expected = [PATHS, wins.sum(), (wins**2).sum(), PATHS, trades.sum(), (trades**2).sum(), (wins * trades).sum()]
    counts_and_sums = [*tally.powers("wins"), *tally.powers("trades"), tally.sums["wins*trades"]]
    assert [value if value == PATHS else value // ONE for value in counts_and_sums] == expected


def test_a_number_beyond_double_precision_is_no_sum(made_up_rows):
    with pytest.raises(OverflowError):
        Tally.of(made_up_rows(2, turnover=[1.0, np.inf]))


def test_events_are_counted(made_up_rows):
    columns = {
        "return": [-0.1, 0.0, 0.2, -1.0],
        "final_value": [90.0, 100.0, 120.0, 0.0],
        "buy_and_hold_value": [80.0, 100.0, 130.0, 0.0],
        "unfilled": [False, False, True, False],
        "final_price": [5.0, 5.0, 5.0, 0.0],
    }
    tally = Tally.of(made_up_rows(4, **columns))
    assert tally.paths == 4
    assert tally.events == {"loss": 2, "beats_hold": 1, "unfilled": 1, "absorbed": 1}


def test_histograms_are_of_final_value_over_capital_and_of_maximum_drawdown_and_the_fan_of_equity(rows):
    tally = Tally.of(rows)
    assert tally.wealth.to_dict() == Histogram.of(1 + rows["return"]).to_dict()
    assert tally.hold.to_dict() == Histogram.of(rows["hold"]).to_dict()
    assert tally.drawdown.to_dict() == Histogram.of(rows["max_drawdown"]).to_dict()
    assert tally.fan.to_dict() == Fan.of(rows["equity"]).to_dict()


def test_a_tally_survives_json(rows):
    tally = Tally.of(rows)
    again = Tally.from_bytes(tally.to_bytes())
    assert again.to_bytes() == tally.to_bytes()
    assert again.powers("return", 4) == tally.powers("return", 4)
    assert again.count("calmar") == tally.count("calmar")
    assert (again + again).to_bytes() == (tally + tally).to_bytes()


def test_one_that_an_earlier_engine_wrote_knows_nothing_of_buying_and_holding_and_adds_up_to_nothing(rows):
    tally = Tally.of(rows)
    values = json.loads(tally.to_bytes())
    del values["hold"]
    earlier = Tally.from_dict(values)
    assert earlier.hold is None
    assert (earlier + tally).hold is (tally + earlier).hold is None
    assert "hold" not in earlier.to_dict()


def test_the_json_holds_whole_numbers_only(rows):
    """Texts and whole numbers, so that no reader rounds them."""

    def leaves(value):
        if isinstance(value, dict):
            return [leaf for inner in value.values() for leaf in leaves(inner)]
        return [leaf for inner in value for leaf in leaves(inner)] if isinstance(value, list) else [value]

    assert {type(leaf) for leaf in leaves(json.loads(Tally.of(rows).to_bytes()))} == {int, str}
