"""Daily bars that are kept in the bucket: whole at any moment, and read from anywhere by their address."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fleet import histories, kept_histories, keys
from fleet.bucket import Bucket
from fleet.errors import BucketError, SettingsError, UnreadableObjectError
from fleet.history_update import ADDED, REPLACED, Wish, put
from fleet.kept_histories import BusyHistoryError
from fleet.settings import Settings
from montecarlo.data.history import PriceHistory
from montecarlo.data.joined import ContradictionError
from montecarlo.data.sources import Loaded, load_history
from montecarlo.errors import HistoryError

AAPL = load_history("AAPL", "sample").bars[:160]
EARLY, LATE = AAPL[:120], AAPL[90:]


def wish(bars: pd.DataFrame, symbol: str = "AAPL", **more: Any) -> Wish:
    """To keep bars that somebody has in a file."""
    return Wish(
        symbol=symbol, source="csv", ask=lambda first: Loaded(symbol, bars), until=datetime.now(UTC).date(), **more
    )


def bars_in(bucket: Bucket, symbol: str = "AAPL") -> pd.DataFrame:
    return histories.load_kept(bucket, symbol).bars


class Dying(Bucket):
    """Lets so many writes pass, and is gone then."""

    def __init__(self, bucket: Bucket, writes: int) -> None:
        super().__init__(bucket._client, bucket.name)
        self.left = writes

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        if self.left == 0:
            raise BucketError("gone")
        self.left -= 1
        return super().put_instead(key, content, version)


class Crowded(Bucket):
    """Somebody else does something just before a write of the bars."""

    def __init__(self, bucket: Bucket, between: Callable[[], object], *, times: int = 1) -> None:
        super().__init__(bucket._client, bucket.name)
        self.between, self.times = between, times

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        if key.startswith(keys.DAILY) and self.times:
            self.times -= 1
            self.between()
        return super().put_instead(key, content, version)


def test_what_is_kept_is_canonical_and_has_a_key_that_is_ours(bucket: Bucket, settings: Settings) -> None:
    for symbol in ("AAPL", "^gspc", "EURUSD=X", "S&P", "_x", ".."):
        update = put(bucket, wish(AAPL, symbol))
        assert (update.kept.symbol, update.kept.days) == (symbol.upper(), 160)
    history = histories.load(f"s3://{settings.bucket}/history/daily/caretGSPC/")
    assert (history.symbol, history.source) == ("^GSPC", "s3")
    assert bucket.get("history/daily/caretGSPC/bars.csv") == history.to_csv()
    assert kept_histories.symbols(bucket) == ["..", "AAPL", "EURUSD=X", "S&P", "^GSPC", "_X"]
    assert all(keys.is_ours(entry.key) for entry in bucket.list(""))
    assert [each.digest for each in kept_histories.listed(bucket).values()] == [history.digest] * 6  # type: ignore[union-attr]


def test_the_currency_is_kept_whatever_days_are_asked_for(bucket: Bucket) -> None:
    asked = replace(wish(EARLY), ask=lambda first: Loaded("AAPL", EARLY, (), "EUR"))
    assert put(bucket, asked).kept.currency == "EUR"
    put(bucket, wish(LATE))  # which does not say what they are in
    assert histories.load_kept(bucket, "AAPL").currency == "EUR"
    assert histories.load_kept(bucket, "AAPL", start=str(AAPL.index[80].date())).currency == "EUR"


def test_what_was_kept_before_currencies_were_is_read(bucket: Bucket) -> None:
    put(bucket, wish(AAPL))
    about = json.loads(bucket.get(keys.about_key("AAPL")))
    del about["versions"][0]["currency"]
    bucket.put(keys.about_key("AAPL"), json.dumps(about).encode())
    assert histories.load_kept(bucket, "AAPL").currency == ""


def test_days_are_added_and_compared_where_both_have_them(bucket: Bucket) -> None:
    put(bucket, wish(EARLY))
    update = put(bucket, wish(LATE))
    assert (update.outcome, update.added, update.notes) == (ADDED, 40, ())
    assert list(bars_in(bucket).index) == list(AAPL.index)
    assert PriceHistory.from_csv(bucket.get(keys.bars_key("AAPL")), "AAPL", "csv").digest == update.kept.digest
    other = LATE.assign(close=LATE["close"] * [1.0, 1.01, *[1.0] * 68])
    with pytest.raises(ContradictionError, match=r"AAPL: .* on 1 day of 70 .*2000-07-11: close .* is kept.*--replace"):
        put(bucket, wish(other))
    assert kept_histories.find(bucket, "aapl")[1] == update.kept, "nothing was changed"
    assert put(bucket, wish(other, replace=True)).outcome == REPLACED


def test_bars_of_another_source_are_joined_to_none(bucket: Bucket) -> None:
    put(bucket, wish(EARLY))
    other = replace(wish(LATE), source="sample")
    with pytest.raises(HistoryError, match="AAPL is kept from source 'csv', and sources differ in how they adjust"):
        put(bucket, other)
    assert len(bars_in(bucket)) == len(EARLY)
    assert put(bucket, replace(other, replace=True)).outcome == REPLACED
    assert len(bars_in(bucket)) == len(LATE)


def test_what_is_lacking_between_old_and_new_days_is_doubtful(bucket: Bucket) -> None:
    put(bucket, wish(AAPL[:80]))
    update = put(bucket, wish(AAPL[90:]))
    assert update.notes[0].startswith("no day is in both what was kept and what is new: whether they are alike")
    assert update.kept.doubts[0] == f"11 trading days missing (first {AAPL.index[80]:%Y-%m-%d})"


@pytest.mark.parametrize(
    "writes", [pytest.param(0, marks=pytest.mark.thorough), 1, pytest.param(2, marks=pytest.mark.thorough)]
)
def test_an_interrupted_put_leaves_the_old_or_the_new(bucket: Bucket, writes: int) -> None:
    for before, bars in ((None, EARLY), (EARLY, LATE)):
        with pytest.raises(BucketError, match="gone"):
            put(Dying(bucket, writes), wish(bars))
        if writes < 2 and before is None:
            assert kept_histories.listed(bucket) == {}
        else:
            assert len(bars_in(bucket)) == (len(EARLY) if writes < 2 or before is None else len(AAPL))
            assert [each.days for each in kept_histories.listed(bucket).values()] == [len(bars_in(bucket))]  # type: ignore[union-attr]
        put(bucket, wish(bars))
    assert len(bars_in(bucket)) == len(AAPL)


def test_of_two_who_put_at_once_both_are_kept(bucket: Bucket) -> None:
    put(bucket, wish(AAPL[:70]))
    crowded = Crowded(bucket, lambda: put(bucket, wish(AAPL[60:90])))
    assert put(crowded, wish(AAPL[65:160])).kept.days == 160


@pytest.mark.thorough
def test_of_three_who_put_at_once_all_are_kept(bucket: Bucket) -> None:
    put(bucket, wish(AAPL[:70]))
    two = Crowded(bucket, lambda: put(bucket, wish(AAPL[60:90])))
    one = Crowded(bucket, lambda: put(two, wish(AAPL[65:100])))
    put(one, wish(AAPL[68:130]))
    assert len(bars_in(bucket)) == 130
    assert bucket.get(keys.about_key("AAPL")).count(b'"digest"') == 1


@pytest.mark.thorough
def test_who_is_never_alone_is_told_so(bucket: Bucket) -> None:
    counts = iter(range(61, 160))
    crowded = Crowded(bucket, lambda: put(bucket, wish(AAPL[: next(counts)], replace=True)), times=99)
    with pytest.raises(BusyHistoryError, match="others are changing the history of AAPL at the same time"):
        put(crowded, wish(AAPL))


@pytest.mark.parametrize(
    ("key", "content", "why"),
    [
        (
            keys.bars_key("AAPL"),
            b"date,close\n2000-01-03,1\n",
            r"cannot read history/daily/AAPL/bars\.csv: it was altered",
        ),
        (keys.about_key("AAPL"), b'{"versions": [', r"cannot read history/about/AAPL\.json: it breaks off"),
        pytest.param(
            keys.about_key("AAPL"),
            b"[]",
            r"cannot read history/about/AAPL\.json: it does not say what bars",
            marks=pytest.mark.thorough,
        ),
        (keys.about_key("AAPL"), None, r"cannot read history/daily/AAPL/bars\.csv: it was altered, or history/about"),
    ],
)
def test_damage_is_said_and_mended_by_replacing(bucket: Bucket, key: str, content: bytes | None, why: str) -> None:
    put(bucket, wish(AAPL))
    if content is None:
        bucket.delete(key)
    else:
        bucket.put(key, content)
    with pytest.raises(UnreadableObjectError, match=rf"{why}.*; `spotmc history put --replace` fetches it anew"):
        histories.load_kept(bucket, "AAPL")
    with pytest.raises(UnreadableObjectError, match=why):
        put(bucket, wish(LATE))
    if key == keys.about_key("AAPL"):
        assert isinstance(kept_histories.listed(bucket)["AAPL"], UnreadableObjectError)
    put(bucket, wish(AAPL, replace=True))
    assert len(bars_in(bucket)) == 160


def test_where_nothing_is_there_it_says_what_is(bucket: Bucket, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"no history of MSFT is kept in the bucket .*, which has none yet: `spotmc"):
        histories.load_kept(bucket, "msft")
    put(bucket, wish(AAPL))
    with pytest.raises(HistoryError, match="which has AAPL: `spotmc history put MSFT` keeps one"):
        histories.load(f"s3://{settings.bucket}/history/daily/MSFT/")
    with pytest.raises(
        HistoryError, match=rf"nothing.csv is not there: there are s3://{bucket.name}/history/about/AAPL"
    ):
        histories.load(f"s3://{settings.bucket}/nothing.csv")
    with pytest.raises(HistoryError, match=r"there: there are s3://[a-z0-9-]+/history/daily/AAPL/bars\.csv$"):
        histories.load(f"s3://{settings.bucket}/history/daily/AAPL/bar")
    with pytest.raises(HistoryError, match=r"history/ is a folder, not a file: there are s3://.*/daily/AAPL/bars\.csv"):
        histories.load(f"s3://{settings.bucket}/history/")
    with pytest.raises(HistoryError, match="is the history of AAPL, not of MSFT"):
        histories.load(f"s3://{settings.bucket}/history/daily/AAPL/bars.csv", symbol="MSFT")
    for address in ("s3://", "s3://bucket", "s3://Big/x.csv", "x.csv"):
        with pytest.raises(HistoryError, match=r"expected an address such as s3://my-bucket/prices/aapl\.csv, got"):
            histories.load(address)
    with pytest.raises(SettingsError, match="lacks SPOTMC_BUCKET"):
        histories.own_bucket({})


def test_any_file_in_s3_is_read_as_it_is_on_disk(bucket: Bucket, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "acme prices.csv"
    AAPL.reset_index()[["date", "close"]].to_csv(file, index=False)
    bucket.put("data/acme prices.csv", file.read_bytes())
    there = histories.load(f"s3://{settings.bucket}/data/acme prices.csv", symbol="ACME", start="2000-04-01")
    here = load_history("ACME", "csv", path=file, start="2000-04-01")
    assert (there.symbol, there.source, there.digest, there.warnings) == ("ACME", "csv", here.digest, here.warnings)


def test_days_and_years_are_those_that_are_wanted(bucket: Bucket, settings: Settings) -> None:
    put(bucket, wish(AAPL, bars_per_year=250))
    where = f"s3://{settings.bucket}/history/daily/AAPL"
    history = histories.load(where, start="2000-03-01", end="2000-07-31")
    assert (history.dates[0], history.dates[-1]) == (pd.Timestamp("2000-03-01"), pd.Timestamp("2000-07-31"))
    assert (history.bars_per_year, history.year_given) == (250, True)
    assert histories.load(where, bars_per_year=252).bars_per_year == 252
    with pytest.raises(HistoryError, match="there are no prices from 2001-01-01, only from 2000-03-01 until"):
        histories.load(where, start="2001-01-01")


def test_a_forgotten_history_is_gone(bucket: Bucket) -> None:
    put(bucket, wish(AAPL))
    kept_histories.forget(bucket, "aapl")
    assert list(bucket.list("history/")) == []
    with pytest.raises(HistoryError, match="which has none yet"):
        kept_histories.forget(bucket, "AAPL")
