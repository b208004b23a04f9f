"""Files that people have: which are read and as what, and what is said about those that are not."""

import io
from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest

from montecarlo.data.history import PriceHistory
from montecarlo.data.sources import csv_file, load_history
from montecarlo.errors import HistoryError

DAYS = pd.bdate_range("2023-07-05", "2023-10-12").drop(["2023-09-04"])
CLOSES = [round(50 + number * 0.25, 2) for number in range(len(DAYS))]

Line = Callable[[date, float], str]


def lines(*before: str, each: Line, after: tuple[str, ...] = ()) -> str:
    """A file with one line for each of DAYS."""
    return "\n".join([*before, *(each(day.date(), close) for day, close in zip(DAYS, CLOSES, strict=True)), *after])


def loaded(content: str | bytes, symbol: str | None = "ACME") -> PriceHistory:
    return load_history(symbol, "csv", path=io.BytesIO(content) if isinstance(content, bytes) else io.StringIO(content))


def notes(content: str | bytes, symbol: str | None = "ACME") -> str:
    """What is said about a file that reads as DAYS and CLOSES."""
    history = loaded(content, symbol)
    assert history.bars["close"].tolist() == CLOSES
    assert history.dates.tolist() == [day.date() for day in DAYS]
    assert len(history.warnings) < 2
    return history.warnings[0].removeprefix("read from the file: ") if history.warnings else ""


def refusal(content: str | bytes, symbol: str | None = "ACME") -> str:
    with pytest.raises(HistoryError) as raised:
        loaded(content, symbol)
    return str(raised.value).removeprefix("prices: ")


def plain(day: date, close: float) -> str:
    return f"{day},{close}"


# Headers


@pytest.mark.parametrize("name", ["Close", "Close/Last", "PX_LAST", "Close*", "close ($)", "Schlusskurs", "Clôture"])
def test_names_of_the_close_that_leave_nothing_open(name: str) -> None:
    assert notes(lines(f"Date,{name}", each=plain)) == ""


@pytest.mark.parametrize("name", ["Price", "Last", "Last Price", "Kurs", "Último", "Value"])
def test_names_that_say_only_that_it_is_a_price(name: str) -> None:
    assert notes(lines(f"Date,{name}", each=plain)) == f"closes are in column {name!r}"


def test_of_a_close_and_a_price_the_close_is_taken_and_that_is_said() -> None:
    text = lines("Date,Price,Close", each=lambda day, close: f"{day},{close + 1},{close}")
    assert notes(text) == "closes are in column 'Close', not in 'Price'"


def test_two_columns_that_may_be_the_close_are_refused() -> None:
    text = lines("Date,Price,Last", each=lambda day, close: f"{day},{close + 1},{close}")
    assert refusal(text) == "two columns of the file are its close ('Price', 'Last'); keep one of them"


def test_the_adjusted_close_alone_is_the_close() -> None:
    assert notes(lines("Date,Adj. Close", each=plain)) == "closes are in column 'Adj. Close': there are no others"


def test_the_only_column_of_numbers_is_the_close_whatever_its_name() -> None:
    text = lines("observation_date,SP500", each=plain)
    assert notes(text) == "closes are in column 'SP500', the only one with prices"
    assert notes(text, "SP500") == ""


@pytest.mark.parametrize("name", ["Volume", "High", "Prev Close", "PREV. CLOSE", "Change %", "Dividends"])
def test_a_column_that_is_known_to_be_something_else_is_not(name: str) -> None:
    assert refusal(lines(f"Date,{name}", each=plain)).startswith("expected headers that name Date and Close")


def test_columns_that_are_of_no_use_may_hold_anything() -> None:
    text = lines(
        "Date,Close,Change %,Dividends,Stock Splits,Currency,",
        each=lambda day, close: f"{day},{close},-0.59%,0.0,4:1,USD,",
    )
    assert notes(text) == ""


def test_a_column_of_each_symbol() -> None:
    text = lines("Date,ACME,EMCA", each=lambda day, close: f"{day},{close},{close * 2}")
    assert notes(text, "ACME") == notes(text, "acme") == ""
    assert refusal(text, "INTC") == (
        "expected one column of closes, got 2 columns of numbers: 'ACME', 'EMCA', and none of them is 'INTC'; "
        "choose one by --symbol (symbol= in the library), or keep its column and the dates"
    )


