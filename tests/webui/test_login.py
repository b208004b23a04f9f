"""The log-in of a web UI that other machines can reach."""

import http.client
import re
import socket
import ssl
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from fleet.errors import SettingsError
from fleet.settings import Settings
from spotmc.cli import cli
from spotmc.local_stack.processes import running, wait_until
from webui import create_app
from webui.password import GUESS_SECONDS, GUESSES, Login, TooManyGuessesError

PASSWORD = "correct horse battery staple"
BASE = "https://localhost"


@pytest.fixture
def stranger(tmp_path: Path, settings: Settings) -> FlaskClient:
    """A browser at a web UI that asks for a password."""
    return browser(tmp_path, PASSWORD)


def browser(folder: Path, password: str, **config: Any) -> FlaskClient:
    (folder / "password").write_text(f"{password}\n")
    environment = {"SPOTMC_WEB_DATA": str(folder / "data"), "SPOTMC_WEB_PASSWORD_FILE": str(folder / "password")}
    return create_app({"ENVIRONMENT": environment, "WTF_CSRF_ENABLED": False, **config}).test_client()


def log_in(client: FlaskClient, password: str, **fields: str) -> TestResponse:
    return client.post("/login", data={"password": password, **fields}, base_url=BASE)


@pytest.mark.parametrize("path", ["/", "/configuration", "/jobs/none", "/nowhere", "/plotly.min.js"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stranger_gets_nothing_but_the_page_that_asks(stranger, path, method):
    answer = stranger.open(path, method=method, base_url=BASE)
    assert answer.status_code == 401
    assert '<input id="password"' in answer.text
    assert "SPOTMC_" not in answer.text


def test_who_knows_the_password_is_let_in_until_it_changes(stranger, tmp_path):
    assert log_in(stranger, PASSWORD).status_code == 303
    assert stranger.get("/configuration", base_url=BASE).status_code == 200
    cookie = stranger.get_cookie("spotmc_session")
    assert (cookie.secure, cookie.http_only) == (True, True)

    after = browser(tmp_path, "another horse battery staple")
    after.set_cookie("spotmc_session", cookie.value)
    assert after.get("/configuration", base_url=BASE).status_code == 401


def test_after_the_log_in_comes_the_page_that_was_asked_for(stranger):
    page = stranger.get("/jobs/none?a=1&b=2", base_url=BASE)
    assert '<input type="hidden" name="next" value="/jobs/none?a=1&amp;b=2">' in page.text
    for guess in ("a guess", PASSWORD):
        page = log_in(stranger, guess, next="/jobs/none?a=1&b=2")
    assert (page.status_code, page.location) == (303, "/jobs/none?a=1&b=2")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "//[",
        "evil",
        "",
    ],
)
def test_the_log_in_leads_to_no_other_site(stranger, elsewhere):
    assert log_in(stranger, PASSWORD, next=elsewhere).location == "/"


@pytest.mark.parametrize(
    ("asked", "comes"),
    [
        ("/logout", "/"),
        ("/jobs", "/jobs"),
        ("/fleet/redrive", "/"),
        ("/change", "/"),
        ("/jobs/ä b", "/jobs/%C3%A4%20b"),
        ("/jobs/%C3%A4%20b?a=1&b=%26", "/jobs/%C3%A4%20b?a=1&b=%26"),
        ("/nowhere", "/nowhere"),
        ("/ /evil.example", "/%20/evil.example"),
    ],
)
def test_the_log_in_leads_only_to_what_can_be_looked_at(stranger, asked, comes):
    assert log_in(stranger, PASSWORD, next=asked).location == comes
    page = stranger.get("/login", query_string={"next": asked}, base_url=BASE)
    assert (page.status_code, page.location) == (303, comes), "who is logged in need not log in"


def test_a_browser_that_does_not_say_where_it_comes_from_is_told_so(tmp_path, settings):
    client = browser(tmp_path, PASSWORD)
    client.application.config["WTF_CSRF_ENABLED"] = True
    page = client.get("/login", base_url=BASE)
    token = re.findall('name="csrf_token" value="([^"]*)"', page.text)[0]
    answer = log_in(client, PASSWORD, csrf_token=token)
    assert answer.status_code == 400
    assert "Allow it to send the Referer" in answer.text
    sent = {"password": PASSWORD, "csrf_token": token}
    assert client.post("/login", data=sent, base_url=BASE, headers={"Referer": f"{BASE}/login"}).status_code == 303


def test_what_is_sent_without_log_in_is_not_done_and_said(stranger):
    page = stranger.post("/jobs", base_url=BASE)
    assert page.status_code == 401
    assert "Nothing was done" in page.text
    assert 'name="next"' not in page.text


