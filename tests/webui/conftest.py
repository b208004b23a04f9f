"""A real web UI on the emulator, as a process, and visitors who see it through HTTP alone."""

import html
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as BrowserPage

from fleet import keys
from fleet.bucket import Bucket
from fleet.queue import Queue
from fleet.settings import Settings
from spotmc.local_stack import emulator
from spotmc.local_stack.processes import Child, start, stop, wait_until
from tests.chromium import chromium
from tests.webui.quiet import visitor_of
from tests.webui.served import Served
from webui import create_app

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

PATIENCE_SECONDS = 300  # of a visitor

RECOMMENDED = {
    "symbol": "AAPL",
    "source": "sample",
    "strategy": "sma-crossover",
    "short": "40",
    "long": "100",
    "days": "1260",
    "iterations": "2000",
    "model": "normal",
}


@dataclass
class Page(HTMLParser):
    """An answer of the web UI.

    Attributes:
        status, url, headers, text: As they came.
        fields: What a browser without script sends of its forms, by name.
        choices: What can be chosen or ticked, by name.
        attributes: Those of the fields, by name.
        words: The text in each element that has an id.
        unfolded: Whether what is folded away at first is in sight.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    text: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    attributes: dict[str, dict[str, str | None]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    unfolded: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, str | None]] = []
        if self.headers["Content-Type"].startswith("text/html"):
            self.feed(self.text)

    def link(self, text: str) -> str:
        """Where a link leads."""
        [address] = re.findall(rf'<a [^>]*href="([^"]*)"[^>]*>{text}</a>', self.text)
        return html.unescape(address)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "input":
            self._handle_input(attributes)
        elif tag not in ("meta", "link", "img", "br"):
            self._open.append((tag, attributes.get("id")))
        if tag == "select":
            self._select = str(attributes["name"])
            self.attributes[self._select] = attributes
        elif tag == "option" and self._open[-2][0] == "select":
            self.choices.setdefault(self._select, []).append(str(attributes["value"]))
            if "selected" in attributes or self._select not in self.fields:
                self.fields[self._select] = str(attributes["value"])
        elif tag == "details":
            self.unfolded |= "open" in attributes

    def _handle_input(self, attributes: dict[str, str | None]) -> None:
        if "name" not in attributes:  # only for a script
            return
        name, value = str(attributes["name"]), str(attributes.get("value", ""))
        self.attributes[name] = attributes
        if attributes.get("type") in ("radio", "checkbox"):
            self.choices.setdefault(name, []).append(value)
            if "checked" not in attributes:
                return
        self.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1][0] == tag, f"<{self._open[-1][0]}> is closed by </{tag}>"
        _, name = self._open.pop()
        if tag == "textarea" and name:
            self.fields[name] = self.words.get(name, "").removeprefix("\n")

    def handle_data(self, data: str) -> None:
        for _, name in self._open:
            if name:
                self.words[name] = self.words.get(name, "") + data


class Told(NamedTuple):
    """What a script is told: status and headers as they came, and the value of the JSON."""

    status: int
    headers: Mapping[str, str]
    value: Any


class Visitor:
    """Somebody with a browser of their own, who keeps cookies and follows redirections."""

    def __init__(self, web: str) -> None:
        self.web = web
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def open(self, path: str, headers: Mapping[str, str] | None = None) -> Page:
        return self._ask(urllib.request.Request(self.web + path, headers=dict(headers or {})))

    def post(self, path: str, fields: Mapping[str, str]) -> Page:
        """Send a form as it is, with no more than ``fields``."""
        return self._ask(urllib.request.Request(self.web + path, urllib.parse.urlencode(fields).encode()))

    def ask(self, path: str, sent: object = None, **headers: str) -> Told:
        """What the JSON interface answers; ``sent``, where there is anything, is sent as JSON."""
        content = None if sent is None else sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        page = self._ask(urllib.request.Request(self.web + path, content, {"Content-Type": "application/json"} | named))
        kind = "application/json" if page.status < 400 else "application/problem+json"
        assert page.headers["Content-Type"] == kind
        return Told(page.status, page.headers, json.loads(page.text))

    def send_file(self, path: str, name: str, content: bytes, /, *, field: str = "file", **fields: str) -> Page:
        """Send a form with the token and a file in one of its fields, as a browser does."""
        token, edge = self.open("/configuration").fields["csrf_token"], "the-edge-between-parts"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{each}"\r\n\r\n{text}\r\n'.encode()
            for each, text in {"csrf_token": token, **fields}.items()
        ]
        disposition = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'
        parts += [f"--{edge}\r\n{disposition}\r\n\r\n".encode(), content, f"\r\n--{edge}--\r\n".encode()]
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        return self._ask(urllib.request.Request(self.web + path, b"".join(parts), kind))

    def press(self, path: str, **fields: str) -> Page:
        """Send a form with the token that stands in every form."""
        token = self.open("/configuration").fields["csrf_token"]
        return self.post(path, {"csrf_token": token, **fields})

    def send_job(self, **fields: str) -> Page:
        """Send the form with the recommended values but for ``fields``."""
        return self.press("/jobs", **{**RECOMMENDED, **fields})

    def _ask(self, request: urllib.request.Request) -> Page:
        try:
            with self._opener.open(request, timeout=PATIENCE_SECONDS) as answer:
                return Page(answer.status, answer.url, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Page(error.code, error.url, error.headers, error.read().decode())


@pytest.fixture(scope="session")
def web_settings(emulator_port: int, clients: tuple["SQSClient", "S3Client"]) -> Settings:
    """Of the queue and the bucket that the web UI of this session uses."""
    local = emulator.settings(emulator_port)
    settings = replace(local, queue_url=local.queue_url.replace(emulator.QUEUE, "web"), bucket="web-bucket")
    emulator.create(*clients, settings)
    return settings


@pytest.fixture(scope="session")
def web(
    web_settings: Settings, free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Address of a web UI, where people's own rules are allowed."""
    folder, port = tmp_path_factory.mktemp("web"), free_port()
    with pytest.MonkeyPatch.context() as patch:
        more = {"SPOTMC_WEB_DATA": str(folder / "data"), "SPOTMC_OWN_RULES": "allow"}
        _use(emulator.environment(web_settings, os.environ) | more, patch)
        child = _serve(port, folder)
    yield f"http://127.0.0.1:{port}"
    stop([child])