def test_a_word_that_is_a_symbol_as_well_is_not_passed_over_silently() -> None:
    text = lines("Date,ACME,NET", each=lambda day, close: f"{day},{close},{close * 2}")
    assert notes(text, "ACME") == ""
    assert "got 2 columns of numbers: 'ACME', 'NET'" in refusal(text, None)


def test_quantmods_names() -> None:
    text = lines(
        '"","ACME.Open","ACME.Close","ACME.Adjusted"', each=lambda day, close: f'"{day}",{close},{close},{close / 2}'
    )
    assert notes(text, None) == ""
    history = loaded(text, None)
    assert (history.symbol, history.closes[0]) == ("ACME", CLOSES[0] / 2)


def test_an_unnamed_first_column_of_dates() -> None:
    assert notes(lines(",Close", each=plain)) == ""
    assert notes(lines("Close", each=plain)) == ""
    assert notes(lines("Sitting,Close", each=plain)) == "dates are in column 'Sitting'"


def test_what_yfinances_download_writes() -> None:
    def row(day: date, close: float) -> str:
        return f"{day},{close},{close + 1},{close - 1},{close},1000"

    text = lines("Price,Close,High,Low,Open,Volume", "Ticker,ACME,ACME,ACME,ACME,ACME", "Date,,,,,", each=row)
    assert notes(text, None) == ""
    assert loaded(text, None).symbol == "ACME"
    assert notes(text, "INTC") == "the file says that its prices are of 'ACME'"
    by_ticker = text.replace("Price,Close,High,Low,Open,Volume\nTicker,ACME", "TICKER\nPrice,Close").splitlines()
    by_ticker[:3] = ["Ticker,ACME,ACME,ACME,ACME,ACME", "Price,Close,High,Low,Open,Volume", "Date,,,,,"]
    assert notes("\n".join(by_ticker), None) == ""


def test_several_tickers_of_yfinances_download() -> None:
    text = lines(
        "Price,Close,Close,Volume,Volume",
        "Ticker,ACME,EMCA,ACME,EMCA",
        "Date,,,,",
        each=lambda day, close: f"{day},{close},{close * 2},1000,2000",
    )
    assert notes(text, "ACME") == ""
    assert loaded(text, "EMCA").bars["volume"].iloc[0] == 2000
    assert refusal(text, None).startswith("columns of 2 symbols: 'ACME', 'EMCA'; choose one of them by --symbol")
    assert "and none of 'INTC'" in refusal(text, "INTC")


# What stands around a table, and between its rows


def test_lines_before_and_after_are_passed_over_and_said() -> None:
    text = lines(
        "Prices of ACME, Inc.", "", "Date,Close", each=plain, after=("", "Made by a site; all rights reserved")
    )
    assert notes(text) == (
        "1 line before the headers passed over; "
        "1 line after the table passed over (line 76: 'Made by a site; all rights res')"
    )


def test_bars_before_the_headers_are_not_taken_for_a_title() -> None:
    rows = lines("Date,Close", each=plain).splitlines()
    assert refusal("\n".join([*rows[1:6], *rows[:1], *rows[6:]])) == (
        "line 1 looks like a bar, and stands before the headers in line 6; put the headers first"
    )


def test_a_line_that_names_the_separator() -> None:
    assert notes(lines("sep=;", "Date;Close", each=lambda day, close: f"{day};{close}")) == ""
    assert notes(lines('"sep=|"', "Date|Close", each=lambda day, close: f"{day}|{close}")) == ""


def test_words_among_the_rows_are_refused_and_repeated_headers_are_not() -> None:
    rows = lines("Date,Close", each=plain).splitlines()
    assert notes("\n".join([*rows[:30], "Date,Close", *rows[30:]])) == ""
    assert "line 31: expected a date such as 2020-12-31, got 'Summer'" in refusal(
        "\n".join([*rows[:30], "Summer,", *rows[30:]])
    )


@pytest.mark.parametrize(
    "row", ["{}\t0.10 Dividend", "{}\t4:1 Stock Splits", "{}\t0.10\tDividend\t", "{}", "{}\t\t-\t"]
)
def test_dividends_splits_and_holidays_are_passed_over_and_said(row: str) -> None:
    rows = lines("Date\tOpen\tClose\tVolume", each=lambda day, close: f"{day}\t{close}\t{close}\t100").splitlines()
    text = "\n".join([*rows[:10], row.format("2023-09-04"), *rows[10:]])
    assert notes(text) == "1 row without a close passed over (first 2023-09-04 in line 11)"


