"""The stand-in of Alpaca's paper account, asked with what came over HTTP."""

import json
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from tests import alpaca_server
from tests.alpaca_server import AlpacaServer
from tests.http_service import Answer, Request


def says(server: AlpacaServer, request: Request) -> Answer:
    """What it answers to a request whose ``Host`` is one of Alpaca's."""
    address = urlsplit(request.path)
    host = next(value for name, value in request.headers.items() if name.lower() == "host")
    told = server.do(
        alpaca_server.Request(
            0,
            request.method,
            host,
            unquote(address.path),
            dict(parse_qsl(address.query, keep_blank_values=True)),
            json.loads(request.body) if request.body else None,
            request.headers,
        )
    )
    text = "" if told.body is None else told.body if isinstance(told.body, str) else json.dumps(told.body)
    return Answer(told.status, text.encode(), {"Content-Type": "application/json", **told.headers})


def as_it_came(asked: alpaca_server.Request) -> Request:
    """What the server has read already, as it came over HTTP."""
    path = asked.path + (f"?{urlencode(asked.query)}" if asked.query else "")
    body = b"" if asked.body is None else json.dumps(asked.body).encode()
    return Request(asked.method, path, {**asked.headers, "Host": asked.host}, body)


def told_as(answer: Answer) -> alpaca_server.Answer:
    """An answer as the server sends one."""
    return alpaca_server.Answer(answer.status, answer.body.decode(), answer.headers)
