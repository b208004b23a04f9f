"""CSV files of prices are read as people's programs write them, and refused where that would take a guess."""

import gzip
import io
import zipfile
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
        ("7/10/24,1,1,1,1,1", "7/10/24 has a year of two digits, among dates that are written otherwise"),
        ("2024-07-10,1,1,1,one,1", "expected a number for close, got 'one'"),
        ("2024-07-10,1,1,1,1.2.3,1", "expected a number for close, got '1.2.3'"),
        ('2024-07-10,1,1,1,"1,23",1', "expected a number for close, got '1,23'"),
        ("2024-07-10,1,1,1,inf,1", "expected a number for close, got 'inf'"),
        ("2024-07-10,1,1,1,1_0,1", "expected a number for close, got '1_0'"),
        ("2024-07-10,1,1,1,1.2M,1", "expected a number for close, got '1.2M'"),
        ("2024-07-10,1,1,1,1,many", "expected a number for volume, got 'many'"),
        ("2024-07-10,1,1,1,0,1", "close must be a positive price, is 0 on 2024-07-10; correct or remove it"),
        ("2024-07-10,1,1,1,-5,1", "close must be a positive price, is -5 on 2024-07-10"),
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


@pytest.mark.parametrize("blank", ["", "null", "N/A", "-", ".", "#N/A"])
def test_a_blank_is_missing_and_a_day_without_any_price_is_passed_over(blank: str) -> None:
    assert np.isnan(loaded(with_row(f"2024-07-10,{blank},1002,1000,1001,1")).bars["open"].loc["2024-07-10"])
    history = loaded(with_row(f"2024-07-10,{blank},{blank},{blank},{blank},0"))
    assert len(history.closes) == len(DAYS) - 1
    assert history.warnings == (
        "read from the file: 1 row without a close passed over (first 2024-07-10 in line 5)",
        "1 trading day missing (first 2024-07-10)",
    )


@pytest.mark.parametrize("row", ["2024-07-10,1,1,1,,1", "2024-07-10,,,,,1", "2024-07-10,1,,,null,"])
def test_a_day_that_has_other_numbers_but_no_close_is_refused(row: str) -> None:
    with pytest.raises(HistoryError, match="prices: line 5: has no close, but other numbers; complete or remove it"):
        loaded(with_row(row))


def test_all_that_stands_in_the_way_is_told_at_once() -> None:
    lines = table().splitlines()
    lines[4] = "2024-07-10,1,1,1,one,1"
    lines[6] = lines[7] = lines[8] = "2024-07-12,1,1,1,none at all,1"
    lines[10] = "yesterday,1,1,1,1,1"
    lines[12] = "2024-07-22,1,1,1,0,1"
    with pytest.raises(HistoryError) as raised:
        loaded("\n".join(lines))
    assert str(raised.value) == (
        "prices: 3 things stand in the way: "
        "(1) line 11: expected a date such as 2020-12-31, got 'yesterday'; correct or remove it; "
        "(2) line 5: expected a number for close, got 'one' (likewise line 7); "
        "(3) line 13: close must be a positive price, is 0 on 2024-07-22; correct or remove it"
    )


# Files that are not prices


@pytest.mark.parametrize("text", ["", "\n \n", b"", b"\xef\xbb\xbf", ",,,\n,,\n", "sep=;\n"])
def test_an_empty_file_is_refused(text: str | bytes) -> None:
    with pytest.raises(HistoryError, match="prices: the file is empty; expected a line of headers"):
        loaded(text)


def test_headers_alone_are_refused() -> None:
    with pytest.raises(HistoryError, match="the price history is empty"):
        loaded("Date,Close\n")


@pytest.mark.parametrize("text", ["2024-07-05,1,2,3,4,5\n", "No data\n", "Date,Open,High\n2024-07-05,1,2\n"])
def test_a_file_without_the_needed_headers_is_refused(text: str) -> None:
    with pytest.raises(HistoryError, match="expected headers that name Date and Close in a line of the file, got "):
        loaded(text)


def test_two_columns_of_one_meaning_are_refused() -> None:
    with pytest.raises(HistoryError, match="two columns of the file are its close"):
        loaded(table("Date,Close,High,Low,Close,Volume"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "a packed file that cannot be unpacked"),
        (b"\x1f\x8b\x08\x00", "a packed file that cannot be unpacked"),
        (gzip.compress(table().encode())[:-20], "a packed file that cannot be unpacked"),
        (gzip.compress(gzip.compress(table().encode())), "a file that is packed twice, not CSV; unpack it"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a picture, not CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", r"an Excel workbook \(xls\), not CSV; open it .* CSV UTF-8"),
        (b"PAR1\x15\x04", "a Parquet file, not CSV; save it as CSV"),
        (b"%PDF-1.7", "a PDF document, not CSV"),
        (b"<!DOCTYPE html>\n<html><body>Please log in", "a web page or XML, not CSV"),
        (b'{"Meta Data": {}}', "JSON, not CSV; download the prices as CSV"),
        (b'[{"date": "2024-07-05", "close": 1}]', "JSON, not CSV"),
        (b"Date,Close\n2024-07-05,\x00\n", "expected text, got binary data"),
        (b"Date,Close\n\x81\x8d,1\n", "expected text, got binary data or an unknown encoding"),
        (b"\xff\xfeD\x00a", "expected text in utf-16-le, as its first bytes say"),
    ],
)
def test_a_file_that_is_not_text_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(HistoryError, match=f"prices: {told}"):
        loaded(content)