def test_trailing_separators() -> None:
    assert notes(lines("Date,Close,,", each=lambda day, close: f"{day},{close},,")) == ""
    assert notes(lines("Date,Close", each=lambda day, close: f"{day},{close},")) == ""


def test_a_row_that_is_there_twice_is_taken_once() -> None:
    rows = lines("Date,Close", each=plain).splitlines()
    assert notes("\n".join([*rows, rows[-1]])) == "1 row repeated in all columns, taken once"
    assert notes("\n".join([*rows, *rows[1:4]])) == "3 rows repeated in all columns, taken once"


def test_two_rows_for_a_day_are_refused() -> None:
    rows = lines("Date,Close", each=plain).splitlines()
    assert refusal("\n".join([*rows, "2023-10-12,51"])) == (
        "expected one row for each date, got several that differ for 1 date (first 2023-10-12, lines 72, 73); "
        "keep the right one of them"
    )


@pytest.mark.parametrize("left", ["2023-10-12,67.5", "2023-10-12,67.5,67.", "2023-10-12,67.5,67.5,6"])
def test_a_last_line_that_is_cut_off_is_called_so(left: str) -> None:
    rows = lines(
        "Date,Open,High,Low,Close", each=lambda day, close: f"{day},{close},{close},{close},{close}"
    ).splitlines()
    assert refusal("\n".join([*rows[:-1], left])) == (
        f"line 72: expected 5 values, one for each header, got {left.count(',') + 1}; "
        "the last line is cut off: remove it, or download the file again"
    )
    assert "if the file is cut off, download it again" in refusal("\n".join([*rows[:-1], '2023-10-12,"67']))
    assert "must stand in quotes" in refusal("\n".join([*rows[:30], left, *rows[30:]]))


# Numbers


@pytest.mark.parametrize(
    "written",
    [
        lambda close: f"${close:.2f}",
        lambda close: f"{close:.2f} €".replace(".", ","),
        lambda close: f"USD {close:.2f}",
        lambda close: f"{close:.2f}".replace(".", ","),
        lambda close: f"+{close:.2f}",
        lambda close: f'="{close:.2f}"',
    ],
)
def test_prices_in_the_ways_they_are_written(written: Callable[[float], str]) -> None:
    assert notes(lines("Date;Close", each=lambda day, close: f"{day};{written(close)}")) == ""


@pytest.mark.parametrize("group", [",", "'", "\u2019", " ", "\u00a0", "\u2009", "\u202f", "."])
def test_thousands_in_the_ways_they_are_separated(group: str) -> None:
    def grouped(number: float) -> str:
        text = f"{number:,.2f}".replace(",", group)
        return text if group != "." else f"{number:,.2f}".translate({ord(","): ".", ord("."): ","})

    history = loaded(lines("Date;Close;Volume", each=lambda day, close: f"{day};{grouped(close * 1000)};1{group}000"))
    assert history.bars["close"].tolist() == [close * 1000 for close in CLOSES]
    assert history.bars["volume"].iloc[0] == 1000


def test_decimal_commas_in_quotes_between_commas() -> None:
    text = lines(
        '"Datum","Zuletzt","Eröffn.","Vol.","+/- %"',
        each=lambda day, close: f'"{day:%d.%m.%Y}","{close:.2f}","{close:.2f}","1,25M","0,59%"'.replace(
            f"{close:.2f}", f"{close:.2f}".replace(".", ",")
        ),
    )
    assert notes(text) == "closes are in column 'Zuletzt'"
    assert loaded(text).bars["volume"].iloc[0] == 1_250_000


def test_groups_as_in_india() -> None:
    history = loaded(lines("Date,Close", each=lambda day, close: f'{day},"1,23,4{close:.2f}"'))
    assert history.bars["close"].iloc[0] == 1_234_50.00


@pytest.mark.parametrize(
    ("written", "volume"), [("1.25M", 1_250_000), ("900K", 900_000), ("2B", 2e9), ("1.5 Mio", 1_500_000), ("-", None)]
)
def test_volumes_with_letters(written: str, volume: float | None) -> None:
    history = loaded(lines("Date,Close,Vol.", each=lambda day, close: f"{day},{close},{written}"))
    assert history.warnings == ()
    assert history.bars["volume"].iloc[0] == volume or (volume is None and history.bars["volume"].isna().all())


