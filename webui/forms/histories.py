"""Price histories, loaded once a day however many jobs are made of them."""

from collections.abc import Hashable
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import cached_property

from montecarlo.data import sources
from montecarlo.data.history import PriceHistory
from webui.once import Once

_KEPT = 32  # histories, of some hundred kilobytes each


def load_history(symbol: str, source: str, **more: Hashable) -> PriceHistory:
    """As ``montecarlo.data.sources.load_history``, which is asked once until the day (UTC) ends."""
    return _loaded(datetime.now(UTC).date(), symbol, source, tuple(sorted(more.items())))


class _KeptHistory(PriceHistory):
    """Writing the canonical bytes takes as long as loading, and each job needs them twice: they are kept, too."""

    @cached_property
    def _csv(self) -> bytes:
        return super().to_csv()

    def to_csv(self) -> bytes:
        return self._csv


def _load(_: date, symbol: str, source: str, more: tuple[tuple[str, object], ...]) -> PriceHistory:
    history = sources.load_history(symbol, source, **dict(more))  # type: ignore[arg-type]
    kept = _KeptHistory(**{field.name: getattr(history, field.name) for field in fields(history)})
    kept.to_csv()
    return kept


_loaded = Once(_load, most=_KEPT)
