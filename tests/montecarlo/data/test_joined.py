"""Bars that are kept and bars that a source has now, as one series; or why not."""

import pandas as pd
import pytest

from montecarlo.data.history import check_history
from montecarlo.data.joined import ContradictionError, join
from montecarlo.data.sources import load_history
from montecarlo.errors import HistoryError

BARS = load_history("AAPL", "sample").bars[200:300]
KEPT, FOUND = BARS[:80], BARS[70:]


def test_the_same_days_told_alike_are_there_once():
    joined = join(KEPT, FOUND[::-1])
    assert joined.bars.equals(BARS)
    assert (joined.added, joined.readjusted, joined.covered) == (20, False, False)
    assert [note for note in joined.notes if "sorted" not in note] == []
    rounded = FOUND.assign(adjusted_close=FOUND["adjusted_close"] * (1 + 4e-7))
    assert not join(KEPT, rounded).readjusted, "single precision is no dividend"


def test_a_dividend_moves_adjusted_closes_and_needs_all_days():
    paid = FOUND.assign(adjusted_close=FOUND["adjusted_close"] * 0.99)
    joined = join(KEPT, paid)
    assert joined.readjusted
    with pytest.raises(HistoryError, match="so all days that are kept are needed: bring them"):
        joined.require_whole("bring them")
    whole = join(KEPT, BARS.assign(adjusted_close=BARS["adjusted_close"] * 0.99))
    whole.require_whole("bring them")
    assert whole.notes == (f"adjusted closes of the past changed (first {KEPT.index[0]:%Y-%m-%d}): a dividend since",)
    lacking = join(KEPT, BARS.drop(KEPT.index[5]).assign(adjusted_close=lambda bars: bars["adjusted_close"] * 0.99))
    with pytest.raises(ContradictionError, match="1 day that are kept"):
        lacking.require_whole("bring them")


def test_a_split_is_one_ratio_of_all_prices_with_its_inverse_of_shares():
    prices = ["open", "high", "low", "close", "adjusted_close"]
    split = FOUND.assign(**{name: FOUND[name] / 7 for name in prices}, volume=FOUND["volume"] * 7)
    assert join(KEPT, split).notes[0] == "prices of the past are 0.142857 times what was kept: a split since"
    for unlike in (split.assign(volume=FOUND["volume"]), split.assign(volume=float("nan"))):
        with pytest.raises(ContradictionError, match="contradict each other on 10 days of 10 that both have"):
            join(KEPT, unlike)


def test_other_closes_are_named_and_what_is_less_is_taken():
    with pytest.raises(ContradictionError, match=rf"on 1 day of 10 .*\({FOUND.index[3]:%Y-%m-%d}: close .* is kept"):
        join(KEPT, FOUND.assign(close=FOUND["close"].where(FOUND.index != FOUND.index[3], 1.0)))
    joined = join(KEPT, FOUND.assign(volume=FOUND["volume"] + 1e6).drop(FOUND.index[4]))
    assert [note.split(" (")[0] for note in joined.notes] == [
        "open, high, low or volume of 9 days are told otherwise now",
        "1 day that the source has no more",
    ]
    assert joined.bars.loc[FOUND.index[4], "close"] == FOUND.loc[FOUND.index[4], "close"]
    assert joined.bars["volume"].iloc[-1] == FOUND["volume"].iloc[-1] + 1e6


def test_without_a_day_in_common_the_seam_is_told_and_checked():
    joined = join(BARS[:40], BARS[55:])
    assert joined.first is None
    assert "whether they are alike is only told by the move from" in joined.notes[0]
    assert (
        f"trading days missing (first {BARS.index[40]:%Y-%m-%d})"
        in check_history(joined.bars, "AAPL", "csv").warnings[0]
    )
    gap = join(BARS.drop(BARS.index[40:60]), BARS[45:50])
    assert gap.notes == ("no day is in both what was kept and what is new: whether they are alike cannot be told",)
    with pytest.raises(HistoryError, match="several for"):
        join(BARS, pd.concat([FOUND, FOUND[:1] * 2]))