@pytest.mark.parametrize("written", ["1,234", "1.234"])
def test_marks_that_nothing_tells_apart_are_refused(written: str) -> None:
    assert f"{written} may have a decimal mark or a thousands separator" in refusal(
        lines("Date;Close", each=lambda day, close: f"{day};{written}")
    )


@pytest.mark.parametrize("mark", [",", "."])
def test_thousands_are_told_by_whole_numbers_below_them(mark: str) -> None:
    yen = [990 + number for number in range(len(DAYS))]
    texts = iter([f"{price:,}".replace(",", mark) for price in yen])
    text = lines("Date;Open;Close", each=lambda day, _: f"{day};{next(texts)};-")
    assert loaded(text.replace("Open;Close", "Close;Open")).bars["close"].tolist() == yen


def test_whole_numbers_that_have_lost_their_mark_do_not_tell() -> None:
    rows = lines("Date;Close", each=lambda day, close: f"{day};1,{close * 4:03.0f}").splitlines()
    assert "1,200 may have a decimal mark or a thousands separator" in refusal("\n".join(rows))
    assert "1,200 may have a decimal mark or a thousands separator" in refusal(
        "\n".join([*rows[:-1], "2023-10-12;1480"])
    )


def test_one_number_that_may_have_a_wrong_mark_is_refused() -> None:
    rows = lines("Date;Close", each=lambda day, close: f"{day};{close / 100:.3f}").splitlines()
    rows[20] = "2023-08-01;1,494"
    assert refusal("\n".join(rows)).startswith("line 21: 1,494 may have a decimal mark or a thousands separator")


def test_several_currencies_are_refused() -> None:
    rows = lines("Date;Close", each=lambda day, close: f"{day};${close}").splitlines()
    rows[20] = rows[20].replace("$", "€")
    assert refusal("\n".join(rows)) == (
        "prices in several currencies: '$', '€', such as in lines 2 and 21; keep the rows of one currency"
    )


# Dates


@pytest.mark.parametrize(
    "form",
    ["%d-%b-%y", "%b %d %Y", "%b %d, %Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%y-%m-%d", "%a %b %d %Y", "%d%b%Y"],
)
def test_dates_in_the_ways_they_are_written(form: str) -> None:
    assert notes(lines("Date;Close", each=lambda day, close: f"{day:{form}};{close}")) == ""


@pytest.mark.parametrize(
    "months", ["Juli August September Oktober", "juil. août sept. oct.", "jul ago sep oct", "luglio agosto set ott"]
)
def test_months_in_other_languages(months: str) -> None:
    names = dict(zip((7, 8, 9, 10), months.split(), strict=True))
    assert notes(lines("Date;Close", each=lambda day, close: f"{day.day}. {names[day.month]} {day:%Y};{close}")) == ""


def test_a_century_ago_is_not_taken_for_this_one() -> None:
    def row(day: date, close: float) -> str:
        return f"{day - timedelta(days=36524):%d-%b-%y},{close}"  # weekdays of 1923, which were others

    assert "has a year of two digits, which no order of the lines tells; write all dates as 2020-12-31" in refusal(
        lines("Date,Close", each=row)
    )


def test_years_of_two_digits_are_in_the_hundred_years_until_today() -> None:
    days = pd.bdate_range("1999-12-01", "2000-03-31")
    text = "\n".join(["Date,Close", *(f"{day:%d-%b-%y},50" for day in days)])
    read = csv_file.read(io.StringIO(text), "ACME", date(2026, 11, 27))
    assert list(read.bars.index) == list(days)


MONTHS = pd.date_range("2010-01-31", periods=80, freq="ME")


def monthly(form: str, header: str = "Date", months: pd.DatetimeIndex = MONTHS) -> str:
    labels = (form.replace("%q", str(day.quarter)) for day in months)
    return "\n".join(
        [f"{header},Close", *(f"{day:{label}},{day.year}" for day, label in zip(months, labels, strict=True))]
    )


def read(text: str) -> csv_file.PriceFile:
    return csv_file.read(io.StringIO(text), "ACME", date(2026, 11, 27))


