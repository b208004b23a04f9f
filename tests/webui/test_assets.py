"""What pages are made with comes compressed and is kept by browsers, until there is another version of it."""

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webui import assets, create_app

FILES = ("/static/css/base.css", "/static/charts.js", "/plotly.min.js")


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app({"ENVIRONMENT": {"SPOTMC_WEB_DATA": str(tmp_path)}})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def addresses_of(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="(/[^"]*\.(?:js|css|svg)[^"]*)"', page)


def test_the_addresses_on_a_page_say_the_version_and_are_kept_for_good(client):
    found = addresses_of(client.get("/configuration").text)
    assert any(address.startswith("/static/css/base.css?v=") for address in found)
    for address in found:
        assert client.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_another_content_has_another_address(tmp_path):
    file = tmp_path / "some.css"
    file.write_text("a { color: red }")
    before = assets.asset(file).version
    assert assets.asset(file).version == before
    file.write_text("a { color: green }")
    assert assets.asset(file).version != before


@pytest.mark.parametrize("query", ["", "?v=", "?v=of-yesterday"])
def test_what_is_asked_for_in_no_version_or_a_former_one_is_asked_for_again(client, query):
    answer = client.get(f"/static/charts.js{query}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(f"/static/charts.js{query}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", FILES)
def test_it_is_compressed_for_who_takes_that(client, path):
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "br, gzip"})
    refused = client.get(path, headers={"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == refused.data
    assert "Content-Encoding" not in plain.headers
    for answer in (plain, packed):
        assert answer.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["ETag"] != packed.headers["ETag"]


def test_the_script_that_draws_charts_takes_less_than_a_third_of_its_size(client):
    whole = assets.CHART_LIBRARY.stat().st_size
    packed = client.get("/plotly.min.js", headers={"Accept-Encoding": "gzip"})
    assert int(packed.headers["Content-Length"]) < whole / 3


@pytest.mark.parametrize("path", ["nothing.css", "../login.py", "css", "%2e%2e/login.py", "/etc/passwd"])
def test_nothing_else_is_served(client, path):
    assert client.get(f"/static/{path}").status_code in (308, 404)