def test_who_logs_out_is_a_stranger_again(stranger):
    assert "Log out" not in stranger.get("/", base_url=BASE).text
    log_in(stranger, PASSWORD)
    assert "Log out" in stranger.get("/configuration", base_url=BASE).text
    cookie = stranger.get_cookie("spotmc_session")
    assert stranger.post("/logout", base_url=BASE).location == "/login"
    assert stranger.get("/configuration", base_url=BASE).status_code == 401
    stranger.set_cookie("spotmc_session", cookie.value, secure=True)  # as an answer that was on its way does
    assert stranger.get("/configuration", base_url=BASE).status_code == 401
    log_in(stranger, PASSWORD)
    assert stranger.get("/configuration", base_url=BASE).status_code == 200


def test_after_some_wrong_guesses_even_the_right_one_must_wait_and_is_told_how_long(stranger):
    assert [log_in(stranger, "a guess").status_code for _ in range(GUESSES)] == [403] * GUESSES
    page = log_in(stranger, PASSWORD)
    assert page.status_code == 429
    assert GUESS_SECONDS - 120 < int(page.headers["Retry-After"]) <= GUESS_SECONDS
    assert "Please wait 15 minutes" in page.text
    assert stranger.get("/", base_url=BASE).status_code == 401


def test_guesses_count_by_address_and_for_a_while():
    login = Login(PASSWORD, "key")
    for second in range(GUESSES):
        assert login.guess("a guess", "203.0.113.7", second) is False
    with pytest.raises(TooManyGuessesError) as error:
        login.guess(PASSWORD, "203.0.113.7", GUESSES)
    assert error.value.seconds == GUESS_SECONDS - GUESSES
    assert login.guess(PASSWORD, "203.0.113.8", GUESSES) is True
    with pytest.raises(TooManyGuessesError):
        login.guess(PASSWORD, "203.0.113.7", GUESS_SECONDS)
    assert login.guess(PASSWORD, "203.0.113.7", GUESS_SECONDS + 1) is True


def test_a_log_in_from_a_page_that_was_too_old_is_asked_for_again(tmp_path, settings):
    client = browser(tmp_path, PASSWORD)
    client.application.config["WTF_CSRF_ENABLED"] = True
    page = log_in(client, PASSWORD, next="/configuration")
    assert page.status_code == 400
    assert "press the button once more" in page.text
    assert 'name="next" value="/configuration"' in page.text
    assert client.get("/configuration", base_url=BASE).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "localhost:port"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_host_name_is_refused_before_the_log_in(tmp_path, settings, host, method):
    client = browser(tmp_path, PASSWORD, TRUSTED_HOSTS=["127.0.0.1", "localhost"])
    page = client.open("/", method=method, base_url=BASE, headers={"Host": host})
    assert page.status_code == 400
    assert "Password" not in page.text


def test_browsers_that_came_over_https_keep_to_it_but_on_their_own_machine(stranger):
    def said(base: str) -> str | None:
        return stranger.get("/login", base_url=base).headers.get("Strict-Transport-Security")

    assert said("https://spotmc.example") == "max-age=31536000"
    assert said("https://localhost") is None
    assert said("http://spotmc.example") is None


def test_a_short_password_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="12 characters or more, not 5"):
        browser(tmp_path, "short")


def test_the_command_serves_it_over_https(
    tmp_path: Path, settings: Settings, free_port: Callable[[], int], monkeypatch
):
    certificate, password, port = tmp_path / "certificate.pem", tmp_path / "password", free_port()
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    made = ["openssl", "req", "-x509", *key, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*made, "-keyout", "key.pem", "-out", "chain.pem"], cwd=tmp_path, check=True, capture_output=True)
    certificate.write_text((tmp_path / "chain.pem").read_text() + (tmp_path / "key.pem").read_text())
    password.write_text(PASSWORD)
    monkeypatch.setenv("SPOTMC_WEB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SPOTMC_WEB_CERTIFICATE", str(certificate))
    monkeypatch.setenv("SPOTMC_WEB_PASSWORD_FILE", str(password))
    trusted = ssl.create_default_context(cafile=str(tmp_path / "chain.pem"))

    def status() -> int | None:
        connection = http.client.HTTPSConnection("localhost", port, context=trusted, timeout=60)
        try:
            connection.request("GET", "/configuration")
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    with running({"web": ["spotmc.cli", "web", "--port", str(port)]}, tmp_path) as children:
        wait_until(lambda: status() is not None, children[0])
        with ExitStack() as stack:
            for number in range(500):  # who say nothing, or half of what TLS begins with, hold up nobody
                client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                client.sendall(b"\x16\x03\x01"[: number % 4])
            assert status() == 401


def test_other_machines_are_not_let_in_without_certificate_and_password():
    result = CliRunner().invoke(cli, ["web", "--host", "0.0.0.0", "--port", "0"])
    assert result.exit_code == 2
    assert "give it a --certificate and a --password-file" in result.output
