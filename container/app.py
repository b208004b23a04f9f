"""What answers over HTTP: ``/ping``, ``/invocations``, and what a transform job asks before it begins."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import Flask, Response, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header

from container.answers import Answer, of_bars, of_features
from container.hosted import Hosted
from container.request import Clock, FeatureRows, RequestError
from container.request_csv import read_csv
from container.request_json import read_json

CSV, JSON = "text/csv", "application/json"
MEGABYTE = 2**20
LARGE_BYTES = 2**18  # from here on one request at a time is read and worked out in each process
BODY_SECONDS = 30.0  # to send a request
BUSY_SECONDS = 20.0  # to wait for another large one
PIECE_BYTES = 2**16
HEARD_OUT = 4  # times as many bytes as a request may have
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"  # the only header that an endpoint passes on, there and back
MOST_ATTRIBUTES = 1024  # characters


def create_app(hosted: Hosted, *, most_bytes: int, most_large: int, at_once: int) -> Flask:
    """
    Args:
        hosted: What is asked.
        most_bytes: Of a request.
        most_large: Large requests that may be in each process, one of them at work: fewer than it has threads.
        at_once: Requests that all processes together are good for, as a transform job is told.
    """
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    room = _Room(most_large, 0 if hosted.is_slow else LARGE_BYTES)
    names = hosted.model.feature_names if hosted.model else ()
    readers = {CSV: read_csv, JSON: read_json}
    execution = {
        "MaxConcurrentTransforms": at_once,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": most_bytes // MEGABYTE,
    }

    @app.get("/ping")
    def ping() -> Response:
        return Response(b"{}\n", mimetype=JSON)

    @app.get("/execution-parameters")
    def execution_parameters() -> Response:
        return Response(json.dumps(execution), mimetype=JSON)

    @app.post("/invocations")
    def invocations() -> Response:
        environ, length = request.environ, request.content_length  # which is much faster than headers one by one
        given = _content_type(environ.get("CONTENT_TYPE", ""))
        wanted = _accepted(environ.get("HTTP_ACCEPT", "*/*"), given)
        clock = Clock()
        with room.entered(length):
            asked = readers[given](_body(environ, length, most_bytes), names, clock)
            if isinstance(asked, FeatureRows):
                if _last(environ):
                    raise RequestError("last=true is for daily bars: rows of features are answered one by one")
                answer = of_features(hosted, asked, clock)
            else:
                answer = of_bars(hosted, asked, _last(environ) if asked.last is None else asked.last)
            return Response(_written(answer, wanted), mimetype=wanted, headers=_said(answer, wanted))

    @app.errorhandler(RequestError)
    def refuse(error: RequestError) -> Response:
        return _problem(str(error), error.status)

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> Response:
        told = _problem(_sentence(error), error.code or 400)
        if allowed := getattr(error, "valid_methods", None):
            told.headers["Allow"] = ", ".join(sorted(allowed))
        return told

    return app


class _Room:
    """Lets one large request in at a time, a few wait, and the others be told to come again: a ping never waits."""

    def __init__(self, most_inside: int, large_bytes: int) -> None:
        self._large_bytes = large_bytes
        self._inside = threading.BoundedSemaphore(most_inside)
        self._working = threading.Lock()

    @contextmanager
    def entered(self, length: int | None) -> Iterator[None]:
        if length is not None and length < self._large_bytes:
            yield
            return
        busy = RequestError("too many large requests at the same time: send this one again in a while", 429)
        if not self._inside.acquire(blocking=False):
            raise busy
        try:
            if not self._working.acquire(timeout=BUSY_SECONDS):
                raise busy
            try:
                yield
            finally:
                self._working.release()
        finally:
            self._inside.release()


def _body(environ: Mapping[str, Any], length: int | None, most_bytes: int) -> bytes:
    """
    Raises:
        RequestError: it is too large, breaks off, or does not come in time.
    """
    if environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise RequestError("Content-Encoding must be identity: send it uncompressed", 415)
    pieces, size, ends = [], 0, time.monotonic() + BODY_SECONDS
    read = environ["wsgi.input"].read
    try:
        # What is too large is heard out, as far as that is bearable: who is still sending does not listen.
        while size != length and size <= HEARD_OUT * most_bytes and (piece := read(PIECE_BYTES)):
            size += len(piece)
            if size <= most_bytes:
                pieces.append(piece)
            if time.monotonic() > ends:
                raise RequestError(f"the request did not come within {BODY_SECONDS:g} s", 408)
    except TimeoutError:
        raise RequestError("the request did not come in time", 408) from None
    except OSError:
        raise RequestError("the request breaks off") from None
    except ParseException as error:
        raise RequestError(f"the body is not in chunks as its head says: {str(error)[:200]}") from None
    if size > most_bytes:
        raise RequestError(f"a request may have {most_bytes:,} bytes: send fewer rows at a time", 413)
    if length is not None and size < length:
        raise RequestError("the request breaks off")
    return b"".join(pieces)


def _content_type(header: str) -> str:
    given = _type_of(header)
    if given is None:
        raise RequestError(f"Content-Type must be {CSV} or {JSON} in UTF-8, not {header[:80] or 'none'}", 415)
    return given


@lru_cache(64)
def _type_of(header: str) -> str | None:
    given, options = parse_options_header(header)
    charset = options.get("charset", "utf-8").lower()
    return given.lower() if given.lower() in (CSV, JSON) and charset in ("utf-8", "utf8", "us-ascii") else None


def _accepted(header: str, given: str) -> str:
    """CSV or JSON, whichever is preferred; that of the request where nobody says, or likes both the same."""
    if header == "*/*":
        return given
    best = request.accept_mimetypes.best_match([given, *({CSV, JSON} - {given})])
    if best is None:
        raise RequestError(f"Accept must allow {CSV} or {JSON}", 406)
    return best


def _last(environ: Mapping[str, Any]) -> bool:
    """Whether the last day alone is asked for, in the address or, where an endpoint is invoked, in the attributes."""
    address, attributes = environ.get("QUERY_STRING", ""), environ.get(_ATTRIBUTES_GIVEN, "")
    if not address and not attributes:
        return False
    asked = list(request.args.items(multi=True))
    for each in filter(None, map(str.strip, attributes.split(","))):
        name, _, value = each.partition("=")
        asked.append((name.strip(), value.strip()))
    if unknown := [f"{name}={value}"[:60] for name, value in asked if (name, value) not in _LAST]:
        raise RequestError(f"{unknown[0]!r} means nothing here: last=true or last=false can be asked for, and no more")
    return bool(asked) and _LAST[asked[-1]]


_ATTRIBUTES_GIVEN = f"HTTP_{ATTRIBUTES.upper().replace('-', '_')}"
_LAST = {("last", "true"): True, ("last", "false"): False}


def _written(answer: Answer, wanted: str) -> bytes:
    return answer.to_csv() if wanted == CSV else answer.to_json()


def _said(answer: Answer, wanted: str) -> dict[str, str] | None:
    """What is doubtful, where the answer itself has no place for it."""
    warnings = answer.about.get("warnings")
    if wanted != CSV or not warnings:
        return None
    return {ATTRIBUTES: "; ".join(warnings).encode("ascii", "replace").decode("ascii")[:MOST_ATTRIBUTES]}


def _sentence(error: HTTPException) -> str:
    if error.code == 404:
        return f"there is no {request.path[:80]}: POST to /invocations, or GET /ping"
    if error.code == 405:
        return f"{request.method[:20]} cannot be done with {request.path[:80]}: POST to /invocations, or GET /ping"
    if error.code == 500:
        return "this is a mistake of the program, not of the request: its log says more"
    return error.description or error.name


def _problem(sentence: str, status: int) -> Response:
    return Response(json.dumps({"error": sentence}), status, mimetype=JSON)
