"""Several symbols on the days that all have: nothing is filled in, what is left out is said, bytes are the same."""

import hashlib
from dataclasses import replace

import pandas as pd
import pytest

from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.joint_history import MOST_SYMBOLS, SEVERAL, JointHistory, align
from montecarlo.data.sources import load_history
from montecarlo.errors import HistoryError, ParameterError

DAYS = pd.bdate_range("2023-01-09", periods=120, name="date")


def made(symbol: str, days: pd.DatetimeIndex = DAYS, source: str = "csv", currency: str = "USD") -> PriceHistory:
    """Closes that tell the day and the symbol."""
    closes = 1000.0 + (days - DAYS[0]).days.to_numpy() / 8 + len(symbol)
    bars = pd.DataFrame({"close": closes * 2, "adjusted_close": closes}, index=days)
    return replace(check_history(bars, symbol, source), currency=currency, warnings=())


def test_closes_are_the_adjusted_ones_of_common_days() -> None:
    one, other = made("A", DAYS[10:]), made("BB", DAYS[:100].delete(50))
    joint = align([one, other])
    common = DAYS[10:100].delete(40)
    assert joint.dates.tolist() == [day.date() for day in common]
    for column, history in enumerate((one, other)):
        assert joint.closes[:, column].tolist() == history.bars["adjusted_close"].loc[common].tolist()
    assert joint.returns == pytest.approx(joint.closes[1:] / joint.closes[:-1] - 1, abs=1e-15)


def test_what_is_left_out_is_said_of_each_symbol() -> None:
    joint = align([made("A", DAYS[10:]), made("BB", DAYS[:100].delete([50, 51])), made("C")])
    assert joint.warnings == (
        f"88 days, from {DAYS[10]:%Y-%m-%d} to {DAYS[99]:%Y-%m-%d}, are common to all 3 symbols; left out: 22 days of "
        f"A, 2 of them within that span (first {DAYS[50]:%Y-%m-%d}); 10 days of BB; 32 days of C, 2 of them within "
        f"that span (first {DAYS[50]:%Y-%m-%d})",
    )


def test_symbols_that_lose_the_same_days_are_named_together() -> None:
    (warning,) = align([made("A"), made("B", DAYS[:-1]), made("C"), made("D")]).warnings
    assert warning.endswith("are common to all 4 symbols; left out: 1 day each of A, C and D")


def test_the_same_days_and_currency_leave_nothing_to_be_said() -> None:
    assert align([made("A"), made("B")]).warnings == ()


def test_warnings_of_each_history_are_told_with_its_symbol() -> None:
    doubtful = replace(made("A"), warnings=("a move", "a gap"))
    assert align([doubtful, made("B")]).warnings == ("A: a move", "A: a gap")


def test_the_csv_reads_back_as_the_same_history() -> None:
    joint = align([made("A", source="csv"), made("B-C", source="fred", currency="EUR")])
    content = joint.to_csv()
    again = JointHistory.from_csv(content, joint.sources, joint.currencies, joint.bars_per_year)
    assert content.startswith(b"date,A,B-C\n2023-01-09,1001.0,1003.0\n")
    assert again.to_csv() == content
    assert (again.symbols, again.sources, again.currencies) == (("A", "B-C"), ("csv", "fred"), ("USD", "EUR"))
    assert again.closes.tolist() == joint.closes.tolist()
    assert (again.dates == joint.dates).all()
    assert again.bars_per_year == joint.bars_per_year == 252
    assert again.digest == joint.digest == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1001.0,1003.0", b"1001.00,1003.0"),
        (b"1001.0,1003.0", b"1001.0"),
        (b"1001.0,1003.0", b"1001.0,-1.0"),
        (b"1001.0,1003.0", b"1001.0,nan"),
        (b"1001.0,1003.0", b"1001.0,x"),
        (b"2023-01-09", b"2023-02-30"),
        (b"2023-01-10", b"2023-01-09"),
        (b"date,A,B-C", b"date,A,A"),
        (b"date,A,B-C", b"date,A,B C"),
        (b"date,A,B-C", b"day,A,B-C"),
        (b"\n2023-01-10", b"\r\n2023-01-10"),
        (b"date", "daté".encode()),
    ],
)
def test_an_altered_csv_is_refused(old: bytes, new: bytes) -> None:
    content = align([made("A"), made("B-C")]).to_csv()
    with pytest.raises(HistoryError):
        JointHistory.from_csv(content.replace(old, new, 1), ("csv", "csv"), ("", ""))


@pytest.mark.parametrize("content", [b"", b"date,A\n", b"date\n2023-01-09\n"])
def test_what_is_no_csv_of_prices_is_refused(content: bytes) -> None:
    with pytest.raises(HistoryError):
        JointHistory.from_csv(content, ("csv",), ("",))


def test_a_source_and_a_currency_are_wanted_of_each_symbol() -> None:
    content = align([made("A"), made("B")]).to_csv()
    for sources, currencies in ((("csv",), ("", "")), (("csv", "csv"), ("",))):
        with pytest.raises(HistoryError, match="a source and a currency for each of the symbols A and B"):
            JointHistory.from_csv(content, sources, currencies)


