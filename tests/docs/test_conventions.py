"""The worked examples of docs/conventions.md are what the broker does."""

from pathlib import Path

import pytest

from tests.montecarlo.accounting.paths_by_hand import bars_of, flat_day, traded

TEXT = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text()
EXAMPLES = TEXT.partition("### Worked examples")[2].partition("\n##")[0]
BOUGHT, LIMIT = EXAMPLES.split("A limit to buy")


def rows(table):
    """The bar as numbers, and what the two conventions make of it."""
    for line in table.splitlines():
        if line.startswith("| ") and line[2].isdigit():
            bar, *told = (cell.strip() for cell in line.strip("|").split("|"))
            yield tuple(float(price) for price in bar.split(", ")), *told


def in_words(outcome, at_limit):
    if not outcome.trades:
        return "not filled"
    (trade,) = outcome.trades
    if trade.reason != "end":
        return f"{'out at ' if at_limit else ''}{trade.exit_price:g}, {trade.reason}"
    return f"bought at {trade.entry_price:g}" if at_limit else "stays"


@pytest.mark.parametrize(("bar", "stop_first", "target_first", "remark"), list(rows(BOUGHT)))
def test_bought_at_100(bar, stop_first, target_first, remark):
    bars = bars_of(flat_day(100), bar)
    for intrabar, told in (("stop-first", stop_first), ("target-first", target_first)):
        outcome = traded(bars, [1], fill="same-close", stop=0.1, target=0.1, intrabar=intrabar)
        assert in_words(outcome, at_limit=False) == told
        assert outcome.ambiguous[1] == ("**ambiguous**" in remark)


@pytest.mark.parametrize(("bar", "stop_first", "target_first", "remark"), list(rows(LIMIT)))
def test_a_limit_to_buy_at_100(bar, stop_first, target_first, remark):
    bars = bars_of(flat_day(125), bar)
    for intrabar, told in (("stop-first", stop_first), ("target-first", target_first)):
        outcome = traded(bars, [1], limit=0.2, stop=0.1, target=0.1, intrabar=intrabar)
        assert in_words(outcome, at_limit=True) in (told, told.replace("stays", "bought at 100"))
        assert outcome.ambiguous[1] == ("**ambiguous**" in remark)


def test_there_are_examples():
    assert len(list(rows(BOUGHT))) == 6
    assert len(list(rows(LIMIT))) == 7