@pytest.mark.parametrize("form", ["%Y-%m", "%Y/%m", "%m/%Y", "%Y%m", "%b %Y", "%B %Y", "%Y-%b", "%b-%y", "%b %y"])
@pytest.mark.parametrize("header", ["Date", "Month"])
def test_months_that_follow_each_other_are_read_as_their_last_days(form: str, header: str) -> None:
    for months in (MONTHS, MONTHS[::-1]):
        bars, notes = read(monthly(form, header, months))[1:]
        assert bars.index.tolist() == MONTHS.tolist()
        assert notes == (
            f"read from the file: {months[0]:{form}} and the others are read as the last days of these months",
        )


@pytest.mark.parametrize("form", ["%YQ%q", "%Y-Q%q", "Q%q %Y", "Q%q/%Y"])
def test_quarters_are_read_as_their_last_days(form: str) -> None:
    quarters = pd.date_range("2000-03-31", periods=80, freq="QE")
    assert read(monthly(form, "Quarter", quarters)).bars.index.tolist() == quarters.tolist()


def test_the_month_that_has_not_ended_is_read_as_today() -> None:
    months = pd.date_range("2020-01-31", "2026-11-30", freq="ME")
    assert read(monthly("%Y-%m", months=months)).bars.index[-1] == pd.Timestamp("2026-11-27")


@pytest.mark.parametrize("form", ["%Y-%m", "%Y%m", "%b-%y"])
def test_months_that_do_not_follow_each_other_are_refused_once(form: str) -> None:
    rows = monthly(form).splitlines()
    assert refusal("\n".join([rows[0], *rows[40:], *rows[1:40]])) == (
        f"line 2: '{MONTHS[39]:{form}}' has no day (likewise 79 more lines, 3, 4, 5 to 81); "
        "write the month's last day, such as 2003-01-31"
    )


def test_months_and_years_beside_dates_are_of_no_use() -> None:
    text = lines("Date,Year,Month,Close", each=lambda day, close: f"{day},{day.year},{day.month},{close}")
    assert notes(text) == notes(text.replace("Date", "")) == ""
    assert notes(text.replace("Date", "Sitting")) == "dates are in column 'Sitting'"


def test_years_and_parts_of_dates_are_refused_with_what_helps() -> None:
    years = pd.date_range("1900-12-31", periods=80, freq="YE")
    assert refusal(monthly("%Y", months=years)).endswith("; write the year's last day, such as 2003-12-31")
    assert refusal(monthly("%Y", "Year", years)).endswith("; write the year's last day, such as 2003-12-31")
    assert refusal(monthly("%Y,%m", "Year,Month")) == (
        "the date is in several columns: 'Year', 'Month'; write it in one named Date, such as 2003-01-31, "
        "of a month its last day"
    )


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%m-%d-%Y"])
@pytest.mark.parametrize("frequency", ["MS", "QS"])
def test_first_days_of_months_are_read_whatever_stands_first(form: str, frequency: str) -> None:
    days = pd.date_range("2000-01-01", periods=80, freq=frequency)
    for ordered in (days, days[::-1]):
        bars, notes = read(monthly(form, months=ordered))[1:]
        assert (bars.index.tolist(), notes) == (days.tolist(), ())


def test_first_days_of_months_that_do_not_follow_each_other_are_refused() -> None:
    rows = monthly("%m/%d/%Y", months=pd.date_range("2010-01-01", periods=80, freq="MS")).splitlines()
    assert "may have the day or the month first, and no other line tells" in refusal(
        "\n".join([rows[0], *rows[40:], *rows[1:40]])
    )


def test_dates_in_the_future_are_said() -> None:
    text = lines("Date,Close", each=plain)
    assert csv_file.read(io.StringIO(text), "ACME", date(2023, 10, 11)).notes == ()
    assert csv_file.read(io.StringIO(text), "ACME", date(2023, 10, 9)).notes == (
        "read from the file: 2 dates in the future (first 2023-10-11): see whether they are right",
    )


def test_blanks_between_columns_are_refused_with_what_helps() -> None:
    assert refusal(lines('"Index" "Close"', each=lambda day, close: f"{day} {close}")).endswith(
        'and no comma, semicolon or tab between columns; save it as CSV (in R: sep=",")'
    )


