"""Which values each parameter may take, and how a person is told."""

import sys

import pytest

from montecarlo import limits
from montecarlo.errors import ParameterError

JUST_OVER = 1 + sys.float_info.epsilon

EDGES = [  # name, smallest and largest that are taken, nearest that are not
    ("short", 1, 24_999, 0, 25_000),
    ("long", 2, 25_000, 1, 25_001),
    ("channel", 1, 24_999, 0, 25_000),
    ("days", 1, 25_000, 0, 25_001),
    ("iterations", 1, 10**12, 0, 10**12 + 1),
    ("seed", 0, 2**64 - 1, -1, 2**64),
    ("threads", 1, 1024, 0, 1025),
    ("capital", 5e-324, 1e12, 0, 1e12 * JUST_OVER),
    ("shares", 5e-324, 1e12, 0.0, 1e12 * JUST_OVER),
    ("commission", 0, 0.1, -1e-300, 0.1 * JUST_OVER),
    ("slippage", 0, 0.1, -1e-300, 0.1 * JUST_OVER),
    ("risk_free", -0.1, 1, -0.1 * JUST_OVER, JUST_OVER),
]

WHOLE = ("short", "long", "channel", "days", "iterations", "seed", "threads")
SWITCHES = ("shorting", "warm_up")
NUMBERS = ("capital", "shares", "commission", "slippage", "risk_free")
WRONG = [
    None,
    True,
    False,
    "5",
    b"5",
    [],
    [5],
    {},
    float("nan"),
    float("inf"),
    -float("inf"),
    5 + 0j,
    10**400,
    -(10**9999),
]


@pytest.mark.parametrize(("name", "smallest", "largest", "below", "above"), EDGES)
def test_a_parameter_takes_its_edges_and_nothing_beyond_them(name, smallest, largest, below, above):
    assert limits.problems({name: smallest}) == {}
    assert limits.problems({name: largest}) == {}
    assert list(limits.problems({name: below})) == [name]
    assert list(limits.problems({name: above})) == [name]


def test_every_parameter_has_its_edges_in_the_table_above():
    assert {name for name, *_ in EDGES} | {"fill", *SWITCHES} == set(limits.PARAMETERS)


@pytest.mark.parametrize("name", [name for name in limits.PARAMETERS if name not in SWITCHES])
@pytest.mark.parametrize("value", WRONG, ids=lambda value: str(type(value).__name__))
def test_nothing_but_a_plain_value_of_the_right_type_is_taken(name, value):
    message = limits.problems({name: value})[name]
    assert len(message) < 120


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_true_or_false_and_nothing_that_counts_as_such(name):
    assert limits.problems({name: True}) == limits.problems({name: False}) == {}
    assert limits.problems({name: 1}) == {name: "must be true or false, not 1"}
    assert all(limits.problems({name: value}) for value in WRONG if not isinstance(value, bool))


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_number_is_not_taken_as_a_float(name):
    assert name in limits.problems({name: 5.0})


def test_a_fill_is_one_of_two_words():
    assert limits.problems({"fill": "next-close"}) == limits.problems({"fill": "same-close"}) == {}
    assert limits.problems({"fill": "open"}) == {"fill": "must be one of next-close, same-close, not 'open'"}


def test_the_message_says_what_was_expected_and_what_was_got():
    assert limits.problems({"days": 0, "iterations": -3, "capital": -5, "commission": 0.5}) == {
        "days": "must be a whole number from 1 to 25,000, not 0",
        "iterations": "must be a whole number from 1 to 1,000,000,000,000, not -3",
        "capital": "must be a number above 0 to 1,000,000,000,000, not -5",
        "commission": "must be a number from 0 to 0.1, not 0.5",
    }


@pytest.mark.parametrize(("short", "long"), [(10, 10), (11, 10)])
def test_the_short_window_is_shorter_than_the_long_one(short, long):
    found = limits.problems({"short": short, "long": long})
    assert found == {
        "short": f"must be less than long: the short window is {short} days, the long one 10",
    }


