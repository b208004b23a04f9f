"""Numbers as people type them: one reading, or none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from montecarlo.typed_numbers import read_decimal, read_number, read_whole

NOT_WHOLE = ["1.5", "1.000", "1000.", ".5", "1e-3", "1.5e0", "1e40", "1e99999"]
NO_NUMBER = [
    *("", "ten", "nan", "inf", "0x10", "--5", "1e", "e5", ".", "1 000", "1'000", "5%", "$5", "9" * 101, "%" * 10_000),
    *("1,5", "0,05", "0,005", "1,00", "1,0000", "1000,000", "1,000,00", "1.000,50", "1,000_000", "1_0", "_1", "1__000"),
    *("\u0661\u0660", "\uff11\uff10", "\u00b2", "1\u00a0000"),  # digits of other scripts, and a space that is none
]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("0", 0), ("007", 7), ("-5", -5), ("+5", 5), ("1000000", 10**6), ("1,000,000", 10**6), ("1_000_000", 10**6)),
        *(("1e6", 10**6), ("1E6", 10**6), ("1.5e6", 1_500_000), ("2.5e+1", 25), ("10e-1", 1), ("12,000e3", 12 * 10**6)),
        (str(2**64 - 1), 2**64 - 1),
    ],
)
def test_a_whole_number_is_exact_however_it_is_written(text, value):
    assert read_whole(text) == value
    assert type(read_whole(text)) is int
    assert read_number(text) == float(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.05", 0.05), (".05", 0.05), ("5e-2", 0.05), ("1.", 1.0), ("1,000.5", 1000.5), ("-0", 0.0)],
)
def test_a_fraction_follows_a_point(text, value):
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["1.000", "100.000", "+25.000", "-1.000"])
def test_what_may_be_one_or_a_thousand_is_refused(text):
    whole = text.removesuffix(".000")
    with pytest.raises(ValueError, match=f"{re.escape(text)} is .* write one of these") as refused:
        read_number(text)
    assert f"is {whole} to some and {whole}000 to others" in str(refused.value)
    assert (read_number(whole), read_number(f"{whole}000")) == (float(text), 1000 * float(text))


@pytest.mark.parametrize("text", ["0.000", "1.00", "1.0000", "1.001", "1000.000", "1,000.000", "1.000e0", ".000"])
def test_a_point_is_none_of_thousands_where_that_many_digits_cannot_be(text):
    assert read_number(text) == float(text.replace(",", ""))


@pytest.mark.parametrize("text", NOT_WHOLE)
def test_what_has_a_fraction_is_no_whole_number_nor_is_what_looks_as_if_it_had_one(text):
    with pytest.raises(ValueError):  # noqa: PT011  the next test looks at what is said
        read_whole(text)


@pytest.mark.parametrize("read", [read_whole, read_number, read_decimal])
@pytest.mark.parametrize("text", NO_NUMBER)
def test_what_some_read_in_another_way_is_refused(read, text):
    with pytest.raises(ValueError):  # noqa: PT011
        read(text)


@pytest.mark.parametrize(
    ("read", "text", "help"),
    [
        (read_number, "0,05", "a fraction has a point, as in 0.05"),
        (read_number, "1.000,50", "a fraction has a point"),
        (read_number, "5%", "as in 0.05 for 5 %"),
        (read_number, "0.05%", "as in 0.0005 for 0.05 %"),
        (read_number, "0.07 %", "as in 0.0007 for 0.07 %"),
        (read_number, "100%", "as in 1 for 100 %"),
        (read_number, "5,5%", "as in 0.05 for 5 %"),
        (read_number, "1e999%", "as in 0.05 for 5 %"),
        (read_whole, "1.000", "a whole number has no point; thousands may be parted by commas, as in 1,000"),
        (read_whole, "1e-3", "a whole number has no fraction"),
        (read_number, "ten", "^$"),
    ],
)
def test_what_helps_is_said(read, text, help):
    with pytest.raises(ValueError, match=help):
        read(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_is_read_to_the_last_bit(value):
    assert read_number(repr(value)) == value


@given(st.integers(-(10**39), 10**39))
def test_every_way_of_writing_a_whole_number_is_read_as_that_number(value):
    assert {read_whole(form) for form in (f"{value}", f"{value:,}", f"{value:_}", f"{value}e0")} == {value}


@given(st.text(st.sampled_from("0123456789.,_eE+-"), max_size=12))
def test_nothing_is_read_but_what_has_one_meaning(text):
    """Without its thousands' commas Python reads it as the same; with another comma in it, nothing reads it."""
    try:
        found = read_number(text)
    except ValueError:
        return
    assert found == float(text.replace(",", "").replace("_", ""))
    assert not re.fullmatch(r"[+-]?[1-9][0-9]{0,2}\.000", text)
    assert not re.search(r"[,_](?![0-9]{3}(?![0-9]))|(?<![0-9])[,_]|\.[0-9]*[,_]", text)
