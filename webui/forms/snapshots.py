"""Prices that are in the bucket already: of a job that is repeated, or of a file that somebody brought along."""

import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from fleet import keys, reading
from fleet.bucket import Bucket
from fleet.inputs import load_input
from fleet.job import PRICES, Job
from montecarlo.data import sources
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.span import Span
from montecarlo.errors import ParameterError
from webui.forms import joint_snapshots

FIELD = "prices"  # of the form: a digest
DIGEST = re.compile("[0-9a-f]{64}")

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.,() ^=&+-]")  # of files
_LONGEST_NAME = 100  # characters

_HELPS = "choose the days in the form"


def text_of(job: Job) -> dict[str, str]:
    """What stands for a job's prices in the form."""
    return {FIELD: job.inputs[PRICES]}


def keep_file(stream: IO[bytes], name: str, symbol: str | None, bucket: Bucket) -> PriceHistory:
    """The prices in a file, which are in the bucket from then on.

    Args:
        stream: The file.
        name: What it is called, where it was.
        symbol: What to call the prices, or whose to take from a file of several; None takes what the file says.
        bucket: Where they are kept.

    Raises:
        HistoryError: it cannot be read, in the words of the library.
        ParameterError: its dates have no pattern.
        BucketError
    """
    with tempfile.TemporaryDirectory() as folder:  # a file is called what it is called in all messages
        path = Path(folder) / (_NOT_IN_NAMES.sub("-", name)[-_LONGEST_NAME:].lstrip(". ") or "prices.csv")
        path.write_bytes(stream.read())
        history = sources.load_history(symbol, "csv", path=path)
    keep(history, bucket)
    return history


def keep(history: PriceHistory, bucket: Bucket) -> None:
    """
    Raises:
        BucketError
    """
    bucket.put(keys.input_key(PRICES, history.digest), history.to_csv())


def load(digest: str, symbol: str, source: str, bucket: Bucket, bars_per_year: int | None, **days: Any) -> PriceHistory:
    """The prices of that digest, or some days of them; what is doubtful about them is found anew.

    Of the prices of a portfolio those of the symbol are taken: closes on the days that all of its symbols have.

    Args:
        digest: Of them all.
        symbol, source: What they are of, and where they came from.
        bucket: Where they are.
        bars_per_year: How many make a year; None finds it in the dates.
        days: As for ``Span``.

    Raises:
        UnreadableObjectError: they are damaged.
        MissingObjectError, BucketError: they cannot be had.
        HistoryError, ParameterError: there are none on those days, or the year must be given.
    """
    content = load_input(bucket, PRICES, digest, helps=_HELPS)
    needed: ParameterError | None = None
    if is_joint := joint_snapshots.is_joint(content):
        joint_snapshots.require(content, symbol)
    with reading.making_sense_of(keys.input_key(PRICES, digest), helps=reading.Advice(_HELPS)):
        try:
            if is_joint:
                history = joint_snapshots.one_of(content, symbol, source, bars_per_year)
            else:
                history = PriceHistory.from_csv(content, symbol, source, bars_per_year)
        except ParameterError as error:  # no damage: a person has to say how many make a year
            needed = error
    if needed:
        raise needed
    span = Span.read(datetime.now(UTC).date(), **days)
    if span == Span():
        return history
    return check_history(span.cut(history.bars), symbol, source, bars_per_year)