@pytest.fixture
def settings(
    web_settings: Settings, clients: tuple["SQSClient", "S3Client"], monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Those of the web UI; nothing is on its queue, but in its bucket are the jobs of the tests before."""
    _use(emulator.environment(web_settings, os.environ), monkeypatch)
    queue = Queue(clients[0], web_settings.queue_url)
    while messages := queue.receive(wait_seconds=0, visibility_seconds=30, at_most=10):
        for message in messages:
            queue.delete(message)
    return web_settings


@pytest.fixture
def visitor(web: str, settings: Settings) -> Visitor:
    """Visits the web UI of this session, whose queue is empty."""
    return Visitor(web)


@pytest.fixture
def traders(settings, bucket) -> Iterator[Bucket]:
    """The bucket, where no other test has left a trader."""

    def clear() -> None:
        for folder in (keys.TRADERS, keys.TRADER_ACCOUNTS):
            for entry in list(bucket.list(folder)):
                bucket.delete(entry.key)

    clear()
    yield bucket
    clear()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, web: str, settings, request: pytest.FixtureRequest) -> Iterator[BrowserPage]:
    """A page of a fresh visitor, which must not complain, and get everything that it asks for from the web UI.

    A test that provokes an answer like 404 says so by the mark ``answers(404)``.
    """
    mark = request.node.get_closest_marker("answers")
    with visitor_of(browser, web, mark.args if mark else ()) as context:
        context.set_default_timeout(1000 * PATIENCE_SECONDS)
        yield context.new_page()


@pytest.fixture
def fits_a_phone(page: BrowserPage, eventually) -> Callable[[], None]:
    """Assert that nothing of the page sticks out on a small phone."""

    def fits() -> None:
        page.set_viewport_size({"width": 360, "height": 740})
        eventually(lambda: page.evaluate("document.documentElement.scrollWidth") <= 360)

    return fits


@pytest.fixture
def serve_web(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Visitor]]:
    """Serve a web UI of one's own in this process, on the test's own data folder, in an environment with ``changes``.

    The one that was served before is stopped.
    """
    with ExitStack() as served:

        def begin(**changes: str) -> Visitor:
            served.close()
            environment = {**os.environ, "SPOTMC_WEB_DATA": str(tmp_path / "data"), **changes}
            application = create_app({"ENVIRONMENT": environment})
            return Visitor(f"http://127.0.0.1:{served.enter_context(Served(application)).port}")

        yield begin


@pytest.fixture
def start_web(
    settings: Settings, free_port: Callable[[], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Visitor]]:
    """Start a process with a web UI, on the test's own data folder, in an environment that has ``changes``."""
    children: list[Child] = []

    def begin(**changes: str) -> Visitor:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SPOTMC_WEB_DATA", str(tmp_path / "data"))
            for variable, value in changes.items():
                patch.setenv(variable, value)
            port = free_port()
            children.append(_serve(port, tmp_path))
        return Visitor(f"http://127.0.0.1:{port}")

    yield begin
    stop(children)


def _serve(port: int, logs: Path) -> Child:
    child = start(f"web-{port}", ["spotmc.cli", "web", "--port", str(port)], logs)
    try:
        wait_until(lambda: _answers(port), child)
    except Exception:
        stop([child])
        raise
    return child


def _answers(port: int) -> bool:
    try:
        return Visitor(f"http://127.0.0.1:{port}").open("/configuration").status == 200
    except OSError:
        return False


def _use(environment: Mapping[str, str], patch: pytest.MonkeyPatch) -> None:
    for variable in os.environ.keys() - environment.keys():
        patch.delenv(variable)
    for variable, value in environment.items():
        patch.setenv(variable, value)
