"""Histories that came over the network, kept in a folder until the day ends.

A file's name holds the digest of its content, so a damaged file is recognised, and fetched again.
"""

import os
import tempfile
from datetime import date
from pathlib import Path

from montecarlo.data.history import PriceHistory
from montecarlo.errors import HistoryError


def find(folder: Path, source: str, symbol: str, day: date) -> PriceHistory | None:
    """The history that was kept on ``day``, None if there is none or it is damaged."""
    for path in sorted(folder.glob(_name(source, symbol, day, "*"))):
        try:
            history = PriceHistory.from_csv(path.read_bytes(), symbol, source)
        except (HistoryError, OSError):
            continue  # what was fetched can be fetched again
        if path.name == _name(source, symbol, day, history.digest):
            return history
    return None


def keep(folder: Path, history: PriceHistory, day: date) -> None:
    """Write the history's snapshot, so that a reader sees either the whole file or none.

    Raises:
        HistoryError: The folder cannot be written to.
    """
    path = folder / _name(history.source, history.symbol, day, history.digest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as file:
            file.write(history.to_csv())
        os.replace(file.name, path)
    except OSError as error:
        raise HistoryError(f"cache: expected a folder to write to, got {str(folder)!r} ({error})") from error


def _name(source: str, symbol: str, day: date, digest: str) -> str:
    # No symbol has a plus sign in it, so no name of one symbol matches the pattern for another.
    return f"{source}+{symbol}+{day}+{digest}.csv"
