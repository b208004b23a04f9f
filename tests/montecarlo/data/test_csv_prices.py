"""CSV files of prices are read as people's programs write them, and refused where that would take a guess."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from montecarlo.data.history import PriceHistory
from montecarlo.data.sources import load_history
from montecarlo.data.sources.csv_file import MAX_SIZE
from montecarlo.errors import HistoryError

DAYS = pd.bdate_range("2024-07-05", "2024-12-31").drop(["2024-09-02", "2024-11-28", "2024-12-25"])


def table(
    header: str = "Date,Open,High,Low,Close,Volume",
    row: str = "{day:%Y-%m-%d},{open:.2f},{high:.2f},{low:.2f},{close:.2f},1000",
) -> str:
    """One row for each of DAYS, the first (2024-07-05) closing at 1000.25, the next ones a quarter higher each."""
    lines = [header]
    for number, day in enumerate(DAYS, 1):
        close = 1000 + number / 4
        lines.append(row.format(day=day, open=close - 0.1, high=close + 0.5, low=close - 0.5, close=close))
    return "\n".join(lines) + "\n"


def loaded(text: str | bytes) -> PriceHistory:
    stream = io.BytesIO(text) if isinstance(text, bytes) else io.StringIO(text)
    return load_history("ACME", "csv", path=stream)


def with_row(row: str, line: int = 5) -> str:
    lines = table().splitlines()
    lines[line - 1] = row
    return "\n".join(lines)


def assert_reads_as_plain(text: str | bytes) -> None:
    history = loaded(text)
    assert history.warnings == ()
    assert history.digest == loaded(table()).digest


def test_stooqs_columns() -> None:
    history = loaded(table())
    assert (history.symbol, history.source, history.warnings) == ("ACME", "csv", ())
    first = history.bars.loc["2024-07-05"]
    assert first.to_dict() == {
        "open": 1000.15,
        "high": 1000.75,
        "low": 999.75,
        "close": 1000.25,
        "adjusted_close": 1000.25,
        "volume": 1000.0,
    }
    assert len(history.closes) == len(DAYS)


def test_yahoos_columns_with_adjusted_close() -> None:
    history = loaded(
        table(
            "Date,Open,High,Low,Close,Adj Close,Volume",
            "{day:%Y-%m-%d},{open:.6f},{high:.6f},{low:.6f},{close:.6f},500.5,1000",
        )
    )
    assert history.closes[0] == 500.5
    assert history.bars["close"].iloc[0] == 1000.25


def test_date_and_close_are_enough() -> None:
    history = loaded(table("Date,Close", "{day:%Y-%m-%d},{close}"))
    assert history.bars["volume"].isna().all()
    assert history.last_close == 1000 + len(DAYS) / 4


@pytest.mark.parametrize(
    "header",
    [
        "date,open,high,low,close,volume",
        " DATE , OPEN,HIGH ,LOW,CLOSE,VOL",
        "<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>",
        "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen",
        "Data,Otwarcie,Najwyższy,Najniższy,Zamknięcie,Wolumen",
        '"Date","Open","High","Low","Close","Volume"',
    ],
)
def test_headers_in_the_ways_they_are_written(header: str) -> None:
    assert_reads_as_plain(table(header))


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_do_not_matter() -> None:
    text = "\n" + table().replace("2024-08-01", "\n2024-08-01") + "\n\n"
    assert_reads_as_plain(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert_reads_as_plain("\ufeff" + text)


def test_unknown_columns_are_passed_over() -> None:
    assert_reads_as_plain(
        table(
            "Date,Open,High,Low,Close,Volume,,Note",
            "{day:%Y-%m-%d},{open:.2f},{high:.2f},{low:.2f},{close:.2f},1000,,bought",
        )
    )


@pytest.mark.parametrize("separator", [";", "\t"])
def test_semicolons_and_tabs(separator: str) -> None:
    assert_reads_as_plain(table().replace(",", separator))


def test_quoted_thousands_separators() -> None:
    assert_reads_as_plain(table(row='{day:%Y-%m-%d},"{open:,.2f}","{high:,.2f}","{low:,.2f}","{close:,.2f}","1,000"'))


def test_decimal_commas_between_semicolons() -> None:
    continental = table().replace(",", ";").replace(".", ",")
    assert_reads_as_plain(continental)
    assert_reads_as_plain(continental.replace(";1000,", ";1.000,").replace(";1000\n", ";1.000\n"))


def test_a_decimal_mark_that_may_be_a_thousands_separator_is_not_guessed() -> None:
    with pytest.raises(HistoryError, match=r"line 2: 1\.234 may have a decimal mark or a thousands separator"):
        loaded(table("Date;Close", "{day:%Y-%m-%d};1.234"))


def test_between_commas_a_point_is_a_decimal_point() -> None:
    assert loaded(table("Date,Close", "{day:%Y-%m-%d},1.234")).last_close == 1.234


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y%m%d",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d.%m.%Y",
        "%d-%m-%Y",
        "%d-%b-%Y",
        "%d %B %Y",
        '"%b %d, %Y"',
        "%Y-%m-%d 00:00:00-05:00",
        "%m/%d/%Y 16:00",
        "%Y-%m-%dT00:00:00Z",
    ],
)
def test_dates_in_the_ways_they_are_written(form: str) -> None:
    assert_reads_as_plain(table(row=table_row_with_date(form)))


def table_row_with_date(form: str) -> str:
    return f"{{day:{form}}},{{open:.2f}},{{high:.2f}},{{low:.2f}},{{close:.2f}},1000"


def test_days_and_months_that_no_line_tells_apart_are_not_guessed() -> None:
    early = [f"{day}/{month}/{year},100" for year in range(2020, 2024) for month in range(1, 13) for day in (1, 2, 3)]
    with pytest.raises(HistoryError, match="line 3: 2/1/2020 may have the day or the month first, and no other line"):
        loaded("\n".join(["Date,Close", *early]))


def test_with_dots_the_day_is_first() -> None:
    text = "\n".join(
        f"{day}.{month}.{year},100" for year in (2022, 2023) for month in range(1, 13) for day in (1, 2, 3)
    )
    assert str(loaded(f"Date,Close\n{text}").dates[1]) == "2022-01-02"


def test_days_first_in_one_line_and_months_first_in_another_are_refused() -> None:
    text = table(row=table_row_with_date("%d/%m/%Y")).replace("31/07/2024", "07/31/2024")
    with pytest.raises(HistoryError, match=r"has the day first \(15/07/2024\), line 20 the month \(07/31/2024\)"):
        loaded(text)


# Rows that cannot be understood


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("yesterday,1,1,1,1,1", "expected a date such as 2020-12-31, got 'yesterday'"),
        ("2024-06-31,1,1,1,1,1", "'2024-06-31' is no date"),
        ("13/13/2024,1,1,1,1,1", "'13/13/2024' is no date"),
        ("7/10/24,1,1,1,1,1", "expected a date"),
        ("2024-07-10,1,1,1,one,1", "expected a number for close, got 'one'"),
        ("2024-07-10,1,1,1,1.2.3,1", "expected a number for close, got '1.2.3'"),
        ('2024-07-10,1,1,1,"1,23",1', "expected a number for close, got '1,23'"),
        ("2024-07-10,1,1,1,inf,1", "expected a number for close, got 'inf'"),
        ("2024-07-10,1,1,1,1_0,1", "expected a number for close, got '1_0'"),
        ("2024-07-10,1,1,1,1,1.2M", "expected a number for volume, got '1.2M'"),
        ("2024-07-10,1,1,1", "expected 6 values, one for each header, got 4"),
        ("2024-07-10,1,1,1,1,000.5,1", "expected 6 values, one for each header, got 7; a number with a thousands sep"),
        ('2024-07-10,"1"1,1,1,1,1', "not CSV"),
    ],
)
def test_a_row_that_cannot_be_understood_is_refused_with_its_line(row: str, told: str) -> None:
    with pytest.raises(HistoryError) as raised:
        loaded(with_row(row))
    assert f"prices: line 5: {told}" in str(raised.value)


def test_a_quote_that_is_never_closed_is_refused() -> None:
    with pytest.raises(HistoryError, match=r"prices: line \d+: not CSV"):
        loaded(with_row('"2024-07-10,1,1,1,1,1'))


@pytest.mark.parametrize("blank", ["", "null", "N/A", "-"])
def test_a_blank_is_missing_which_a_close_must_not_be(blank: str) -> None:
    assert np.isnan(loaded(with_row(f"2024-07-10,{blank},1002,1000,1001,1")).bars["open"].loc["2024-07-10"])
    with pytest.raises(HistoryError, match="close must be a positive price, is missing on 2024-07-10"):
        loaded(with_row(f"2024-07-10,1,1,1,{blank},1"))


# Files that are not prices


@pytest.mark.parametrize("text", ["", "\n \n", b"", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(text: str | bytes) -> None:
    with pytest.raises(HistoryError, match="prices: the file is empty; expected a line of headers"):
        loaded(text)


def test_headers_alone_are_refused() -> None:
    with pytest.raises(HistoryError, match="the price history is empty"):
        loaded("Date,Close\n")


@pytest.mark.parametrize("text", ["2024-07-05,1,2,3,4,5\n", "No data\n", "Date,Open,High\n2024-07-05,1,2\n"])
def test_a_file_without_the_needed_headers_is_refused(text: str) -> None:
    with pytest.raises(HistoryError, match="expected headers that name Date and Close in the first line, got "):
        loaded(text)


def test_two_columns_of_one_meaning_are_refused() -> None:
    with pytest.raises(HistoryError, match="two columns of the file are its close"):
        loaded(table("Date,Close,High,Low,Close,Volume"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "binary data"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "byte 0 is not; save it as CSV"),
        (table().encode("utf-16"), "byte 0 is not"),
        (b"Date,Close\n2024-07-05,\x00\n", "binary data"),
    ],
)
def test_a_file_that_is_not_text_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(HistoryError, match=f"prices: expected text.*{told}"):
        loaded(content)


def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            assert size >= 0
            given = min(size, 1_000_000)
            self.given += given
            return b"1" * given

    endless = Endless()
    with pytest.raises(HistoryError, match="prices: expected at most 5 MB of daily bars, got more"):
        load_history("ACME", "csv", path=endless)  # type: ignore[arg-type]
    assert endless.given == MAX_SIZE + 1


# Files and streams


def test_a_file_gives_its_name_as_the_symbol(tmp_path: Path) -> None:
    path = tmp_path / "INTC.csv"
    path.write_text(table())
    assert load_history(None, "csv", path=path).symbol == "INTC"
    assert load_history(None, "csv", path=str(path)).symbol == "INTC"
    assert load_history("intel", "csv", path=path).symbol == "intel"


def test_a_file_whose_name_is_no_symbol_needs_one(tmp_path: Path) -> None:
    path = tmp_path / "my prices.csv"
    path.write_text(table())
    with pytest.raises(HistoryError, match=r"symbol: expected 1 to 32 letters.*got 'my prices'"):
        load_history(None, "csv", path=path)
    assert load_history("ACME", "csv", path=path).symbol == "ACME"


def test_a_stream_needs_a_symbol() -> None:
    with pytest.raises(HistoryError, match="symbol: an open stream has no file name"):
        load_history(None, "csv", path=io.StringIO(table()))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(HistoryError, match=f"{path.name}: expected a CSV file that can be read"):
            load_history("ACME", "csv", path=path)


def test_csv_needs_a_path() -> None:
    with pytest.raises(HistoryError, match="path: source 'csv' needs the file to read"):
        load_history("ACME", "csv")


def test_newest_first_is_sorted_with_a_warning() -> None:
    header, *rows = table().splitlines()
    history = loaded("\n".join([header, *reversed(rows)]))
    assert history.warnings == (f"dates out of order in {len(DAYS) - 1} rows (first at 2024-12-30): sorted",)
    assert history.digest == loaded(table()).digest
