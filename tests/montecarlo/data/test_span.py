"""Which days of a history a person wants, of whichever source."""

import io
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from montecarlo.data.sources import load_history
from montecarlo.errors import HistoryError, ParameterError

TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ({}, "2000-03-01", "2013-03-01"),
        ({"start": "2005-06-01"}, "2005-06-01", "2013-03-01"),
        ({"end": "2005-06-01"}, "2000-03-01", "2005-06-01"),
        ({"start": date(2005, 6, 1), "end": pd.Timestamp(2006, 6, 1, 12)}, "2005-06-01", "2006-06-01"),
        ({"years": 2}, "2011-03-02", "2013-03-01"),
        ({"years": 2, "end": "2005-06-01"}, "2003-06-02", "2005-06-01"),
        ({"years": 2, "end": str(TODAY)}, "2011-03-02", "2013-03-01"),
        ({"years": 200}, "2000-03-01", "2013-03-01"),
        ({"start": "1950-01-01", "end": ""}, "2000-03-01", "2013-03-01"),
    ],
)
def test_a_sample_is_cut_to_the_days_wanted(span: dict[str, object], first: str, last: str) -> None:
    dates = load_history("IBM", "sample", **span).dates  # type: ignore[arg-type]
    assert (str(dates[0]), str(dates[-1])) == (first, last)


def test_a_file_is_cut_before_it_is_judged() -> None:
    days = pd.bdate_range("2020-01-01", periods=200)
    lines = [f"{day:%Y-%m-%d},{-37.63 if number == 70 else 50 + number % 5}" for number, day in enumerate(days)]
    table = "\n".join(["Date,Close", *reversed(lines)])
    with pytest.raises(HistoryError, match="close must be a positive price"):
        load_history("OIL", "csv", path=io.StringIO(table))
    history = load_history("OIL", "csv", path=io.StringIO(table), start=str(days[71].date()))
    assert history.dates.tolist() == [day.date() for day in days[71:]]


@pytest.mark.parametrize(
    ("span", "problems"),
    [
        ({"start": "2020-13-01"}, {"start": "must be a day such as 2020-12-31, 1800-01-01 or later, not '2020-13-01'"}),
        ({"end": "1.2.2020"}, {"end": "must be a day such as 2020-12-31, 1800-01-01 or later, not '1.2.2020'"}),
        ({"start": "0001-01-01"}, {"start": "must be a day such as 2020-12-31, 1800-01-01 or later, not 0001-01-01"}),
        ({"start": 2020}, {"start": "must be a day such as 2020-12-31, 1800-01-01 or later, not 2020"}),
        ({"years": 0}, {"years": "must be a whole number from 1 to 200, not 0"}),
        ({"years": 1.5}, {"years": "must be a whole number from 1 to 200, not 1.5"}),
        ({"start": "2020-01-01", "years": 3}, {"years": "must be left out where the first day is given"}),
        (
            {"start": "2020-01-01", "end": "2019-01-01"},
            {"start": "must not be after the end, 2019-01-01, but is 2020-01-01"},
        ),
        ({"start": "2999-01-01"}, {"start": "must not be in the future, but is 2999-01-01"}),
        ({"end": "2999-01-01"}, {"end": "must not be in the future, but is 2999-01-01"}),
        (
            {"start": "x", "end": "y"},
            {
                name: f"must be a day such as 2020-12-31, 1800-01-01 or later, not {text!r}"
                for name, text in (("start", "x"), ("end", "y"))
            },
        ),
    ],
)
@pytest.mark.parametrize("source", ["sample", "yfinance", "fred"])
def test_what_is_no_span_is_refused_before_anything_is_asked(
    span: dict[str, object], problems: dict[str, str], source: str
) -> None:
    with pytest.raises(ParameterError) as raised:
        load_history("IBM", source, **span)  # type: ignore[arg-type]
    assert raised.value.problems == problems


@pytest.mark.parametrize("start", [TODAY, TODAY + timedelta(days=1)])
def test_today_is_not_finished_on_the_network(start: date) -> None:
    with pytest.raises(ParameterError, match=r"start must be .* at the latest, because the bar of today is not finish"):
        load_history("IBM", "yfinance", start=start)


@pytest.mark.parametrize(
    ("span", "named"), [({"start": "2015-01-01"}, "from 2015-01-01"), ({"end": "1999-01-01"}, "until 1999-01-01")]
)
def test_days_that_a_source_has_not_are_told_with_those_it_has(span: dict[str, str], named: str) -> None:
    with pytest.raises(HistoryError, match=f"no prices {named}, only from 2000-03-01 until 2013-03-01: choose days"):
        load_history("IBM", "sample", **span)  # type: ignore[arg-type]
