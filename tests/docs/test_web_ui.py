"""What docs/web-ui.md says of addresses, limits and pictures is so."""

import re
from pathlib import Path

import pytest

from montecarlo.experiments.comparison import MOST
from tests.screenshots import MOST_BYTES
from webui import create_app
from webui.results.comparison import PAIRED_AT_MOST
from webui.results.verdicts import HISTORIES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "web-ui.md").read_text()
README = (ROOT / "README.md").read_text()


def test_every_page_is_where_it_says(tmp_path):
    rules = {str(rule) for rule in create_app({"ENVIRONMENT": {"SPOTMC_WEB_DATA": str(tmp_path)}}).url_map.iter_rules()}
    rows = re.findall(r"^\| \[.*?\]\(.*?\) \| `([^`]+)` \|", PAGE, re.MULTILINE)
    assert len(rows) == 10
    for address in rows:
        assert re.sub(r"<id>", "<job_id>", address.partition("?")[0]) in rules


def test_the_limits_are_those_of_the_page():
    assert f"compares {PAIRED_AT_MOST:,} paths one by one at most" in " ".join(PAGE.split())
    assert MOST == 5
    assert f"of {HISTORIES:,} simulated histories" in " ".join(PAGE.split())


@pytest.mark.parametrize("name", ["web-form", "web-job", "web-compare"])
def test_the_pictures_are_there_and_small(name):
    picture = ROOT / "docs" / f"{name}.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size <= MOST_BYTES
    assert f"({name}.png)" in PAGE
    assert f"(docs/{name}.png)" in README