def test_numbers_of_days_in_a_spreadsheet_are_named() -> None:
    text = lines("Date,Close", each=lambda day, close: f"{(day - date(1899, 12, 30)).days},{close}")
    assert refusal(text) == (
        "line 2: expected a date such as 2020-12-31, got '45112', the number of a day in a spreadsheet "
        "(likewise 70 more lines, 3, 4, 5 to 72); format the column as a date there, and save it again"
    )


@pytest.mark.parametrize("form", ["{day}T16:00:00Z", "{day} 16:00:00+00:00", "{day} 12:00:00-04:00"])
def test_midnights_of_hong_kong_are_moved_to_their_day(form: str) -> None:
    text = lines("Date,Close", each=lambda day, close: f"{form.format(day=day - timedelta(days=1))},{close}")
    assert notes(text) == (
        f"{form[6:].join(('2023-07-04 ', '')).replace('T', '') if 'T' in form else form.format(day='2023-07-04')} "
        "and the other dates, which have Sundays, are midnights of a place further east: "
        "moved to the next day"
    )


@pytest.mark.parametrize("per_second", [1, 1000])
def test_moments_since_1970_are_midnights_too(per_second: int) -> None:
    def row(day: date, close: float) -> str:
        return f"{((day - date(1970, 1, 1)).days * 86400 - 8 * 3600) * per_second},{close}"

    assert "moved to the next day" in notes(lines("timestamp,close", each=row))


def moments(first: str, last: str, zone: str, hour: int = 0) -> tuple[pd.DatetimeIndex, str]:
    """Week-days, and a file in which they are that hour of the zone, written in UTC."""
    days = pd.bdate_range(first, last)
    utc = (days + pd.Timedelta(hours=hour)).tz_localize(zone).tz_convert("UTC")
    return days, "\n".join(["timestamp,close", *(f"{moment:%Y-%m-%dT%H:%M:%SZ},50" for moment in utc)])


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Lisbon", "Europe/Berlin", "Australia/Sydney"])
def test_midnights_are_moved_where_clocks_change(zone: str) -> None:
    days, text = moments("2021-01-04", "2022-12-30", zone)
    history = loaded(text)
    assert history.dates.tolist() == [day.date() for day in days]
    assert "which have Sundays, are midnights of a place further east: moved to the next day" in history.warnings[0]


def test_midnights_that_are_moved_in_summer_alone_are_counted() -> None:
    assert (
        "2021-03-28 23:00:00Z and the other 154 dates after noon, which have Sundays, are midnights of a place "
        "further east: moved to the next day"
    ) in loaded(moments("2021-01-04", "2021-12-31", "Europe/London")[1]).warnings[0]


@pytest.mark.parametrize(("zone", "hour"), [("America/New_York", 16), ("America/New_York", 0), ("Europe/London", 16)])
def test_closes_and_midnights_of_the_same_day_stay(zone: str, hour: int) -> None:
    days, text = moments("2021-01-04", "2021-12-31", zone, hour)
    assert loaded(text).dates.tolist() == [day.date() for day in days]


@pytest.mark.parametrize("form", ["{day}T00:00:00Z", "{day} 17:00:00+03:00", "{day} 16:25:00Z", "{day}"])
def test_markets_that_trade_on_sundays_stay_where_they_are(form: str) -> None:
    text = lines("Date,Close", each=lambda day, close: f"{form.format(day=day - timedelta(days=1))},{close}")
    assert str(loaded(text).dates[0]) == "2023-07-04"


def test_intraday_bars_are_called_so() -> None:
    text = lines("Date,Close", each=lambda day, close: "\n".join(f"{day} {hour}:30,{close}" for hour in (10, 11, 12)))
    assert refusal(text) == (
        "these are intraday bars: 3 for 2023-07-05 (10:30, 11:30, 12:30); "
        "only daily bars are understood: download the prices by day"
    )
    assert refusal(text.replace("Date,", "Date,Time,").replace(" 1", ",1")).startswith("these are intraday bars: 3 for")


# Several symbols in one file


def panel(name: str = "Name", days: int = len(DAYS)) -> str:
    rows = lines(f"date,close,{name}", each=lambda day, close: f"{day},{close},AAA").splitlines()
    return "\n".join([*rows, *(row.replace("AAA", "BBB").replace(",5", ",9") for row in rows[1 : days + 1])])


@pytest.mark.parametrize("name", ["Name", "Ticker", "Group"])
def test_rows_of_several_symbols_are_refused_with_their_column_and_its_values(name: str) -> None:
    assert refusal(panel(name)) == (
        f"column {name!r} has 2 values: 'AAA', 'BBB'"
        ", and none is 'ACME'; keep the rows of one, or choose it by --symbol (symbol= in the library)"
    )


