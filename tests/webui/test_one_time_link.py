"""A web UI on a machine that other people use, too: it lets in the browser that opens its link first."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, expect

from fleet.errors import SettingsError
from spotmc.cli import cli
from spotmc.local_stack.processes import start, stop
from tests.webui.conftest import Visitor
from tests.webui.quiet import visitor_of
from webui import create_app

SECRET = "sesame-" * 4


def client(folder: Path, secret: str = SECRET):
    environment = {"SPOTMC_WEB_DATA": str(folder), "SPOTMC_WEB_ONE_TIME_LINK": secret}
    return create_app({"ENVIRONMENT": environment, "TESTING": True}).test_client


def test_the_first_browser_is_let_in_and_no_other(tmp_path: Path) -> None:
    new_client = client(tmp_path)
    first, second = new_client(), new_client()
    for path in ("/", "/jobs", "/configuration", "/api/jobs", "/login/of-somebody-who-guesses"):
        assert first.get(path).status_code in (401, 403), path
    assert first.head(f"/login/{SECRET}").status_code == 403, "who looks at the head only takes nothing away"
    let_in = first.get(f"/login/{SECRET}")
    assert (let_in.status_code, let_in.location) == (303, "/")
    assert not first.get_cookie("spotmc_session").secure, "there is no HTTPS on a person's own machine"
    assert first.get("/configuration").status_code == 200
    assert first.get(f"/login/{SECRET}").status_code == 303, "who is in already stays so"
    refused = second.get(f"/login/{SECRET}")
    assert refused.status_code == 403
    assert "works no more" in refused.text
    assert 'id="password"' not in refused.text
    assert second.get("/configuration").status_code == 401
    assert second.post("/login", data={"password": ""}).status_code in (400, 403)


def test_what_can_be_guessed_is_no_link(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SPOTMC_WEB_ONE_TIME_LINK must have 22 characters or more, not 4"):
        client(tmp_path, "1234")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["web", "--one-time-link", "--password-file", __file__], "exclude each other"),
        (["local", "--one-time-link", "--demo"], "excludes --demo"),
    ],
)
def test_what_cannot_go_with_it_is_refused(arguments: list[str], problem: str) -> None:
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 2
    assert problem in done.output


@pytest.mark.browser
def test_the_printed_link_opens_in_a_browser_and_logs_out(
    *, settings, browser: Browser, free_port, tmp_path: Path, monkeypatch, eventually: Callable[..., None]
) -> None:
    monkeypatch.setenv("SPOTMC_WEB_DATA", str(tmp_path / "data"))
    child = start("web", ["spotmc.cli", "web", "--one-time-link", "--port", str(free_port())], tmp_path)
    try:
        eventually(lambda: "/login/" in child.log.read_text())
        [web, secret] = re.findall(r"(http://127\.0\.0\.1:\d+)/login/(\S+), which works once", child.log.read_text())[0]
        with visitor_of(browser, web, (401, 403)) as context:
            page = context.new_page()
            page.goto("/")
            expect(page.get_by_text("Open the link that was printed")).to_be_visible()
            page.goto(f"/login/{secret}")
            page.goto("/configuration")
            expect(page.get_by_label("Bucket")).to_have_value(settings.bucket)
            page.get_by_role("button", name="Log out").click()
            expect(page.get_by_text("Open the link that was printed")).to_be_visible()
        assert Visitor(web).open(f"/login/{secret}").status == 403
    finally:
        stop([child])
