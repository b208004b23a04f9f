"""What the document about files of prices says of each is so."""

import io
import re
from datetime import date
from pathlib import Path

import pytest

from montecarlo.data.sources import csv_file
from montecarlo.errors import HistoryError

DOCUMENT = (Path(__file__).parents[2] / "docs" / "price-files.md").read_text()
EXAMPLES = re.findall(r"```csv\n(.*?)```\n\n> (.*?)\n", DOCUMENT, re.DOTALL)


def test_every_example_is_tried():
    assert len(EXAMPLES) == DOCUMENT.count("```csv") > 15


@pytest.mark.parametrize(("content", "told"), EXAMPLES, ids=[content[:20] for content, _ in EXAMPLES])
def test_the_example_is_read_or_refused_as_it_says(content, told):
    if told.startswith("Refused: "):
        with pytest.raises(HistoryError) as refused:
            csv_file.read(io.StringIO(content), None, date(2026, 1, 1))
        assert str(refused.value) == f"prices: {told.removeprefix('Refused: ')}"
        return
    file = csv_file.read(io.StringIO(content), "ACME", date(2026, 1, 1))
    notes = file.notes[0].removeprefix("read from the file: ") if file.notes else ""
    notes = re.sub(r"(; )?the file says that its prices are of '\w+'", "", notes)
    last = file.bars.iloc[-1]
    summary = f"{len(file.bars)} bars until {file.bars.index[-1]:%Y-%m-%d}, close {last['close']}. {notes}"
    assert summary.strip() == told


def test_every_row_of_the_table_leads_to_an_example():
    anchors = re.findall(r"^\| \[.*?\]\(#(.*?)\)", DOCUMENT, re.MULTILINE)
    headings = re.findall(r"^### (.*)$", DOCUMENT, re.MULTILINE)
    assert anchors == [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]
