"""Yahoo Finance through the package yfinance, over HTTP on this machine."""

import logging
import re
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
import yfinance

from montecarlo.data.sources import load_history
from montecarlo.data.sources.yahoo import _quiet
from montecarlo.errors import HistoryError
from tests.market import DAYS, TODAY, UNKNOWN, Market, chart, no_chart

OTHERWISE = "or take source 'sample' (offline) or 'csv' (a file of yours)"


def midnight(day: str) -> int:
    """In New York."""
    return int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("America/New_York")).timestamp())


def test_closes_and_adjusted_closes_come_without_a_warning(market: Market) -> None:
    market.answers["ACME"] = chart("ACME", DAYS)
    history = load_history("acme", "yfinance")
    assert (history.symbol, history.source) == ("ACME", "yfinance")
    assert history.dates.tolist() == DAYS
    assert history.bars["close"].tolist() == [100.0 + number for number in range(100)]
    assert history.closes.tolist() == [50.0 + number / 2 for number in range(100)]
    assert history.bars["volume"].eq(1000).all()


def test_it_is_asked_for_ten_years_until_yesterday(market: Market) -> None:
    market.answers["TEN"] = chart("TEN", DAYS)
    load_history("TEN", "yfinance")
    (asked,) = market.charts
    assert asked["interval"] == ["1d"]
    assert asked["period1"] == [str(midnight(str((pd.Timestamp(TODAY) - pd.DateOffset(years=10)).date())))]
    assert asked["period2"] == [str(midnight(str(TODAY)))]


@pytest.mark.parametrize(
    ("span", "first", "after"),
    [
        ({"start": "2015-01-01", "end": "2019-12-31"}, "2015-01-01", "2020-01-01"),
        ({"end": "2019-12-31"}, "2010-01-01", "2020-01-01"),
        ({"end": "2019-12-31", "years": 2}, "2018-01-01", "2020-01-01"),
        ({"start": "2015-01-01"}, "2015-01-01", str(TODAY)),
    ],
)
def test_it_is_asked_for_the_days_that_a_person_wants(
    market: Market, span: dict[str, str], first: str, after: str
) -> None:
    market.answers["SPAN"] = chart("SPAN", [day.date() for day in pd.bdate_range("2015-01-01", "2019-12-31")])
    load_history("SPAN", "yfinance", **span)  # type: ignore[arg-type]
    (asked,) = market.charts
    assert (asked["period1"], asked["period2"]) == ([str(midnight(first))], [str(midnight(after))])


def test_the_bar_of_today_is_left_out_because_it_is_not_finished(market: Market) -> None:
    market.answers["LIVE"] = chart("LIVE", [*DAYS, TODAY])
    assert load_history("LIVE", "yfinance").dates.tolist() == DAYS


@pytest.mark.parametrize(
    ("zone", "opens"),
    [("Asia/Hong_Kong", time(0)), ("Asia/Hong_Kong", time(9, 30)), ("Pacific/Auckland", time(10)), ("UTC", time(0))],
)
def test_a_bar_has_the_date_of_its_exchange(market: Market, zone: str, opens: time) -> None:
    symbol = f"{zone[:2]}{opens.hour}"
    market.answers[symbol.upper()] = chart(symbol, DAYS, zone=ZoneInfo(zone), opens=opens, named=zone)
    history = load_history(symbol, "yfinance")
    assert history.dates.tolist() == DAYS
    assert {day.weekday() for day in history.dates.tolist()} == {0, 1, 2, 3, 4}


def test_a_symbol_with_an_ampersand_is_asked_for_as_it_is(market: Market) -> None:
    market.answers["M&M.NS"] = chart("M&M.NS", DAYS, named="Asia/Kolkata", opens=time(3, 45))
    from montecarlo.data.sources import yahoo
    from montecarlo.data.span import Days

    assert len(yahoo.fetch("M&M.NS", Days(DAYS[0], DAYS[-1])).bars) == 100


@pytest.mark.parametrize(("told", "currency"), [("EUR", "EUR"), ("GBp", "GBP"), ("", "")])
def test_the_currency_comes_with_the_prices(market: Market, told: str, currency: str) -> None:
    market.answers["MONEY"] = chart("MONEY", DAYS, currency=told)
    history = load_history("MONEY", "yfinance")
    assert (history.currency, len(market.charts)) == (currency, 1)


# Days without a price


def closes(**others: float | None) -> list[float | None]:
    """100, 101, … but for those given, by number."""
    values: list[float | None] = [100.0 + number for number in range(100)]
    for number, value in others.items():
        values[int(number.removeprefix("day"))] = value
    return values


