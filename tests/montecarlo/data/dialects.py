"""Tables of prices as anybody might write them: the same bars in any of a great many dialects."""

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from hypothesis import strategies as st

HEADERS = {
    "English": ("Date", "Open", "High", "Low", "Close", "Volume"),
    "Stooq": ("<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>"),
    "Investing": ("Date", "Open", "High", "Low", "Price", "Vol."),
    "Nasdaq": ("Date", "Open", "High", "Low", "Close/Last", "Volume"),
    "Bloomberg": ("Dates", "PX_OPEN", "PX_HIGH", "PX_LOW", "PX_LAST", "PX_VOLUME"),
    "quantmod": ("", "AAPL.Open", "AAPL.High", "AAPL.Low", "AAPL.Close", "AAPL.Volume"),
    "German": ("Datum", "Eröffnung", "Tageshoch", "Tagestief", "Schlusskurs", "Stücke"),
    "French": ("Date", "Ouverture", "Plus haut", "Plus bas", "Clôture", "Volume"),
    "Spanish": ("Fecha", "Apertura", "Máximo", "Mínimo", "Cierre", "Volumen"),
    "Italian": ("Data", "Apertura", "Massimo", "Minimo", "Chiusura", "Volume"),
    "Polish": ("Data", "Otwarcie", "Najwyższy", "Najniższy", "Zamknięcie", "Wolumen"),
}
ENGLISH = ("English", "Stooq", "Investing", "Nasdaq", "Bloomberg", "quantmod")
_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_GERMAN = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober")
_GERMAN += ("November", "Dezember")
DATES: dict[str, Callable[[date], str]] = {
    "2020-01-31": lambda day: f"{day:%Y-%m-%d}",
    "2020/01/31": lambda day: f"{day:%Y/%m/%d}",
    "20200131": lambda day: f"{day:%Y%m%d}",
    "31/01/2020": lambda day: f"{day:%d/%m/%Y}",
    "01/31/2020": lambda day: f"{day:%m/%d/%Y}",
    "1/31/2020": lambda day: f"{day.month}/{day.day}/{day.year}",
    "31.01.2020": lambda day: f"{day:%d.%m.%Y}",
    "31-01-2020": lambda day: f"{day:%d-%m-%Y}",
    "31.01.20": lambda day: f"{day:%d.%m.%y}",
    "1/31/20": lambda day: f"{day.month}/{day.day}/{day:%y}",
    "31/01/20": lambda day: f"{day:%d/%m/%y}",
    "20-01-31": lambda day: f"{day:%y-%m-%d}",
    "31-Jan-20": lambda day: f"{day.day}-{_ENGLISH[day.month - 1]}-{day:%y}",
    "31-Jan-2020": lambda day: f"{day.day}-{_ENGLISH[day.month - 1]}-{day:%Y}",
    "Jan 31 2020": lambda day: f"{_ENGLISH[day.month - 1]} {day.day} {day:%Y}",
    "Jan 31, 2020": lambda day: f"{_ENGLISH[day.month - 1]} {day.day}, {day:%Y}",
    "31. Januar 2020": lambda day: f"{day.day}. {_GERMAN[day.month - 1]} {day:%Y}",
    "with midnight": lambda day: f"{day:%Y-%m-%d} 00:00:00",
    "with a time zone": lambda day: f"{day:%Y-%m-%d} 00:00:00-05:00",
    "at the close": lambda day: f"{day:%m/%d/%Y} 16:00:00",
    "in seconds": lambda day: str((day - date(1970, 1, 1)).days * 86400),
    "in milliseconds": lambda day: str((day - date(1970, 1, 1)).days * 86_400_000),
}
TITLES = ("ACME Inc.", "Prices of ACME, 2020", "Source: somebody;unadjusted", "https://prices.example/acme")
FOOTERS = ("Made by a site, end of table", "Total", "* as of the last close", "Disclaimer: no warranty; none, at all")
BLANKS = ("", ".", "-", "null", "N/A", "#N/A")
DAMAGES = ("none",) * 4 + (
    "a lost cell",
    "another price for a day",
    "one date otherwise",
    "a word",
    "one decimal otherwise",
)


@dataclass(frozen=True)
class Dialect:
    """How a table is written."""

    headers: str
    columns: str
    date: str
    separator: str
    decimal: str
    thousands: str
    decimals: int
    letters: bool
    currency: str
    all_in_quotes: bool
    newest_first: bool
    line_end: str
    encoding: str
    packed: str
    titles: tuple[str, ...]
    footers: tuple[str, ...]
    holidays: str | None
    dividends: bool
    trailing: bool
    change: bool
    separator_line: bool
    headers_again: bool
    row_twice: bool
    damage: str

    @property
    def nobodys(self) -> bool:
        """Whether thousands would be separated by points among headers in English and between commas."""
        return self.separator == "," and self.thousands == "." and self.headers in ENGLISH


DIALECTS = st.builds(
    Dialect,
    headers=st.sampled_from(list(HEADERS)),
    columns=st.sampled_from(["DC", "DOHLCV", "DCOHLV", "DOHLC", "DVC", "CD"]),
    date=st.sampled_from(list(DATES)),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    thousands=st.sampled_from(["", "", ",", ".", "'", "\u2019", " ", "\u00a0", "\u202f"]),
    decimals=st.integers(0, 4),
    letters=st.booleans(),
    currency=st.sampled_from(["", "", "$", "€"]),
    all_in_quotes=st.booleans(),
    newest_first=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "windows-1252"]),
    packed=st.sampled_from(["", "", "gz", "zip"]),
    titles=st.lists(st.sampled_from(TITLES), max_size=2).map(tuple),
    footers=st.lists(st.sampled_from(FOOTERS), max_size=2).map(tuple),
    holidays=st.none() | st.sampled_from(BLANKS),
    dividends=st.booleans(),
    trailing=st.booleans(),
    change=st.booleans(),
    separator_line=st.booleans(),
    headers_again=st.booleans(),
    row_twice=st.booleans(),
    damage=st.sampled_from(DAMAGES),
)


