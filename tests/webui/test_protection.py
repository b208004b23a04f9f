"""What keeps the web UI its user's own."""

import stat
from pathlib import Path

import pytest

from webui import create_app
from webui.datafolder import DataFolder


@pytest.mark.parametrize("path", ["/", "/configuration", "/jobs/none", "/static/css/base.css", "/plotly.min.js"])
def test_every_answer_forbids_other_scripts_frames_and_guessed_types(visitor, path):
    headers = visitor.open(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/configuration", "/jobs/none", "/nowhere", "/api/jobs/none"])
def test_no_page_is_kept_by_anybody(visitor, path):
    assert visitor.open(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/static/css/base.css", "/plotly.min.js"])
def test_files_that_are_the_same_for_everybody_may_be_kept(visitor, path):
    assert "no-store" not in visitor.open(path).headers["Cache-Control"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor):
    cookie = visitor.open("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_no_page_has_script_or_style_of_its_own(visitor):
    for path in ("/", "/configuration", "/jobs/none"):
        text = visitor.open(path).text
        assert "style=" not in text
        assert "<style" not in text
        assert "<script>" not in text
        assert " on" + "click=" not in text


def test_another_host_name_is_not_let_in(visitor):
    assert visitor.open("/", headers={"Host": "evil.example"}).status == 400
    assert visitor.open("/", headers={"Host": "localhost:1"}).status == 200


def test_the_key_is_drawn_once_kept_and_readable_by_its_owner_only(tmp_path: Path):
    folder = tmp_path / "new" / "data"
    key = DataFolder(folder).secret_key()
    assert DataFolder(folder).secret_key() == key
    assert len(key) >= 64
    assert stat.S_IMODE((folder / "secret-key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir()] == ["secret-key"]
    assert DataFolder(tmp_path / "other").secret_key() != key


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/preview", 405), ("/?bogus=%ff", 200)])
def test_a_wrong_address_is_a_page_that_leads_back(visitor, path, status):
    page = visitor.open(path)
    assert page.status == status
    assert 'href="/"' in page.text


def test_a_fault_of_ours_is_a_page_without_a_stack_trace(tmp_path: Path):
    app = create_app({"ENVIRONMENT": {"SPOTMC_WEB_DATA": str(tmp_path)}})
    app.add_url_rule("/broken", view_func=lambda: 1 / 0)
    app.logger.disabled = True
    page = app.test_client().get("/broken")
    assert page.status_code == 500
    assert "a fault of the web UI" in page.text
    assert "ZeroDivisionError" not in page.text
