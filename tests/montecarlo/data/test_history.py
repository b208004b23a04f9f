"""A price history is checked on the way in, and its bytes are the same wherever they are written."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from montecarlo.data.history import MIN_RETURNS, PriceHistory, check_history, check_symbol
from montecarlo.errors import HistoryError


def bars(days: int = 100) -> pd.DataFrame:
    """Unremarkable bars in a spring without holidays, closes 100.25, 100.5, …"""
    dates = pd.bdate_range("2024-07-05", periods=days).difference(pd.DatetimeIndex(["2024-09-02", "2024-11-28"]))
    closes = 100 + 0.25 * np.arange(1, len(dates) + 1)
    return pd.DataFrame(
        {
            "open": closes - 0.1,
            "high": closes + 0.5,
            "low": closes - 0.5,
            "close": closes,
            "adjusted_close": closes / 2,
            "volume": 1000.0,
        },
        index=dates,
    )


def altered(column: str, row: int, value: float) -> pd.DataFrame:
    frame = bars()
    frame.iloc[row, frame.columns.get_loc(column)] = value
    return frame


def checked(frame: pd.DataFrame) -> PriceHistory:
    return check_history(frame, "ACME", "csv")


def test_good_bars_pass_without_a_warning() -> None:
    history = checked(bars())
    assert (history.symbol, history.source, history.warnings) == ("ACME", "csv", ())
    assert history.bars.index.name == "date"
    assert list(history.bars.columns) == ["open", "high", "low", "close", "adjusted_close", "volume"]
    assert (history.bars.dtypes == np.float64).all()


def test_closes_are_the_adjusted_ones() -> None:
    history = checked(bars())
    assert history.closes[:2].tolist() == [50.125, 50.25]
    assert history.last_close == history.closes[-1]
    assert history.dates[0] == np.datetime64("2024-07-05")
    assert history.dates.dtype == "datetime64[D]"


def test_without_adjusted_closes_the_closes_serve() -> None:
    history = checked(bars()[["close"]])
    assert history.closes[0] == 100.25
    assert history.bars["open"].isna().all()
    assert history.warnings == ()


def test_days_lose_their_hour_and_their_time_zone() -> None:
    frame = bars()
    frame.index = frame.index.tz_localize("America/New_York") + pd.Timedelta(hours=16)
    pd.testing.assert_frame_equal(checked(frame).bars, checked(bars()).bars)


def test_other_columns_are_left_out() -> None:
    assert checked(bars().assign(dividends=1.0)).digest == checked(bars()).digest


# What is refused


def test_an_empty_frame_is_refused() -> None:
    with pytest.raises(HistoryError, match="ACME from source 'csv': the price history is empty; check the symbol"):
        checked(pd.DataFrame())


def test_bars_without_closes_are_refused() -> None:
    with pytest.raises(HistoryError, match="expected a column 'close', got open, high"):
        checked(bars()[["open", "high"]])


def test_bars_without_dates_are_refused() -> None:
    with pytest.raises(HistoryError, match="expected dates as the index"):
        checked(bars().reset_index(drop=True))


def test_text_for_a_price_is_refused() -> None:
    with pytest.raises(HistoryError, match="expected numbers"):
        checked(bars().astype({"close": object}).replace({"close": {100.25: "a lot"}}))


def test_fewer_returns_than_the_least_are_refused() -> None:
    assert MIN_RETURNS == 60
    whole = bars()
    with pytest.raises(HistoryError, match=r"at least 60 returns \(61 rows\).*got 60 rows"):
        checked(whole.head(60))
    assert len(checked(whole.head(61)).closes) == 61


def test_duplicate_dates_are_refused() -> None:
    frame = bars()
    with pytest.raises(HistoryError, match="one row for each date, got several for 2024-07-09"):
        checked(pd.concat([frame, frame.iloc[[2]] + 1]))
    with pytest.raises(HistoryError, match="got several for 2024-07-05"):
        checked(pd.concat([frame, frame.shift(freq="6h") + 1]))


def test_a_row_that_stands_there_twice_counts_once() -> None:
    frame = bars()
    history = checked(pd.concat([frame, frame.iloc[[-1]]]))
    assert history.warnings == ("1 row left out that stood there twice",)
    assert history.digest == checked(frame).digest


def test_a_row_without_a_date_is_refused() -> None:
    frame = bars()
    frame.index = frame.index.where(frame.index != frame.index[5])
    with pytest.raises(HistoryError, match="a row has no date"):
        checked(frame)


@pytest.mark.parametrize("column", ["close", "adjusted_close"])
@pytest.mark.parametrize(("value", "shown"), [(np.nan, "missing"), (0.0, "0"), (-3.5, "-3.5")])
def test_a_close_that_is_missing_or_not_positive_is_refused(column: str, value: float, shown: str) -> None:
    with pytest.raises(HistoryError, match=f"{column} must be a positive price, is {shown} on 2024-07-09"):
        checked(altered(column, 2, value))


@pytest.mark.parametrize("column", ["open", "high", "low", "close", "adjusted_close", "volume"])
def test_an_infinite_value_is_refused(column: str) -> None:
    with pytest.raises(HistoryError, match=f"{column} is not a finite number on 2024-07-09"):
        checked(altered(column, 2, np.inf))


# What passes with a warning


def test_unordered_dates_are_sorted_with_a_warning() -> None:
    frame = bars()
    history = checked(pd.concat([frame.iloc[10:], frame.iloc[:10]]))
    assert history.warnings == ("dates out of order in 1 row (first at 2024-07-05): sorted",)
    assert history.digest == checked(frame).digest


def test_a_gap_is_told() -> None:
    frame = bars()
    history = checked(frame.drop([pd.Timestamp("2024-08-14"), pd.Timestamp("2024-10-01")]))
    assert history.warnings == ("2 trading days missing (first 2024-08-14)",)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("high", 100.0),
        ("high", 100.7),
        ("low", 100.7),
        ("low", 101.2),
        ("low", 200.0),
        ("open", 101.3),
        ("open", 0.0),
        ("volume", -1.0),
    ],
)
def test_an_impossible_bar_is_told(column: str, value: float) -> None:
    (warning,) = checked(altered(column, 2, value)).warnings  # 2024-07-09 closes at 100.75
    assert warning.startswith("1 impossible bar: high below low, open or close")
    assert "(first 2024-07-09)" in warning


def test_a_low_above_the_close_alone_is_impossible_too() -> None:
    frame = bars()
    frame.iloc[2, :3] = [101.0, 101.25, 100.9]
    assert checked(frame).warnings[0].startswith("1 impossible bar")


def test_single_precision_is_no_impossible_bar() -> None:
    assert checked(altered("high", 2, 100.75 * (1 - 1e-7))).warnings == ()


@pytest.mark.parametrize(("factor", "shown"), [(0.59, "-41 %"), (1.42, "+42 %")])
def test_a_move_of_more_than_40_percent_is_told(factor: float, shown: str) -> None:
    frame = bars()
    frame.iloc[50:] *= factor
    (warning,) = checked(frame).warnings
    assert warning.startswith("1 move of more than 40 % in a day (first 2024-09-16, ")
    assert shown in warning
    assert warning.endswith("a split, a spin-off or a real crash")


def test_a_move_of_less_is_not() -> None:
    frame = bars()
    frame.iloc[50:] *= 0.62
    assert checked(frame).warnings == ()


def test_a_split_that_the_adjusted_closes_take_out_is_no_move() -> None:
    frame = bars()
    frame.iloc[50:, :4] /= 4
    assert checked(frame).warnings == ()


def test_each_kind_of_warning_comes_once_and_is_short_enough_to_travel_in_a_message() -> None:
    frame = bars(1000).drop(pd.bdate_range("2025-03-03", "2025-03-28")).iloc[::-1]
    frame["high"] = 1.0
    frame.iloc[::3, 3:5] *= 10
    warnings = checked(frame).warnings
    assert [warning.split()[1] for warning in warnings] == ["out", "trading", "impossible", "moves"]
    assert all(len(warning) < 200 for warning in warnings)


# The snapshot


def test_the_snapshot_is_canonical() -> None:
    frame = bars()
    frame["open"] = np.nan
    frame["volume"] = 1e16
    frame.iloc[0, 3] = 0.1 + 0.2
    content = checked(frame).to_csv()
    assert content.startswith(
        b"date,open,high,low,close,adjusted_close,volume\n"
        b"2024-07-05,,100.75,99.75,0.30000000000000004,50.125,1e+16\n"
        b"2024-07-08,,101.0,100.0,100.5,50.25,1e+16\n"
    )
    assert content.endswith(b"\n")


def test_a_snapshot_reads_back_to_the_same_bytes() -> None:
    rng = np.random.default_rng(1)
    frame = bars()
    frame[["close", "adjusted_close"]] = np.exp(rng.normal(size=(len(frame), 2)))
    frame.iloc[3, 0] = np.nan
    history = checked(frame)
    again = PriceHistory.from_csv(history.to_csv(), "ACME", "csv")
    assert again.to_csv() == history.to_csv()
    assert again.digest == history.digest == hashlib.sha256(history.to_csv()).hexdigest()
    assert again.warnings == history.warnings != ()
    pd.testing.assert_frame_equal(again.bars, history.bars)


def test_another_price_makes_another_digest() -> None:
    assert checked(altered("close", 2, 100.76)).digest != checked(bars()).digest


@pytest.mark.parametrize(
    "alter",
    [
        lambda content: b"",
        lambda content: b"\xff\x00",
        lambda content: content[:-9],
        lambda content: content + b"x",
        lambda content: content.replace(b"100.25", b"100.250"),
        lambda content: content.replace(b"100.25", b"a lot"),
        lambda content: content.replace(b"100.25", b"nan"),
        lambda content: content.replace(b"2024-07-05", b"05/07/2024"),
        lambda content: content.replace(b"close", b"last"),
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.replace(b"100.25", b""),
    ],
)
def test_what_is_not_a_snapshot_byte_for_byte_is_refused(alter) -> None:  # type: ignore[no-untyped-def]
    content = alter(checked(bars()).to_csv())
    with pytest.raises(HistoryError, match="ACME"):
        PriceHistory.from_csv(content, "ACME", "csv")


# Symbols


@pytest.mark.parametrize("symbol", ["AAPL", "brk-b", "^GSPC", "EURUSD=X", "005930.KS", "M&M.NS", "A_1", " AAPL "])
def test_symbols_that_sources_use_are_taken(symbol: str) -> None:
    assert check_symbol(symbol) == symbol.strip()


@pytest.mark.parametrize(
    "symbol", ["", " ", "A B", "../AAPL", "A/B", "A\\B", "A\nB", "<b>", "A" * 33, "Ä", "A*", "A+B"]
)
def test_anything_else_is_not(symbol: str) -> None:
    with pytest.raises(HistoryError, match="symbol: expected 1 to 32 letters"):
        check_symbol(symbol)
    with pytest.raises(HistoryError, match="symbol"):
        check_history(bars(), symbol, "csv")
