"""The server that stands between the application and its clients."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.webui.served import PATIENCE, Served
from webui.serving import server
from webui.serving.wsgi import Application


def echo(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """Answers with what was sent."""
    start("200 OK", [("Content-Type", "text/plain")])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["wsgi.input"].read()]


@pytest.fixture
def serve() -> Iterator[Callable[[Application], Served]]:
    with ExitStack() as stack:
        yield lambda application: stack.enter_context(Served(application))


class Endless:
    """An application whose answers never end; it knows how much it was asked for, and when nobody wants any more."""

    def __init__(self) -> None:
        self.given = 0
        self.left = threading.Event()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [("Content-Type", "text/csv")])
        try:
            while True:
                self.given += 10_000
                yield b"x" * 10_000
        finally:
            self.left.set()


def test_who_does_not_finish_a_request_is_hung_up_on(serve, monkeypatch):
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(server, "BODY_SECONDS", 0.2)
    served = serve(echo)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
    for sent in (b"", head, head + b"Content-Length: 9\r\n\r\nhalf"):
        with served.send(sent) as client:
            assert client.recv(1000) == b""


def test_who_does_not_take_the_answer_is_hung_up_on_and_costs_no_memory(serve, monkeypatch):
    monkeypatch.setattr(server, "PIECE_SECONDS", 0.2)
    endless = Endless()
    with serve(endless).send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        assert endless.left.wait(PATIENCE)
    assert endless.given < 50_000_000


def test_an_answer_is_given_up_when_its_client_leaves(serve):
    endless = Endless()
    with serve(endless).send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        assert client.recv(15) == b"HTTP/1.1 200 OK"
    assert endless.left.wait(PATIENCE)


def test_of_very_many_connections_those_that_wait_longest_make_room(serve, monkeypatch):
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 5)
    served = serve(echo)
    with ExitStack() as stack:
        clients = [stack.enter_context(served.send(b"")) for _ in range(200)]
        assert served.get() == (200, b"GET ")
        assert all(client.recv(1) == b"" for client in clients[:190])
        clients[-1].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert clients[-1].recv(15) == b"HTTP/1.1 200 OK"


def test_a_body_in_chunks_comes_whole(serve):
    sent = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serve(echo).send(sent + b"5\r\nwhole\r\n5\r\n body\r\n0\r\n\r\n") as client:
        assert client.makefile("rb").read().endswith(b"POST whole body\r\n0\r\n\r\n")


def test_a_long_answer_comes_whole_and_its_connection_is_used_again(serve):
    text = b"".join(b"%d\n" % number for number in range(200_000))

    def long(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return (text[i : i + 7_777] for i in range(0, len(text), 7_777)) if environ["PATH_INFO"] == "/parts" else [text]

    served = serve(long)
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    for path in ("/parts", "/", "/parts"):
        connection.request("GET", path)
        assert connection.getresponse().read() == text
    connection.close()


def test_what_needs_neither_queue_nor_bucket_does_not_wait_for_them(serve):
    go_on = threading.Event()

    def waits(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/":
            go_on.wait(PATIENCE)
        return echo(environ, start)

    served = serve(waits)
    with ExitStack() as stack:
        for _ in range(2 * server.THREADS):
            stack.enter_context(served.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        for path in ("/static/icon.svg", "/plotly.min.js", "/login", "/configuration"):
            assert served.get(path) == (200, b"GET ")
        go_on.set()


def test_open_pages_that_look_again_and_again_hold_up_nobody_who_acts(serve):
    go_on = threading.Event()

    def waits(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"] in ("/api/jobs/AAPL-0123456789ab", "/jobs/rows"):
            go_on.wait(PATIENCE)
        return echo(environ, start)

    served = serve(waits)
    with ExitStack() as stack:
        for _ in range(2 * server.THREADS):
            for path in (b"/api/jobs/AAPL-0123456789ab", b"/jobs/rows"):
                stack.enter_context(served.send(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        for path in ("/", "/jobs", "/api/jobs", "/api/jobs/AAPL-0123456789ab/results"):
            assert served.get(path) == (200, b"GET ")
        go_on.set()


@pytest.mark.parametrize("headers", [[], [("Date", "Fri, 27 Nov 2026 11:00:00 GMT")]])
def test_an_answer_has_one_date(serve, headers):
    def dated(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", headers)
        return []

    connection = http.client.HTTPConnection("127.0.0.1", serve(dated).port, timeout=PATIENCE)
    connection.request("GET", "/")
    with connection.getresponse() as answer:
        dates = answer.headers.get_all("Date")
    connection.close()
    assert dates is not None
    assert len(dates) == 1
    assert not headers or dates == [headers[0][1]]


@pytest.mark.parametrize("length", [70_000, 120_000])
def test_a_head_that_is_too_large_is_refused_with_its_status(serve, length):
    assert serve(echo).get(cookie="x" * length)[0] == 431


@pytest.mark.parametrize("sent_as", ["length", "chunks"])
def test_a_body_that_is_too_large_is_refused_on_a_page(web, sent_as):
    body = b"symbol=" + b"x" * 3_000_000
    connection = http.client.HTTPConnection("127.0.0.1", int(web.rsplit(":", 1)[1]), timeout=PATIENCE)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/jobs", body if sent_as == "length" else iter([body]), form)
    with connection.getresponse() as answer:
        assert b"far larger than any form here" in answer.read()
        assert answer.status == 413
    connection.close()


def test_large_bodies_share_a_room_and_small_ones_need_none(serve, monkeypatch, eventually):
    monkeypatch.setattr(server, "LARGE_BYTES", 1_000_000)
    served = serve(echo)

    def sent(size: int) -> bytes:
        return b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size

    def status_of(size: int) -> bytes:
        with served.send(sent(size) + b"x" * size) as client:
            return client.makefile("rb").readline()

    assert b" 503 " in status_of(2_000_000)
    for _ in range(2):  # what is answered is forgotten, a moment after its answer has arrived
        eventually(lambda: b" 200 " in status_of(1_500_000))


def test_a_form_of_very_many_fields_comes_to_the_application(serve):
    body = b"&".join(b"%d=" % number for number in range(2_000))
    head = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nConnection: close\r\n" % len(body)
    with serve(echo).send(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n" + body) as client:
        assert body in client.makefile("rb").read()


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ("/configuration", "LOCALHOST"),
        ("/configuration", "localhost."),
        ("/configuration", "Localhost.:8080"),
        ("http://localhost/configuration", "localhost"),
        ("HTTP://LocalHost:80/configuration", "evil.example"),
    ],
)
def test_our_host_is_known_however_it_is_written(web, line, host):
    assert asked(web, line, host) == b"HTTP/1.1 200"


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ("http://evil.example/", "localhost"),
        ("/", "localhost.evil.example"),
        ("/", "localhost, localhost"),
        ("/", "localhost.."),
    ],
)
def test_another_host_is_refused_however_it_is_written(web, line, host):
    assert asked(web, line, host) == b"HTTP/1.1 400"


def asked(web: str, target: str, host: str) -> bytes:
    """The beginning of the answer."""
    with socket.create_connection(("127.0.0.1", int(web.rsplit(":", 1)[1])), timeout=PATIENCE) as client:
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        with client.makefile("rb") as answer:
            return answer.read(12)


def test_an_answer_that_breaks_off_cannot_be_taken_for_a_whole_one(serve, caplog):
    def breaks(environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [("Content-Type", "text/csv")])
        yield b"a" * 100_000
        raise OSError("the bucket is gone")

    with pytest.raises(http.client.IncompleteRead):
        serve(breaks).get("/paths.csv")
    assert "GET /paths.csv was not answered to the end" in caplog.text
    assert "the bucket is gone" in caplog.text


@pytest.mark.parametrize("grace", [PATIENCE, 0.1])
def test_when_it_stops_it_first_answers_what_was_asked_but_not_for_long(serve, monkeypatch, grace):
    monkeypatch.setattr(server, "GRACE_SECONDS", grace)
    asked, may_answer = threading.Event(), threading.Event()

    def slow(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        asked.set()
        may_answer.wait(PATIENCE)
        return echo(environ, start)

    served = serve(slow)
    with served.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") as client:
        assert asked.wait(PATIENCE)
        served.stop()
        if grace < PATIENCE:
            assert client.recv(1) == b""
        may_answer.set()
        if grace == PATIENCE:
            assert client.makefile("rb").read().endswith(b"GET \r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "host", ["evil", "a:b", "localhost:b", "[::1", "[::1]:80", "localhost:99999999999999999999", "a b", ""]
)
def test_a_host_that_is_not_ours_is_refused(web, host):
    port = int(web.rsplit(":", 1)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/", headers={"Host": host})
    assert connection.getresponse().status == 400
    connection.close()