def test_the_long_window_fits_into_the_days():
    assert limits.problems({"short": 5, "long": 20, "days": 20}) == {}
    found = limits.problems({"short": 5, "long": 20, "days": 19})
    assert found == {"long": "must be no more than days: a window of 20 days never fills in 19 days"}


def test_a_channel_is_left_before_the_last_day():
    assert limits.problems({"channel": 19, "days": 20}) == {}
    found = limits.problems({"channel": 20, "days": 20})
    assert found == {"channel": "must be less than days: a channel of 20 days is never left in 20 days"}


@pytest.mark.parametrize("lengths", [{"short": 5, "long": 20}, {"channel": 20}], ids=str)
def test_with_a_warm_up_a_window_may_be_longer_than_the_days(lengths):
    assert limits.problems({**lengths, "days": 1, "warm_up": True}) == {}
    assert limits.problems({**lengths, "days": 1, "warm_up": False}) != {}


def test_windows_are_compared_only_where_each_can_be_used():
    assert list(limits.problems({"short": 50, "long": 1, "days": 10})) == ["long"]
    assert list(limits.problems({"short": "x", "long": 30, "days": 20})) == ["short", "long"]


def test_require_raises_all_problems_at_once_and_names_each():
    with pytest.raises(
        ParameterError, match=r"^days must be a whole number .*, not 0; seed must be .*, not -1$"
    ) as error:
        limits.require(days=0, seed=-1, iterations=5)
    assert list(error.value.problems) == ["days", "seed"]


def test_typed_text_becomes_values():
    typed = {
        "short": "40",
        "long": " 100 ",
        "seed": "0",
        "capital": "1e5",
        "commission": "0.0005",
        "fill": "same-close",
    }
    values, problems = limits.read(typed)
    assert problems == {}
    assert values == {
        "short": 40,
        "long": 100,
        "seed": 0,
        "capital": 100_000.0,
        "commission": 0.0005,
        "fill": "same-close",
    }
    assert type(values["short"]) is int
    assert type(values["capital"]) is float


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_typed_as_true_or_false(name):
    assert limits.read({name: "true"}) == ({name: True}, {})
    assert limits.read({name: " false "}) == ({name: False}, {})
    assert limits.read({name: "yes"}) == ({}, {name: "must be true or false, not 'yes'"})


@pytest.mark.parametrize(
    "text", ["ten", "1.5", "1e3", "0x10", "--5", "1,000", "<script>alert(1)</script>", "'; --", "nan"]
)
def test_text_that_is_no_whole_number_is_quoted_in_the_message(text):
    values, problems = limits.read({"days": text})
    assert values == {}
    assert problems["days"].startswith("must be a whole number from 1 to 25,000, not ")


@pytest.mark.parametrize("name", WHOLE + NUMBERS)
@pytest.mark.parametrize("text", ["", "   ", "\t\n"])
def test_an_empty_field_is_missing(name, text):
    assert limits.read({name: text}) == ({}, {name: "is missing"})


@pytest.mark.parametrize("name", WHOLE + NUMBERS)
@pytest.mark.parametrize("text", ["-1", "inf", "nan", "9" * 30, "9" * 4000, "9" * 100_000, "1e999"])
def test_text_far_out_of_range_has_a_short_message(name, text):
    _, problems = limits.read({name: text})
    assert len(problems[name]) < 120


def test_windows_that_were_typed_are_compared():
    _, problems = limits.read({"short": "100", "long": "40", "days": "30"})
    assert list(problems) == ["short", "long"]


def test_rows_are_kept_unasked_up_to_a_million_paths():
    assert limits.keep_rows(1_000_000, None)
    assert not limits.keep_rows(1_000_001, None)


def test_rows_are_kept_or_left_out_on_request():
    assert limits.keep_rows(10**8, True)
    assert not limits.keep_rows(1, False)
    assert not limits.keep_rows(10**12, False)


def test_more_rows_than_a_disk_should_hold_are_refused_with_the_reason():
    with pytest.raises(ParameterError, match=r"12 GB of CSV.*the summary does not need them") as error:
        limits.keep_rows(10**8 + 1, True)
    assert list(error.value.problems) == ["paths"]
