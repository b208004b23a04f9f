"""FRED through the package pandas-datareader, over HTTP on this machine."""

import re
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from montecarlo.data.sources import load_history
from montecarlo.errors import HistoryError
from tests.market import DAYS, TODAY, Market, series


def levels(**others: str) -> list[str]:
    """100, 101, … but for those given, by number."""
    return [others.get(f"day{number}", str(100 + number)) for number in range(100)]


def test_levels_come_without_the_blanks_of_holidays(market: Market) -> None:
    market.answers["SP500"] = series("SP500", DAYS, levels(day10="", day11="."))
    history = load_history("sp500", "fred")
    assert (history.symbol, history.source) == ("SP500", "fred")
    assert history.dates.tolist() == DAYS[:10] + DAYS[12:]
    assert history.closes.tolist() == history.bars["close"].tolist()
    assert history.closes[:2].tolist() == [100.0, 101.0]
    assert np.isnan(history.bars["open"]).all()
    assert not any("no close" in warning for warning in history.warnings)


def test_it_gives_ten_years(market: Market) -> None:
    days = [day.date() for day in pd.bdate_range(end=TODAY - timedelta(days=1), periods=4000)]
    market.answers["OLD"] = series("OLD", days)
    first = load_history("OLD", "fred").dates[0]
    assert timedelta(0) <= first.item() - (pd.Timestamp(TODAY) - pd.DateOffset(years=10)).date() < timedelta(days=4)


def test_it_gives_the_days_that_a_person_wants(market: Market) -> None:
    days = [day.date() for day in pd.bdate_range("1990-01-01", "2020-12-31")]
    market.answers["OLD"] = series("OLD", days)
    history = load_history("OLD", "fred", start="1995-01-02", end="1999-12-31")
    assert (str(history.dates[0]), str(history.dates[-1])) == ("1995-01-02", "1999-12-31")


def test_the_level_of_today_is_left_out_as_yahoos_bar_is(market: Market) -> None:
    market.answers["LIVE"] = series("LIVE", [*DAYS, TODAY])
    assert load_history("LIVE", "fred").dates.tolist() == DAYS


def test_oil_below_zero_cannot_be_simulated_and_the_days_that_can_are_named(market: Market) -> None:
    days = [day.date() for day in pd.bdate_range("2016-01-01", "2024-12-31")]
    values = ["-36.98" if str(day) == "2020-04-20" else "40" for day in days]
    values[7] = "."
    market.answers["DCOILWTICO"] = series("DCOILWTICO", days, values)
    with pytest.raises(HistoryError) as raised:
        load_history("DCOILWTICO", "fred", start="2016-01-01")
    assert str(raised.value) == (
        "FRED has a close of -36.98 for DCOILWTICO on 2020-04-20; that may be real, but only positive prices can be "
        "simulated: take the days from 2020-05-01 (--start 2020-05-01)"
    )
    assert str(load_history("DCOILWTICO", "fred", start="2020-05-01").dates[0]) == "2020-05-01"


def test_a_rate_of_zero_is_real_too(market: Market) -> None:
    market.answers["RATE"] = series("RATE", DAYS, levels(day3="0.00", day8="0.00"))
    with pytest.raises(HistoryError, match=f"a close of 0 for RATE on {DAYS[3]}, the first of 2 such days; that may"):
        load_history("RATE", "fred")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((404, "<html>Not found</html>"), "FRED has no series ODD: look it up at https://fred.stlouisfed.org"),
        ((400, '{"error_code": 400}'), "FRED has no series ODD"),
        ((429, "<html>Slow down</html>"), r"too many requests came from here \(HTTP 429\): wait some minutes"),
        ((403, "Access Denied"), r"it refuses requests from here \(HTTP 403\)"),
        ((500, "<html>"), r"it is out of order \(HTTP 500\): try again later"),
        ((200, "<html><body>Error</body></html>"), r"it answered with a web page in place of prices \(HTTP 200\)"),
        ((200, '{"error": "none"}'), r"it answered with something else in place of prices \(HTTP 200\)"),
        ((200, ""), "it answered with something else in place of prices"),
        ((200, "observation_date,ODD\nsoon,1\n"), "it answered with something else in place of prices"),
        ((200, "observation_date,ODD\n2020-01-02,much\n"), "it answered with something else in place of prices"),
        ((200, "observation_date,ODD\n"), "FRED has no levels of ODD from .* until .*: choose other days"),
        ((200, "observation_date,ODD\n1950-01-02,1\n"), "FRED has no levels of ODD from .* until .*: choose other"),
    ],
)
def test_what_it_answers_is_told_in_a_sentence(
    market: Market, capfd: pytest.CaptureFixture[str], answer: tuple[int, str], message: str
) -> None:
    market.answers["ODD"] = answer
    with pytest.raises(HistoryError, match=message) as raised:
        load_history("ODD", "fred")
    assert not any(word in str(raised.value) for word in ("Error", "<", "{", "\n", "Response"))
    assert capfd.readouterr() == ("", "")


def test_without_a_way_to_it_that_is_told_and_no_other_source_taken(out_of_reach: str) -> None:
    with pytest.raises(HistoryError, match=re.escape(out_of_reach.format(host="fred.stlouisfed.org"))) as raised:
        load_history("SP500", "fred")
    assert str(raised.value).endswith("or take source 'sample' (offline) or 'csv' (a file of yours)")
    assert not any(word in str(raised.value) for word in ("Errno", "Error", "HTTPConnection"))


def test_a_name_with_signs_of_addresses_in_it_asks_for_nothing_else(market: Market) -> None:
    from montecarlo.data.sources import fred
    from montecarlo.data.span import Days

    with pytest.raises(HistoryError, match="FRED has no series SP500&X=1"):
        fred.fetch("SP500&X=1", Days(DAYS[0], DAYS[-1]))
    assert market.asked[0].endswith("?id=SP500%26X%3D1")