def test_a_symbol_picks_its_rows() -> None:
    assert notes(panel(), "AAA") == notes(panel(), "aaa") == f"{len(DAYS)} rows of AAA, one of 2 in column 'Name'"


def test_a_symbol_picks_its_rows_by_a_column_whose_name_is_not_known() -> None:
    assert notes(panel("Firm"), "AAA") == f"{len(DAYS)} rows of AAA, one of 2 in column 'Firm'"
    assert loaded(panel("Firm"), "bbb").bars["close"].iloc[0] == CLOSES[0] + 40
    stacked = panel("Firm").splitlines()
    assert (
        notes("\n".join([stacked[0], *stacked[:0:-1]]), "AAA") == f"{len(DAYS)} rows of AAA, one of 2 in column 'Firm'"
    )


def test_numbers_may_be_the_names_of_symbols() -> None:
    text = panel("permno").replace("AAA", "10107").replace("BBB", "14593")
    assert refusal(text, None) == (
        "column 'permno' has 2 values: '10107', '14593'; "
        "keep the rows of one, or choose it by --symbol (symbol= in the library)"
    )
    assert notes(text, "10107") == f"{len(DAYS)} rows of 10107, one of 2 in column 'permno'"


def test_hours_are_not_the_names_of_symbols() -> None:
    assert "keep the right one of them (of several symbols, the rows of one)" in refusal(
        panel("Hour").replace("AAA", "10").replace("BBB", "11")
    )


def test_a_symbol_picks_its_rows_by_any_of_the_columns_that_name_symbols() -> None:
    rows = panel("Company,Symbol").replace("AAA", "Apple Inc,AAPL").replace("BBB", "Intel Corp,INTC")
    assert notes(rows, "AAPL") == f"{len(DAYS)} rows of AAPL, one of 2 in column 'Symbol'"


def test_names_with_blanks_can_be_chosen() -> None:
    wide = lines("Date,S&P 500,Dow Jones", each=lambda day, close: f"{day},{close},{close * 2}")
    assert notes(wide, "S&P 500") == "'S&P 500' is called S&P-500"
    history = loaded(wide, " dow jones ")
    assert (history.symbol, history.bars["close"].iloc[0]) == ("Dow-Jones", 100)
    rows = panel("Company").replace("AAA", "Apple Inc")
    assert notes(rows, "Apple Inc") == (
        f"{len(DAYS)} rows of Apple Inc, one of 2 in column 'Company'; 'Apple Inc' is called Apple-Inc"
    )
    one = lines("Company,Date,Close", each=lambda day, close: f"Apple Inc,{day},{close}")
    assert notes(one, "Apple Inc") == "'Apple Inc' is called Apple-Inc"
    assert "and none of them is 'Nikkei 225'" in refusal(wide, "Nikkei 225")
    assert "expected 1 to 32 letters" in refusal(one, "Intel Corp")


def test_a_column_that_names_one_symbol_names_the_prices() -> None:
    history = loaded(lines("Symbol,Date,Close", each=lambda day, close: f"ACME,{day},{close}"), None)
    assert (history.symbol, history.warnings) == ("ACME", ())


# A file that is all of it at once


def test_a_bad_day_in_the_office() -> None:
    """sep=, a title, names in German, decimal commas, groups, a currency, letters, a holiday, a dividend, a footer."""
    german = lines(
        "sep=;",
        "Kurse von ACME;;;",
        "Datum;Schlusskurs;Stücke;Änderung %;",
        each=lambda day, close: f"{day:%d.%m.%y};{close:.2f} €;1,25 Mio;0,5%;".replace(
            f"{close}.", f"{close},"
        ).replace(f"{close:.2f}", f"{close:.2f}".replace(".", ",")),
        after=("15.08.23;-;;;", "* ohne Gewähr"),
    )
    rows = german.splitlines()
    rows.insert(33, rows.pop(-2))
    assert notes("\n".join(rows).encode("windows-1252")) == (
        "1 line before the headers passed over; text taken to be in Windows-1252; "
        "1 line after the table passed over (line 76: '* ohne Gewähr'); "
        "1 row without a close passed over (first 15.08.23 in line 34)"
    )