def zipped(**files: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252"])
def test_encodings(encoding: str) -> None:
    assert_reads_as_plain(table("Date;Open;High;Low;Close;Volume;Größe", table_row(";") + ";1").encode(encoding))


def test_an_encoding_that_had_to_be_assumed_is_said_where_it_matters() -> None:
    german = table("Datum;Eröffnung;Hoch;Tief;Schluss;Stücke", table_row(";")).encode("windows-1252")
    history = loaded(german)
    assert history.warnings == ("read from the file: text taken to be in Windows-1252",)
    assert history.digest == loaded(table()).digest


def table_row(separator: str) -> str:
    return separator.join(("{day:%Y-%m-%d}", "{open:.2f}", "{high:.2f}", "{low:.2f}", "{close:.2f}", "1000"))


def test_packed_files() -> None:
    assert_reads_as_plain(gzip.compress(table().encode()))
    assert_reads_as_plain(zipped(**{"ACME.csv": table()}))
    assert_reads_as_plain(zipped(**{"ACME.csv": table().encode("utf-16"), "__MACOSX/._ACME.csv": b"x", "folder/": b""}))


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"A.csv": "1", "B.csv": "2"},
            "expected one file in the zip archive, got 2: A.csv, B.csv; unpack it, and give",
        ),
        ({}, "expected one file in the zip archive, got none"),
        (
            {"[Content_Types].xml": "", "xl/workbook.xml": ""},
            r"a workbook or document \(such as xlsx, ods or numbers\)",
        ),
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": ""}, "a workbook or document"),
        ({"inner.zip": zipped(**{"A.csv": "1"})}, "a file that is packed twice"),
    ],
)
def test_archives_that_leave_a_choice_and_workbooks_are_refused(files: dict[str, str], told: str) -> None:
    with pytest.raises(HistoryError, match=f"prices: {told}"):
        loaded(zipped(**files))


def test_what_is_too_large_unpacked_is_refused() -> None:
    bomb = b"0" * 20_000_000
    for packed in (gzip.compress(bomb), zipped(**{"A.csv": bomb})):
        assert len(packed) < MAX_SIZE
        with pytest.raises(HistoryError, match="prices: expected at most 5 MB of daily bars, got more"):
            loaded(packed)


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


@pytest.mark.parametrize("name", ["ACME (1).csv", "ACME - Copy.csv", "ACME - Kopie (2).csv", "ACME.CSV.gz", "ACME.tsv"])
def test_what_a_browser_or_a_desktop_adds_to_a_name_is_left_out(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(table())
    history = load_history(None, "csv", path=path)
    assert (history.symbol, history.warnings) == ("ACME", ())


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("my prices.csv", "my-prices"), ("S&P 500 Historical Data.csv", "S&P-500"), ("Börse.csv", "B-rse")],
)
def test_a_file_whose_name_is_no_symbol_gives_a_label_and_says_so(name: str, symbol: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(table())
    history = load_history(None, "csv", path=path)
    assert history.symbol == symbol
    assert history.warnings == (
        f"read from the file: called {symbol} after the file's name; --symbol calls it otherwise",
    )
    assert load_history("ACME", "csv", path=path).warnings == ()


def test_a_name_that_gives_no_label_is_refused_with_the_option(tmp_path: Path) -> None:
    path = tmp_path / "株価.csv"
    path.write_text(table())
    with pytest.raises(HistoryError, match=r"株価\.csv: its name gives no symbol .* give one \(--symbol"):
        load_history(None, "csv", path=path)


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


def test_newest_first_is_a_dialect_and_no_disorder() -> None:
    header, *rows = table().splitlines()
    assert_reads_as_plain("\n".join([header, *reversed(rows)]))


def test_a_row_in_the_wrong_place_is_sorted_with_a_warning() -> None:
    header, first, second, *rows = table().splitlines()
    history = loaded("\n".join([header, second, first, *rows]))
    assert history.warnings == ("dates out of order in 1 row (first at 2024-07-05): sorted",)
    assert history.digest == loaded(table()).digest
