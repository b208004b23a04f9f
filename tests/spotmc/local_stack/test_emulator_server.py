"""The emulator serves boto3, and nobody in a browser can read or write what it holds."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from playwright.sync_api import Browser, Page

from fleet.bucket import Bucket
from fleet.queue import Queue
from fleet.settings import Settings
from tests.chromium import chromium

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "prices/secret.csv"


class Emulator:
    """It, asked over plain HTTP for an object that it holds."""

    def __init__(self, port: int, bucket: str) -> None:
        self.port, self.path = port, f"/{bucket}/{KEY}"
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, method: str = "GET", path: str = "", **headers: str) -> tuple[HTTPResponse, str]:
        connection = HTTPConnection("127.0.0.1", self.port)
        named = {name.replace("_", "-"): value.format(port=self.port) for name, value in headers.items()}
        try:
            connection.request(method, path or self.path, b"overwritten" if method != "GET" else None, named)
            answer = connection.getresponse()
            return answer, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture
def emulator(emulator_port: int, settings: Settings, clients: tuple[object, "S3Client"]) -> Emulator:
    """It holds an object that anybody may read whom the guard lets through."""
    clients[1].put_object(Bucket=settings.bucket, Key=KEY, Body=b"a secret", ACL="public-read")
    return Emulator(emulator_port, settings.bucket)


@pytest.fixture
def untouched(emulator: Emulator, bucket: Bucket) -> Iterator[None]:
    """Asserts afterwards that the bucket holds what it held."""
    yield
    assert [entry.key for entry in bucket.list("")] == [KEY]
    assert bucket.get(KEY) == b"a secret"


def test_programs_are_served(emulator: Emulator, queue: Queue, bucket: Bucket) -> None:
    queue.send("a message", {})
    [message] = queue.receive(wait_seconds=0, visibility_seconds=30)
    assert message.body == "a message"
    assert bucket.get(KEY) == b"a secret"
    answer, body = emulator.ask()
    assert (answer.status, body) == (200, "a secret")


def test_localhost_is_a_name_of_this_machine(emulator: Emulator, settings: Settings) -> None:
    s3: S3Client = boto3.client(
        "s3",
        endpoint_url=f"http://localhost:{emulator.port}",
        region_name=settings.region,
        config=Config(s3={"addressing_style": "path"}),
    )
    assert s3.get_object(Bucket=settings.bucket, Key=KEY)["Body"].read() == b"a secret"


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
@pytest.mark.parametrize(
    "host", ["elsewhere.test:{port}", "elsewhere.test", "127.0.0.1", "127.0.0.1:1", "secrets.localhost:{port}", ""]
)
def test_a_request_to_another_name_is_refused(emulator: Emulator, method: str, host: str) -> None:
    answer, body = emulator.ask(method, Host=host)
    assert answer.status == 403
    assert body == f"The emulator answers to 127.0.0.1:{emulator.port} and localhost:{emulator.port} only: " + (
        "ask it by that name.\n"
    )


FROM_PAGES = [
    {"Origin": "http://elsewhere.test"},
    {"Origin": "null"},  # a file, or a frame in a sandbox
    {"Origin": "http://127.0.0.1:8080"},
    {"Origin": "http://127.0.0.1:{port}"},  # an object of the bucket that was opened as a page
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"},
]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
@pytest.mark.parametrize("headers", FROM_PAGES)
def test_a_request_of_a_web_page_is_refused(emulator: Emulator, method: str, headers: dict[str, str]) -> None:
    answer, body = emulator.ask(method, **headers)
    assert answer.status == 403
    assert body.startswith("The emulator is for programs on this machine, not for web pages: use boto3")
    assert not invitations(answer)


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_a_person_who_types_its_address_may_look(emulator: Emulator, site: str) -> None:
    answer, body = emulator.ask(Sec_Fetch_Site=site)
    assert (answer.status, body) == (200, "a secret")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_no_answer_invites_other_sites(
    emulator: Emulator, clients: tuple[object, "S3Client"], settings: Settings, method: str
) -> None:
    everybody = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"]}
    clients[1].put_bucket_cors(Bucket=settings.bucket, CORSConfiguration={"CORSRules": [everybody]})
    for path in (emulator.path, "/moto-api/"):
        assert not invitations(emulator.ask(method, path)[0])


def invitations(answer: HTTPResponse) -> list[str]:
    return [name for name, _ in answer.getheaders() if name.lower().startswith("access-control-")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """It takes elsewhere.test for a name of this machine."""
    with chromium(["--host-resolver-rules=MAP elsewhere.test 127.0.0.1"]) as browser:
        yield browser


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """A port of this machine on which a page of somebody else is served."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(params=["elsewhere.test", "localhost", "127.0.0.1"])
def page(request: pytest.FixtureRequest, browser: Browser, elsewhere: int) -> Iterator[Page]:
    """A page of another site, or of another port of this machine."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://{request.param}:{elsewhere}/")
        yield page


FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options)
        return [answer.type, answer.status, await answer.text()]
    } catch (error) {
        return [error.name]
    }
}"""


@pytest.mark.browser
@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"method": "PUT", "body": "overwritten"},
        {"method": "DELETE"},
        {"method": "POST", "body": "overwritten"},
    ],
)
def test_a_page_of_another_origin_cannot_read_or_write(page: Page, emulator: Emulator, options: object) -> None:
    assert page.evaluate(FETCH, [emulator.url + emulator.path, options]) == ["TypeError"]


@pytest.mark.browser
@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_a_page_asks_for_blindly_is_not_done(page: Page, emulator: Emulator, method: str) -> None:
    with page.expect_response(f"{emulator.url}/**") as answer:
        page.evaluate(FETCH, [emulator.url + emulator.path, {"method": method, "mode": "no-cors"}])
    assert answer.value.status == 403


@pytest.mark.browser
@pytest.mark.usefixtures("untouched")
def test_a_form_of_another_origin_is_not_taken(page: Page, emulator: Emulator, settings: Settings) -> None:
    page.set_content(
        f"""<form method="post" enctype="multipart/form-data" action="{emulator.url}/{settings.bucket}">
        <input name="key" value="jobs/forged.json"><input name="file" value="forged"><button>Win!</button></form>"""
    )
    with page.expect_navigation() as answer:
        page.click("button")
    assert answer.value is not None
    assert answer.value.status == 403
    assert "not for web pages" in page.inner_text("body")


@pytest.mark.browser
@pytest.mark.usefixtures("untouched")
def test_a_name_that_was_made_to_lead_to_this_machine_is_of_no_use(browser: Browser, emulator: Emulator) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://elsewhere.test:{emulator.port}/")  # so that the emulator is of the page's own origin
        for options in ({}, {"method": "PUT", "body": "overwritten"}):
            _, status, text = page.evaluate(FETCH, [emulator.path, options])
            assert status == 403
            assert "ask it by that name" in text
