"""Clients that begin and do not go on: whoever does otherwise is answered meanwhile."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

CLIENTS = 500  # that send half a request
READERS = 100  # that do not read: for each of them the answer is worked out

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
FORM = b"POST /jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
CHUNKS = FORM + b"Transfer-Encoding: chunked\r\n\r\n7\r\nsymbol=\r\n0\r\n\r\n"
FORM += b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\nsymbol=AAPL"

Connect = Callable[[bytes, int], list[socket.socket]]


@pytest.fixture
def connect_many(web: str) -> Iterator[Connect]:
    """Many clients that connect, send something, and then do nothing."""
    with ExitStack() as all_of_them:

        def connect(sent: bytes, clients: int) -> list[socket.socket]:
            connected = []
            for _ in range(clients):
                client = all_of_them.enter_context(socket.socket())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # of what it does not read
                client.connect(("127.0.0.1", urlsplit(web).port))
                client.sendall(sent)
                connected.append(client)
            return connected

        yield connect


def is_waited_for(client: socket.socket) -> bool:
    """Whether the web UI has neither said anything nor hung up."""
    client.setblocking(False)
    try:
        client.recv(1)
    except BlockingIOError:
        return True
    finally:
        client.setblocking(True)
    return False


@pytest.mark.parametrize(
    ("request_", "sent"),
    [(REQUEST, 0), (REQUEST, 30), (FORM, 30), (FORM, len(FORM) - 4), (CHUNKS, len(CHUNKS) - 9)],
    ids=["nothing", "half a head", "half the head of a form", "half a form", "half a form in chunks"],
)
def test_nobody_waits_for_those_who_send_half_a_request(visitor, connect_many: Connect, request_: bytes, sent: int):
    slow = connect_many(request_[:sent], CLIENTS)
    assert [visitor.open(path).status for path in ("/", "/configuration", "/static/css/base.css")] == [200] * 3
    assert visitor.send_job().status == 200
    assert all(map(is_waited_for, slow))
    for client in slow[::100]:
        client.sendall(request_[sent:])
        assert client.recv(9) == b"HTTP/1.1 "


def test_nobody_waits_for_those_who_do_not_read_what_they_asked_for(visitor, connect_many: Connect):
    slow = connect_many(b"GET /plotly.min.js HTTP/1.1\r\nHost: localhost\r\n\r\n", READERS)
    assert [visitor.open(path).status for path in ("/", "/plotly.min.js", "/configuration")] == [200] * 3
    assert all(client.recv(15) == b"HTTP/1.1 200 OK" for client in slow)
