"""A split from prices that are rounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader.alpaca.splits import split_between

SPLITS = [
    2.0,
    3.0,
    4.0,
    7.0,
    20.0,
    50.0,
    1.5,
    4 / 3,
    5 / 4,
    1.05,
    1 / 2,
    1 / 8,
    1 / 10,
    1 / 15,
    1 / 25,
    1 / 30,
    1 / 100,
]


def rounded(price: float) -> float:
    return round(price, 2 if price >= 1 else 4)


@given(st.sampled_from([1.0, *SPLITS]), st.sampled_from([1.0, *SPLITS]), st.floats(20, 900), st.floats(0.8, 1.25))
def test_it_is_found_whatever_the_prices(split: float, later: float, before: float, move: float) -> None:
    """Also where another comes later, which the adjusted prices have in them already."""
    after = before / split * move
    closes = [(rounded(before), rounded(before / split / later)), (rounded(after), rounded(after / later))]
    if min(min(pair) for pair in closes) < 2:
        return  # a cent is too much of such a price
    assert split_between(*closes) == pytest.approx(split, rel=1e-12)


def test_there_is_none_where_prices_are_the_same() -> None:
    assert split_between((100.13, 100.13), (0.0345, 0.0345)) == 1.0
    assert split_between((100.13, 25.03)) == 1.0  # the first day of a symbol


def test_what_is_no_ratio_of_small_numbers_is_not_taken_for_one() -> None:
    with pytest.raises(ValueError, match=r"1\.414214 new shares"):
        split_between((141.4214, 100.0), (100.0, 100.0))