def test_what_it_has_of_each_symbol_is_aligned_to_the_same_again() -> None:
    flat = made("B", currency="EUR")
    flat.bars.loc[DAYS[20:30], ["close", "adjusted_close"]] = 7.0  # repeated rows are nothing to be cleaned here
    joint = align([made("A"), flat], bars_per_year=250)
    again = align([joint.history_of("A"), joint.history_of("B")])
    assert again.to_csv() == joint.to_csv()
    assert (again.currencies, again.bars_per_year, again.year_given) == (("USD", "EUR"), 250, True)
    assert joint.history_of("B").closes.tolist() == joint.closes[:, 1].tolist()


# Names


def test_its_symbol_names_all_or_how_many_more() -> None:
    assert align([made("AAPL")]).symbol == "AAPL"
    assert align([made("AAPL"), made("MSFT")]).symbol == "AAPL&MSFT"
    assert align([made(f"S{number}") for number in range(20)]).symbol == "S0&19-more"
    longest = align([made("L" * 32), made("B")]).symbol
    assert (len(longest), longest[-7:]) == (32, "&1-more")


def test_its_source_is_that_of_all_symbols() -> None:
    assert align([made("A"), made("B")]).source == "csv"
    assert align([made("A"), made("B", source="fred")]).source == SEVERAL


# Refusals


def test_a_symbol_comes_once() -> None:
    with pytest.raises(HistoryError, match="expected each once, got A more than once; add up their weights"):
        align([made("A"), made("B"), made("A")])


def test_a_symbol_is_not_called_as_the_cash_beside_it() -> None:
    with pytest.raises(HistoryError, match="another label than cash"):
        align([made("A"), made("cash")])


def test_there_are_one_to_fifty_symbols() -> None:
    one = made("A")
    many = [replace(one, symbol=f"S{number}") for number in range(MOST_SYMBOLS + 1)]
    assert len(align(many[:MOST_SYMBOLS]).symbols) == 50
    for number in (0, MOST_SYMBOLS + 1):
        with pytest.raises(HistoryError, match=f"expected 1 to 50, got {number}"):
            align(many[:number])


def test_too_few_days_in_common_are_refused_with_what_each_has() -> None:
    with pytest.raises(HistoryError, match=r"at least 61 days that all symbols have, got 60: .*; B from 2023-04-03 to"):
        align([made("A"), made("B", DAYS[60:].append(pd.bdate_range("2024-01-02", periods=60)))])


# Currencies


def test_different_currencies_are_a_warning() -> None:
    (warning,) = align([made("A"), made("B"), made("C", currency="EUR")]).warnings
    assert warning.startswith("prices are in different currencies (A and B in USD; C in EUR), and their returns are")


def test_an_unknown_currency_is_said_once() -> None:
    (warning,) = align([made("A"), made("B", currency=""), made("C", currency="")]).warnings
    assert warning.startswith("nobody has said what currency B and C are in")
    assert align([made("B", currency="")]).warnings == ()


def test_a_person_says_the_currency() -> None:
    joint = align([made("A"), made("B", currency="")], currencies={"B": " usd "})
    assert (joint.currencies, joint.warnings) == (("USD", "USD"), ())
    assert align([made("A"), made("B")], currencies={"B": "EUR"}).currencies == ("USD", "EUR")


@pytest.mark.parametrize(("currencies", "words"), [({"B": "$"}, "such as USD or EUR"), ({"X": "USD"}, "not of 'X'")])
def test_what_is_no_currency_is_refused(currencies: dict[str, str], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        align([made("A"), made("B")], currencies=currencies)


def test_the_sample_is_in_dollars_and_a_currency_is_no_part_of_the_digest() -> None:
    history = load_history("AAPL", "sample")
    assert history.currency == "USD"
    assert replace(history, currency="").digest == history.digest


# The year


def test_a_stock_and_a_coin_have_the_days_of_the_stock() -> None:
    coin = made("COIN", pd.date_range(DAYS[0], DAYS[-1], name="date"))
    assert coin.bars_per_year == 365
    joint = align([made("A"), coin])
    assert (len(joint.dates), joint.bars_per_year, joint.year_given) == (120, 252, False)
    assert align([coin]).bars_per_year == 365


def test_a_person_says_how_many_bars_make_a_year() -> None:
    joint = align([made("A"), made("B")], bars_per_year=260)
    assert (joint.bars_per_year, joint.year_given) == (260, True)
    with pytest.raises(ParameterError, match="bars_per_year"):
        align([made("A")], bars_per_year=0)


def test_weekly_bars_are_not_simulated_unasked() -> None:
    weekly = made("W", pd.date_range("2021-01-08", periods=130, freq="W-FRI", name="date"))
    with pytest.raises(ParameterError, match="to simulate the weekly bars of W"):
        align([weekly]).require_daily()
    align([weekly], bars_per_year=52).require_daily()
    align([made("A")]).require_daily()
