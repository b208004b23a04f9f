"""Price histories in S3: those that `spotmc history put` keeps, and any other CSV file.

In a notebook, on any machine that may read the bucket:

    from fleet import histories
    history = histories.load("s3://my-bucket/history/daily/AAPL/", years=5)
"""

import os
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple, Self

import boto3

from fleet import kept_histories, keys
from fleet.bucket import Bucket, Some
from fleet.errors import MissingObjectError, SettingsError
from fleet.settings import VARIABLES, Settings, bucket_problem
from fleet.told_histories import Kept
from montecarlo.data import sources
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.sources.csv_file import MAX_SIZE
from montecarlo.data.span import Span
from montecarlo.errors import HistoryError

SOURCE = "s3"
"""What jobs of a history that is kept in a bucket say of where it is from."""

SCHEME = "s3://"

_SHOWN_AT_MOST = 8  # files of a folder
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.,() ^=&+-]")  # of files
_LONGEST_NAME = 100  # characters


class Place(NamedTuple):
    """An object or a folder in S3."""

    bucket: str
    key: str

    @classmethod
    def read(cls, text: str) -> Self:
        """From its address, such as s3://my-bucket/prices/aapl.csv.

        Raises:
            HistoryError: it is none.
        """
        name, _, key = text.removeprefix(SCHEME).partition("/")
        problem = "which begins with s3://" if not text.startswith(SCHEME) else bucket_problem(name)
        if problem or not key:
            why = f": the name of a bucket {problem}" if problem and text.startswith(SCHEME) else ""
            raise HistoryError(f"expected an address such as s3://my-bucket/prices/aapl.csv, got {text[:200]!r}{why}")
        return cls(name, key)

    @property
    def kept(self) -> str | None:
        """The symbol whose kept history it is; None where it is something else."""
        return keys.symbol_of(self.key.rstrip("/")) if self.key.startswith(keys.DAILY) else None

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


def load(
    where: str,
    *,
    symbol: str | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    years: int | None = None,
    bars_per_year: int | None = None,
    environ: Mapping[str, str] = os.environ,
) -> PriceHistory:
    """The price history at an address in S3, validated.

    Args:
        where: Of a history that is kept, s3://my-bucket/history/daily/AAPL/, or of any CSV file that
            ``montecarlo.load_history`` reads.
        symbol, start, end, years, bars_per_year: As for ``montecarlo.load_history``.
        environ: Has the region, AWS_REGION, unless AWS's own configuration does.

    Raises:
        HistoryError, ParameterError: there is nothing, or it cannot be used.
        SettingsError, BucketError: S3 cannot be asked.
        UnreadableObjectError: a history that is kept is damaged.
    """
    place = Place.read(where)
    bucket = connect(place.bucket, environ)
    days = {"start": start, "end": end, "years": years}
    if place.kept is None:
        return _load_file(bucket, place, symbol, bars_per_year, **days)
    if symbol is not None and symbol.strip().upper() != place.kept:
        raise HistoryError(f"symbol: {place} is the history of {place.kept}, not of {symbol.strip()[:40]}")
    return load_kept(bucket, place.kept, bars_per_year=bars_per_year, **days)


def load_kept(
    bucket: Bucket, symbol: str, *, bars_per_year: int | None = None, **days: date | str | int | None
) -> PriceHistory:
    """The history that is kept under a symbol, or some days of it.

    Args:
        bucket, symbol: Where; upper case and lower case are the same.
        bars_per_year: As for ``montecarlo.load_history``.
        days: As for ``Span``.

    Raises:
        HistoryError, ParameterError: there is none, or it cannot be used.
        UnreadableObjectError: it is damaged.
        BucketError
    """
    span = Span.read(datetime.now(UTC).date(), **days)
    content, kept = kept_histories.find(bucket, symbol)
    return part_of(content, kept, span, bars_per_year)


def part_of(content: bytes, kept: Kept, span: Span, bars_per_year: int | None) -> PriceHistory:
    """Some days of a history that was found.

    Raises:
        HistoryError, ParameterError, UnreadableObjectError: as ``load_kept``.
    """
    history = kept_histories.history_of(content, kept, SOURCE, bars_per_year)
    if span == Span():
        return history
    year = history.bars_per_year if history.year_given else None
    return check_history(span.cut(history.bars), history.symbol, SOURCE, year, currency=history.currency)


def connect(name: str, environ: Mapping[str, str] = os.environ) -> Bucket:
    """The bucket of that name.

    Raises:
        SettingsError: nothing says in which region.
        BucketError: boto3 cannot make a client.
    """
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or boto3.Session().region_name
    if not region:
        raise SettingsError(f"nothing says in which region the bucket {name} is: set AWS_REGION")
    endpoint_url = environ.get("AWS_ENDPOINT_URL") or None
    return Bucket.connect(Settings(region=region, queue_url="", bucket=name, endpoint_url=endpoint_url))


def own_bucket(environ: Mapping[str, str] = os.environ, *, holds: str = "histories") -> Bucket:
    """The one that SPOTMC_BUCKET names.

    Args:
        environ: The environment.
        holds: What is kept there, for whoever has to set it.

    Raises:
        SettingsError: none is named, or it can be none.
        BucketError: boto3 cannot make a client.
    """
    variable = VARIABLES["bucket"]
    if not (name := environ.get(variable)):
        raise SettingsError(f"the environment lacks {variable}, the bucket in which {holds} are kept: set it")
    if problem := bucket_problem(name):
        raise SettingsError(f"{variable} must be the name of an S3 bucket, {problem}, not {name[:80]!r}")
    return connect(name, environ)


def _load_file(
    bucket: Bucket, place: Place, symbol: str | None, bars_per_year: int | None, **days: date | str | int | None
) -> PriceHistory:
    with tempfile.TemporaryDirectory() as folder:
        path = fetch_file(bucket, place, Path(folder))
        return sources.load_history(symbol, "csv", path=path, bars_per_year=bars_per_year, **days)  # type: ignore[arg-type]


def fetch_file(bucket: Bucket, place: Place, folder: Path) -> Path:
    """A CSV file of S3 in a folder on this machine, under its own name, by which it is called in messages.

    Raises:
        HistoryError: there is none, or it is too large for daily bars.
        BucketError
    """
    try:
        if place.key.endswith("/"):
            raise MissingObjectError("it is a folder")
        content = next(bucket.pieces(place.key, MAX_SIZE + 1), b"")
    except MissingObjectError as error:
        raise HistoryError(_no_file(bucket, place)) from error
    if len(content) > MAX_SIZE:
        raise HistoryError(
            f"{place}: expected at most {MAX_SIZE // 1_000_000} MB of daily bars, got more; keep the rows of one symbol"
        )
    name = _NOT_IN_NAMES.sub("-", place.key.rpartition("/")[2])[-_LONGEST_NAME:].lstrip(". ") or "prices.csv"
    path = folder / name
    path.write_bytes(content)
    return path


def _no_file(bucket: Bucket, place: Place) -> str:
    folder = place.key if place.key.endswith("/") else place.key.rpartition("/")[0] + "/"
    likest = (bucket.some(each.lstrip("/"), at_most=_SHOWN_AT_MOST) for each in dict.fromkeys((place.key, folder)))
    there = next((each for each in likest if each.entries), Some([], more=False))
    names = ", ".join(f"{SCHEME}{place.bucket}/{entry.key}" for entry in there.entries)
    more = ", and more" if there.more else ""
    instead = f"there are {names}{more}" if names else "and nothing else begins like that either"
    what = "is a folder, not a file" if place.key.endswith("/") else "is not there"
    return f"{place} {what}: {instead}"