def test_days_without_a_close_are_left_out_and_said(market: Market) -> None:
    market.answers["GAPS"] = chart("GAPS", DAYS, closes=closes(day5=None, day9=0.0, day10=None))
    history = load_history("GAPS", "yfinance")
    assert history.dates.tolist() == [day for number, day in enumerate(DAYS) if number not in {5, 9, 10}]
    assert history.warnings[0] == f"Yahoo Finance has no close for 3 days (first {DAYS[5]}): left out"


def test_a_day_without_an_adjusted_close_is_left_out_too(market: Market) -> None:
    market.answers["HALF"] = chart("HALF", DAYS, adjusted=closes(day20=None))
    history = load_history("HALF", "yfinance")
    assert len(history.bars) == 99
    assert history.warnings[0] == f"Yahoo Finance has no close for 1 day (first {DAYS[20]}): left out"


def test_nothing_but_blanks_is_refused(market: Market) -> None:
    market.answers["BLANK"] = chart("BLANK", DAYS, closes=[None] * 100)
    with pytest.raises(HistoryError, match="Yahoo Finance has no close on any of the 100 days: take another span"):
        load_history("BLANK", "yfinance")


def test_a_price_below_zero_is_refused_with_the_days_that_have_none(market: Market) -> None:
    days = [day.date() for day in pd.bdate_range("2020-01-02", periods=300)]
    values = [100.0 + number for number in range(300)]
    values[days.index(datetime(2020, 4, 20).date())] = -37.63
    market.answers["CL=F"] = chart("CL=F", days, closes=values)
    with pytest.raises(HistoryError) as raised:
        load_history("CL=F", "yfinance", start="2020-01-01")
    assert str(raised.value) == (
        "Yahoo Finance has a close of -37.63 for CL=F on 2020-04-20; that may be real, but only positive prices can be "
        "simulated: take the days from 2020-05-01 (--start 2020-05-01)"
    )
    assert load_history("CL=F", "yfinance", start="2020-05-01").closes.min() > 0


@pytest.mark.parametrize(
    ("bad", "advice"),
    [
        ([250], "take the days until {before} (--end {before})"),
        ([20, 250], r"take the days from \S+-01 until {before} (--start \S+-01 --end {before})"),
        (range(5, 300, 10), "take another symbol, because no span without such days is long enough"),
    ],
)
def test_the_longest_days_without_one_are_named(market: Market, bad: list[int], advice: str) -> None:
    days = [day.date() for day in pd.bdate_range("2021-01-01", periods=300)]
    values = [-5.0 if number in bad else 100.0 + number for number in range(300)]
    market.answers["SPREAD"] = chart("SPREAD", days, closes=values)
    expected = advice.format(before=days[249]).replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(HistoryError, match=expected):
        load_history("SPREAD", "yfinance", start="2021-01-01")


# What goes wrong


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (UNKNOWN, "Yahoo Finance knows no symbol {symbol}: look it up at https://finance.yahoo.com/lookup"),
        (
            no_chart(400, "Bad Request", "Data doesn't exist for startDate = 1, endDate = 2"),
            "Yahoo Finance has no prices of {symbol} from .* until .*: choose other days, or another symbol",
        ),
        ((429, "Too Many Requests"), r"too many requests came from here \(HTTP 429\): wait some minutes and try again"),
        ((403, "<html>Forbidden</html>"), r"it refuses requests from here \(HTTP 403\): try again later or from"),
        (no_chart(401, "Unauthorized", "Invalid Crumb"), r"it refuses requests from here \(HTTP 401\)"),
        ((503, "<html>Oops</html>"), r"it is out of order \(HTTP 503\): try again later"),
        ((200, "<html>Will be right back</html>"), r"it answered with a web page in place of prices \(HTTP 200\)"),
        ((200, "{}"), r"it answered with something else in place of prices \(HTTP 200\), .* open https://query2"),
        ((200, "null"), "it answered with something else in place of prices"),
        ((200, '{"chart": {"result": [{"meta": {}}], "error": null}}'), "has no prices of {symbol} from .* until "),
        ((200, '{"chart": {"result": [{"meta": {}, "timestamp": [1]}]}}'), "it answered with something else"),
        ((200, '{"chart": {"result": [{"meta": 1}]}}'), "it answered with something else in place of prices"),
    ],
)
def test_what_it_answers_is_told_in_a_sentence(
    market: Market,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    answer: tuple[int, str],
    message: str,
) -> None:
    symbol = f"ODD{abs(hash(answer)) % 10**6}"  # yfinance remembers where it has found a symbol's time zone
    market.answers[symbol] = answer
    with pytest.raises(HistoryError, match=message.format(symbol=symbol)) as raised:
        load_history(symbol, "yfinance")
    assert no_raw_words(str(raised.value))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_without_a_way_to_it_that_is_told_and_no_other_source_taken(out_of_reach: str) -> None:
    for _ in range(2):
        with pytest.raises(
            HistoryError, match=re.escape(out_of_reach.format(host="query2.finance.yahoo.com"))
        ) as raised:
            load_history("AWAY", "yfinance")
        assert str(raised.value).endswith(OTHERWISE)
        assert no_raw_words(str(raised.value))


