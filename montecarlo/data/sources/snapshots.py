"""What came over the network, kept in a folder until the day ends, as it came: it is checked whenever it is read.

A file's name holds the digest of its content, so a damaged file is recognised, and fetched again.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from montecarlo.data.sources.fetched import Fetched
from montecarlo.data.span import Days
from montecarlo.errors import HistoryError

_FORM = 2  # of a file; those of another are as good as not there


@dataclass(frozen=True)
class Snapshots:
    """A folder of them.

    Args:
        folder: Made when something is kept; None keeps nothing.
        today: Only what was kept on that day is found again, because adjusted closes change with every dividend.
    """

    folder: Path | None
    today: date

    def find(self, source: str, symbol: str, days: Days) -> Fetched | None:
        """What was kept today, None if there is nothing or it is damaged."""
        if self.folder is None:
            return None
        for path in sorted(self.folder.glob(self._name(source, symbol, days, "*"))):
            try:
                content = path.read_bytes()
            except OSError:
                continue  # what was fetched can be fetched again
            if path.name == self._name(source, symbol, days, hashlib.sha256(content).hexdigest()):
                return _read(content)
        return None

    def keep(self, source: str, symbol: str, days: Days, fetched: Fetched) -> None:
        """Write a file, so that a reader sees either the whole file or none.

        Raises:
            HistoryError: The folder cannot be written to.
        """
        if self.folder is None:
            return
        content = _written(fetched)
        path = self.folder / self._name(source, symbol, days, hashlib.sha256(content).hexdigest())
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as file:
                file.write(content)
            os.replace(file.name, path)
        except OSError as error:
            raise HistoryError(f"cache: expected a folder to write to, got {str(self.folder)!r} ({error})") from error

    def _name(self, source: str, symbol: str, days: Days, digest: str) -> str:
        # Quoted, no symbol has a plus sign in it, so no name of one symbol matches the pattern for another.
        return f"{_FORM}+{source}+{quote(symbol, safe='')}+{days.first}+{days.last}+{self.today}+{digest}.csv"


def _written(fetched: Fetched) -> bytes:
    """A line of JSON with what is to be said of the bars and their currency, then the bars as CSV."""
    table = fetched.bars.to_csv(index_label="date", lineterminator="\n")
    return f"{json.dumps([fetched.notes, fetched.currency])}\n{table}".encode()


def _read(content: bytes) -> Fetched:
    said, _, table = content.partition(b"\n")
    notes, currency = json.loads(said)
    # As text first: pandas' own reading of numbers does not promise the same ones.
    bars = pd.read_csv(BytesIO(table), index_col="date", dtype=str, keep_default_na=False)
    bars = bars.replace("", "nan").astype(np.float64)
    bars.index = pd.to_datetime(bars.index, format="ISO8601")
    return Fetched(bars, tuple(notes), currency)