def truth(seed: int, start: date, scale: float, decimals: int) -> pd.DataFrame:
    """Bars of some seventy weekdays, their prices rounded, their volumes whole."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range(start, periods=75)
    days = days[rng.random(len(days)) > 0.05]
    closes = scale * np.exp(np.cumsum(rng.normal(0, 0.02, len(days))))
    bars = pd.DataFrame(index=days)
    for name, factor in (("open", 0.999), ("high", 1.02), ("low", 0.98), ("close", 1.0)):
        bars[name] = np.maximum(np.round(closes * factor, decimals), 10.0**-decimals)
    bars["volume"] = rng.integers(1, 500, len(days)) * 10_000.0
    return bars


def written(dialect: Dialect, bars: pd.DataFrame, seed: int) -> bytes:
    """The bars as a file."""
    rng = np.random.default_rng(seed)
    names = dict(zip("DOHLCV", HEADERS[dialect.headers], strict=True))
    header = [names[letter] for letter in dialect.columns] + ["Change %"] * dialect.change
    rows = []
    for day, bar in bars.iterrows():
        rows.append((day.date(), _row(dialect, day.date(), bar)))  # type: ignore[attr-defined]
    if dialect.damage != "none":
        _damage(dialect, rows, bars, rng)
    if dialect.row_twice:
        rows.insert(20, rows[20])
    if dialect.holidays is not None:
        for day in pd.bdate_range(bars.index[0], bars.index[-1]).difference(bars.index):
            cells = [
                DATES[dialect.date](day.date()) if letter == "D" else dialect.holidays for letter in dialect.columns
            ]
            rows.append((day.date(), cells + [""] * dialect.change))
        rows.sort(key=lambda row: row[0])
    if dialect.dividends and dialect.columns[0] == "D":
        rows.insert(31, (rows[30][0], [DATES[dialect.date](rows[30][0]), "0.10 Dividend"]))
    if dialect.newest_first:
        rows.reverse()
    lines = [header, *(cells for _, cells in rows)]
    if dialect.headers_again:
        lines.insert(40, header)
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if dialect.all_in_quotes else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=dialect.separator, lineterminator=dialect.line_end, quoting=quoting)
    if dialect.separator_line:
        out.write(f"sep={dialect.separator}{dialect.line_end}")
    writer.writerows([title] for title in dialect.titles)
    writer.writerows(line + [""] * dialect.trailing for line in lines)
    writer.writerows([footer] for footer in dialect.footers)
    try:
        return _packed(dialect, out.getvalue().encode(dialect.encoding))
    except UnicodeEncodeError:  # Windows-1252 has not all that the others have
        return _packed(dialect, out.getvalue().encode())


def _row(dialect: Dialect, day: date, bar: pd.Series) -> list[str]:
    cells = {"D": DATES[dialect.date](day), "V": _volume(dialect, bar["volume"])}
    for letter, name in zip("OHLC", ("open", "high", "low", "close"), strict=True):
        cells[letter] = _price(dialect, bar[name])
    return [cells[letter] for letter in dialect.columns] + ["0.59%"] * dialect.change


def _price(dialect: Dialect, price: float) -> str:
    text = _number(dialect, price, dialect.decimals)
    return {"": text, "$": f"${text}", "€": f"{text} €"}[dialect.currency]


def _volume(dialect: Dialect, volume: float) -> str:
    if dialect.letters:
        return f"{volume / 1e6:.2f}".replace(".", dialect.decimal) + "M"
    return _number(dialect, volume, 0)


def _number(dialect: Dialect, number: float, decimals: int) -> str:
    whole, _, fraction = f"{number:,.{decimals}f}".partition(".")
    thousands = "" if dialect.thousands == dialect.decimal or dialect.nobodys else dialect.thousands
    whole = whole.replace(",", thousands)
    return whole + (dialect.decimal + fraction if fraction else "")


def _damage(dialect: Dialect, rows: list[tuple[date, list[str]]], bars: pd.DataFrame, rng: np.random.Generator) -> None:
    at = int(rng.integers(1, len(rows) - 1))
    day, cells = rows[at]
    date_at, close_at = dialect.columns.index("D"), dialect.columns.index("C")
    if dialect.damage == "a lost cell" and len(dialect.columns) > 2:  # else it is a day without a price
        lost = int(rng.integers(len(cells)))
        rows[at] = day, cells[:lost] + cells[lost + 1 :]
    elif dialect.damage == "another price for a day":
        other = list(cells)
        other[close_at] = _price(dialect, bars["close"].iloc[at] * 2 + 1)
        rows.insert(at + 1, (day, other))
    elif dialect.damage == "one date otherwise":
        cells[date_at] = f"{day:%d-%m-%Y}" if dialect.date != "31-01-2020" else f"{day:%m/%d/%Y}"
    elif dialect.damage == "a word":
        cells[int(rng.integers(len(dialect.columns)))] = "suspended"
    elif dialect.damage == "one decimal otherwise":
        cells[close_at] = cells[close_at].replace(dialect.decimal, "." if dialect.decimal == "," else ",")


def _packed(dialect: Dialect, content: bytes) -> bytes:
    if dialect.packed == "gz":
        return gzip.compress(content)
    if dialect.packed == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("prices.csv", content)
        return out.getvalue()
    return content