def no_raw_words(message: str) -> bool:
    return not any(word in message for word in ("curl", "Errno", "Error", "<", "{", "\n", "possibly delisted"))


def test_what_went_wrong_once_is_asked_again(market: Market) -> None:
    market.answers["AGAIN"] = (200, "<html>Will be right back</html>")
    with pytest.raises(HistoryError, match="web page"):
        load_history("AGAIN", "yfinance", start=DAYS[0], end=DAYS[-1])
    market.answers["AGAIN"] = chart("AGAIN", DAYS)
    assert len(load_history("AGAIN", "yfinance", start=DAYS[0], end=DAYS[-1]).bars) == 100


def test_days_that_it_has_not_are_told(market: Market) -> None:
    market.answers["LATE"] = chart("LATE", DAYS)
    with pytest.raises(HistoryError, match="no prices of LATE from 1990-01-01 until 1999-12-31: choose other days"):
        load_history("LATE", "yfinance", start="1990-01-01", end="1999-12-31")


def test_who_ask_at_the_same_time_are_told_what_became_of_their_own(market: Market) -> None:
    market.answers |= {"MINE": chart("MINE", DAYS), "BUSY": (429, ""), "LOST": UNKNOWN}

    def ask(symbol: str) -> str:
        try:
            return f"{len(load_history(symbol, 'yfinance').bars)} bars"
        except HistoryError as error:
            return str(error)

    symbols = ["MINE", "BUSY", "LOST"] * 5
    expected = {"MINE": "100 bars", "BUSY": "(HTTP 429)", "LOST": "knows no symbol LOST"}
    with ThreadPoolExecutor(6) as pool:
        for symbol, told in zip(symbols, pool.map(ask, symbols), strict=True):
            assert expected[symbol] in told


def test_an_unknown_symbol_is_asked_for_once(market: Market) -> None:
    market.answers["GONE"] = UNKNOWN
    with pytest.raises(HistoryError, match="knows no symbol GONE"):
        load_history("GONE", "yfinance")
    assert len([path for path in market.asked if "GONE" in path]) == 1


@pytest.mark.parametrize(
    ("symbol", "hint"),
    [
        ("BRK.B", "perhaps BRK-B is meant, because classes of shares have a hyphen there; otherwise look it up"),
        ("aapl.us", "perhaps AAPL is meant, because US symbols have no suffix there; otherwise look it up"),
    ],
)
def test_symbols_as_others_write_them_are_suggested_as_yahoo_does(market: Market, symbol: str, hint: str) -> None:
    market.answers[symbol.upper()] = UNKNOWN
    with pytest.raises(HistoryError, match=f"knows no symbol {symbol.upper()}: {hint}"):
        load_history(symbol, "yfinance")


@pytest.mark.parametrize("symbol", ["VOD.L", "7203.T", "NOPE", "SHOP.TO"])
def test_others_get_no_suggestion(market: Market, symbol: str) -> None:
    market.answers[symbol] = UNKNOWN
    with pytest.raises(HistoryError, match=f"knows no symbol {symbol}: look it up"):
        load_history(symbol, "yfinance")


# What is kept off the screen


def test_what_other_threads_log_is_not_silenced(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("yfinance")
    with _quiet():
        logger.error("mine")
        other = threading.Thread(target=logger.error, args=("theirs",))
        other.start()
        other.join()
    assert caplog.messages == ["theirs"]
    logger.error("later")
    assert caplog.messages == ["theirs", "later"]


def test_advice_for_programmers_is_silenced_as_long_as_it_is_asked() -> None:
    with _quiet():
        warnings.warn("is deprecated", DeprecationWarning, stacklevel=1)
        warnings.warn("will change", FutureWarning, stacklevel=1)
    with pytest.warns(FutureWarning, match="will change"):
        warnings.warn("will change", FutureWarning, stacklevel=1)


def test_yfinance_can_be_used_by_others_after_a_fetch_that_failed(market: Market) -> None:
    market.answers |= {"BAD": UNKNOWN, "GOOD": chart("GOOD", DAYS)}
    with pytest.raises(HistoryError, match="knows no symbol BAD"):
        load_history("BAD", "yfinance")
    with _quiet():
        assert len(yfinance.Ticker("GOOD").history(period="1y")) == 100
