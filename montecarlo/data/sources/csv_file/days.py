"""One bar for each day: what stands in the way of it, and what does not."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from montecarlo.data.sources.csv_file.columns import Columns, exactly_one
from montecarlo.data.sources.csv_file.problems import Findings, Problems
from montecarlo.data.sources.csv_file.rows import Bar
from montecarlo.data.sources.csv_file.symbols import choice, column_that_tells_apart, several_symbols
from montecarlo.wording import count

# Of the days of a file that have several bars at several times; a bar of today that is not finished stands beside the
# one at midnight on one day alone.
DAYS_OF_INTRADAY_AT_LEAST = 0.1


def one_for_each_day(
    bars: Sequence[Bar], headers: Sequence[str], columns: Columns, symbol: str | None, findings: Findings
) -> list[Bar]:
    """The bars, oldest first if they stand newest first, each repeated row once.

    Several bars of one day are noted as a problem, unless a column tells which of them are of ``symbol``.
    """
    bars = list(reversed(bars)) if _newest_first(bars) else list(bars)
    if len({bar.stamp.day for bar in bars}) == len(bars):
        return bars
    first: dict[tuple[str, ...], Bar] = {}
    for bar in bars:
        first.setdefault(tuple(bar.row.cells), bar)
    kept = list(first.values())
    by_day: dict[date, list[Bar]] = {}
    for bar in kept:
        by_day.setdefault(bar.stamp.day, []).append(bar)
    several = {day: of_day for day, of_day in by_day.items() if len(of_day) > 1}
    doubled = [bar for of_day in several.values() for bar in of_day]
    at = column_that_tells_apart(
        [bar.row for bar in doubled], headers, set(columns.places.values()), [bar.stamp.day for bar in doubled]
    )
    if several and at is not None:
        values = list(dict.fromkeys(bar.row.cells[at] for bar in bars if bar.row.cells[at]))
        if chosen := exactly_one(values, symbol):
            of_chosen = [bar for bar in bars if bar.row.cells[at] == chosen]
            columns.symbol = chosen
            findings.notes.append(choice(chosen, of_chosen, headers[at], values))
            return one_for_each_day(of_chosen, headers, columns, symbol, findings)
        findings.problems.add("symbols", several_symbols(headers[at], values, symbol))
    elif several:
        _refuse_several(several, len(by_day), columns, findings.problems)
    if len(kept) < len(bars):
        findings.notes.append(f"{count(len(bars) - len(kept), 'row')} repeated in all columns, taken once")
    return kept


def _newest_first(bars: Sequence[Bar]) -> bool:
    return (
        len(bars) > 1
        and all(after.stamp.day <= bar.stamp.day for bar, after in pairwise(bars))
        and (bars[-1].stamp.day < bars[0].stamp.day)
    )


def _refuse_several(several: dict[date, list[Bar]], days: int, columns: Columns, problems: Problems) -> None:
    day, of_day = next(iter(several.items()))
    lines = ", ".join(str(bar.row.line) for bar in of_day[:4])
    at_times = sum(len({_time(bar, columns) for bar in each}) > 1 for each in several.values())
    if at_times > DAYS_OF_INTRADAY_AT_LEAST * days:
        times = ", ".join(_time(bar, columns)[:14] for bar in of_day[:3])
        problems.add(
            "intraday",
            f"these are intraday bars: {len(of_day)} for {day} ({times}{', …' if len(of_day) > 3 else ''})",
            step="only daily bars are understood: download the prices by day",
        )
    else:
        problems.add(
            "days",
            f"expected one row for each date, got several that differ for {count(len(several), 'date')} "
            f"(first {day}, lines {lines})",
            step="keep the right one of them"
            + ("" if 2 * len(several) < days else " (of several symbols, the rows of one)"),
        )


def _time(bar: Bar, columns: Columns) -> str:
    at = columns.places.get("time")
    return bar.stamp.time or (bar.row.cells[at] if at is not None else "")
