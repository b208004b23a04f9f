"""Jobs that an older version has left in the bucket: listed and shown, never sent again."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from fleet import keys, markers
from fleet.job_store import load_job

JOB = Path(__file__).parent / "job-of-format-1.json"
ID = json.loads(JOB.read_text())["id"]


@pytest.fixture
def left(bucket) -> str:
    """The path of its page, as it is between submission and completion."""
    for entry in list(bucket.list(keys.folder(ID))):
        bucket.delete(entry.key)
    markers.write_marker(bucket, keys.submitted_key(ID))
    bucket.put(keys.submission_key(ID, datetime.now(UTC)), b"")
    bucket.put(keys.job_key(ID), JOB.read_bytes())
    markers.write_marker(bucket, keys.sent_key(ID))
    return f"/jobs/{ID}"


def test_it_is_listed_and_its_page_states_what_it_is(visitor, left):
    assert f'<a href="{left}">AAPL, sma-crossover, short 5, long 20</a>' in visitor.open("/").text
    page = visitor.open(left)
    for fact in ("5 trading days", "60 trading days", "500 paths", "100,000 dollars"):
        assert f"<dd>{fact}</dd>" in page.text
    fields = visitor.open(page.link("Change and repeat")).fields
    assert (fields["sma-crossover.short"], fields["iterations"]) == ("5", "500")


def test_its_results_are_shown(visitor, left, bucket, do_job):
    do_job(load_job(bucket, ID))
    page = visitor.open(left)
    assert "complete" in page.text
    assert "Median return" in page.text
    assert len(pd.read_csv(io.StringIO(visitor.open(page.link("paths.csv")).text))) == 500
    for picture in ("returns", "fan"):
        assert json.loads(visitor.open(f"/api{left}/charts/{picture}").text)["data"]


def test_it_is_not_sent_again_and_the_page_says_why(visitor, left, queue):
    visitor.press(f"{left}/cancel")
    page = visitor.press(f"{left}/send")
    assert "has format 1, and workers of this version understand 2: submit it anew" in page.text
    assert "cancelled" in page.text
    assert "Send again" not in page.text
    assert queue.depth().empty
