"""Who may ask through the JSON interface, and from which page."""

import base64
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from fleet.settings import Settings
from webui import create_app
from webui.password import GUESSES

PASSWORD = "correct horse battery staple"
BASE = "https://localhost"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},  # another port of this machine, among others
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1", "Sec_Fetch_Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/api/jobs", "/api/jobs/none/cancel", "/api/jobs/none/send"])
def test_pages_of_other_sites_can_change_nothing(visitor, path, headers):
    told = visitor.ask(path, {}, **headers)
    assert (told.status, told.value["title"]) == (403, "Another site")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_of_another_site_can_send_is_refused(visitor, kind):
    told = visitor.ask("/api/jobs", b'{"symbol": "AAPL"}', Content_Type=kind)
    assert told.status == 415


@pytest.mark.parametrize("headers", [{"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"}, {}])
def test_pages_of_ours_and_scripts_need_no_token(visitor, headers):
    assert visitor.ask("/api/jobs/AAPL-0123456789ab/cancel", {}, **headers).status == 404
    own = {"Origin": visitor.web, **headers}
    assert visitor.ask("/api/jobs/AAPL-0123456789ab/cancel", {}, **own).status == 404


def test_no_page_of_another_site_is_allowed_to_read(visitor):
    answer = visitor.open("/api/openapi.json", headers={"Origin": "http://evil.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.fixture
def stranger(tmp_path: Path, settings: Settings) -> FlaskClient:
    """A script at a web UI that asks for a password."""
    (tmp_path / "password").write_text(PASSWORD)
    environment = {"SPOTMC_WEB_DATA": str(tmp_path / "data"), "SPOTMC_WEB_PASSWORD_FILE": str(tmp_path / "password")}
    return create_app({"ENVIRONMENT": environment}).test_client()


def with_password(password: str, **more: str) -> dict[str, Any]:
    told = base64.b64encode(f"me:{password}".encode()).decode()
    return {"base_url": BASE, "headers": {"Authorization": f"Basic {told}", **more}}


@pytest.mark.parametrize("path", ["/api/jobs", "/api/openapi.json", "/api/nothing", "/api/fleet"])
def test_a_stranger_is_told_nothing(stranger, path):
    answer = stranger.get(path, base_url=BASE)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert (
        "basic"
        not in stranger.get(path, base_url=BASE, headers={"Sec-Fetch-Site": "same-origin"})
        .headers["WWW-Authenticate"]
        .lower()
    ), "a browser would show a window of its own"


def test_a_script_may_send_the_password_along(stranger):
    assert stranger.get("/api/openapi.json", **with_password(PASSWORD)).status_code == 200
    assert stranger.get("/api/openapi.json", base_url=BASE).status_code == 401, "nothing is remembered"
    assert stranger.get("/configuration", **with_password(PASSWORD)).status_code == 401, "pages have their own way"
    assert "password" in stranger.get("/api/openapi.json", **with_password(PASSWORD)).json["security"][0]


def test_a_password_that_is_sent_along_counts_as_a_guess(stranger):
    for number in range(GUESSES):
        assert stranger.get("/api/jobs", **with_password(f"guess {number}")).status_code == 401
    answer = stranger.get("/api/jobs", **with_password(PASSWORD))
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert stranger.post("/login", data={"password": PASSWORD}, base_url=BASE).status_code in (400, 429)


def test_whether_it_serves_is_told_to_anybody(stranger):
    assert stranger.get("/healthz", base_url=BASE).json["status"] == "ok"
