"""What ``spotmc history put`` asks for, and of whom."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from fleet.bucket import Bucket
    from fleet.history_update import Ask


@contextmanager
def file_at_hand(prices: Path | str) -> Iterator[Path]:
    """The file, on this machine while the block lasts."""
    from fleet import histories

    if isinstance(prices, Path):
        yield prices
        return
    place = histories.Place.read(prices)
    with tempfile.TemporaryDirectory() as folder:
        yield histories.fetch_file(histories.connect(place.bucket), place, Path(folder))


def all_of_a_network(bucket: "Bucket") -> list[str]:
    """Symbols of the histories that a source on the network can bring up to date.

    Raises:
        click.UsageError: there are none.
    """
    from fleet import kept_histories
    from fleet.errors import UnreadableObjectError
    from montecarlo.data.sources import NETWORK

    found = kept_histories.listed(bucket)
    theirs = [
        symbol
        for symbol, each in found.items()
        if isinstance(each, UnreadableObjectError) or each.source in NETWORK  # the former is told, then
    ]
    if not theirs:
        raise click.UsageError("no history of a network is kept yet: name a SYMBOL, and --source yfinance or fred")
    return theirs


def span_for(source: str, days: dict[str, Any]) -> tuple[date | None, date]:
    """The first day that a source on the network is asked for, where a person says so, and the last that it can have.

    Raises:
        ParameterError: there can be none.
    """
    from montecarlo.data.sources import NETWORK
    from montecarlo.data.span import Span

    today = datetime.now(UTC).date()
    span = Span.read(today, **days)
    last = min(span.end or today, today - timedelta(days=1))
    says_so = source in NETWORK and (span.start or span.years)
    return (span.until_yesterday(today).first if says_so else None), last


def asking(symbol: str, source: str, file: Path | None, days: dict[str, Any]) -> "Ask":
    """What asks the source for these days of a symbol, or for others."""
    from montecarlo.data.sources import load_bars
    from spotmc.chosen import tell_who_waits

    def ask(first: Any) -> Any:
        wanted = days if first is None else {"start": first, "end": days.get("end")}
        return load_bars(symbol, source, path=file, on_fetch=tell_who_waits, **wanted)

    return ask
