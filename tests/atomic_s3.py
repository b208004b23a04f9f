"""A bucket of S3 that looks at the condition of a put and stores under one lock, as S3 does and moto does not."""

import hashlib
import threading
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Self
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.http_service import XML, Answer, HttpService, Request

LISTED_AT_ONCE = 1000

WORDS = {
    304: "NotModified",
    404: "NoSuchKey",
    409: "ConditionalRequestConflict",
    412: "PreconditionFailed",
    500: "InternalError",
    503: "SlowDown",
}
"""Of errors, by status: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


@dataclass(frozen=True)
class Stored:
    """An object; its ETag is in quotes, as S3 has it."""

    content: bytes
    etag: str
    at: datetime

    @classmethod
    def of(cls, content: bytes) -> Self:
        return cls(content, f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"', datetime.now(UTC))


class AtomicS3:
    """Any bucket that is asked for, addressed by path: PUT with its conditions, GET, HEAD, DELETE, and listings.

    Attributes:
        history: Each object that was ever stored, in order: bucket and key, and its content.
    """

    def __init__(self) -> None:
        self.history: list[tuple[str, bytes]] = []
        self._objects: dict[str, Stored] = {}
        self._lock = threading.Lock()

    def served(self) -> HttpService:
        """Over HTTP while the ``with`` block lasts."""
        return HttpService(self.answer, keep_alive=True)

    def answer(self, request: Request) -> Answer:
        """What S3 says to a request, called by any number of threads."""
        address = urlsplit(request.path)
        bucket, _, key = unquote(address.path).removeprefix("/").partition("/")
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self._lock:
            if request.method == "GET" and not key:
                return self._listing(bucket, {name: each[0] for name, each in parse_qs(address.query).items()})
            return self._of_object(request.method, f"{bucket}/{key}", headers, request.body)

    def objects(self, bucket: str) -> dict[str, bytes]:
        """All that is in a bucket now, by key."""
        with self._lock:
            beginning = f"{bucket}/"
            return {
                name.removeprefix(beginning): each.content
                for name, each in self._objects.items()
                if name.startswith(beginning)
            }

    def _of_object(self, method: str, name: str, headers: Mapping[str, str], body: bytes) -> Answer:
        stored = self._objects.get(name)
        if method == "PUT":
            return self._put(name, stored, headers, body)
        if method == "DELETE":
            self._objects.pop(name, None)
            return Answer(204, b"")
        if not stored:
            return refusal(404) if method == "GET" else Answer(404, b"")
        if headers.get("if-match", stored.etag) != stored.etag:
            return refusal(412)
        told = {"Content-Type": "binary/octet-stream", "ETag": stored.etag, "Last-Modified": _http_date(stored.at)}
        if "range" in headers:
            return _part(stored.content, headers["range"], told)
        return Answer(200, stored.content, told)

    def _put(self, name: str, stored: Stored | None, headers: Mapping[str, str], body: bytes) -> Answer:
        if stored and headers.get("if-none-match") == "*":
            return refusal(412)
        if "if-match" in headers and not stored:
            return refusal(404)
        if stored and headers.get("if-match", stored.etag) != stored.etag:
            return refusal(412)
        self._objects[name] = stored = Stored.of(body)
        self.history.append((name, body))
        return Answer(200, b"", {"ETag": stored.etag})

    def _listing(self, bucket: str, asked: Mapping[str, str]) -> Answer:
        prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
        at_most = min(int(asked.get("max-keys", LISTED_AT_ONCE)), LISTED_AT_ONCE)
        beginning = f"{bucket}/"
        keys = sorted(name.removeprefix(beginning) for name in self._objects if name.startswith(beginning))
        after = asked.get("continuation-token") or asked.get("start-after", "")
        contents: list[str] = []
        folders: list[str] = []
        more = False
        for key in keys[bisect_right(keys, after) :]:
            if not key.startswith(prefix) or (folders and key.startswith(folders[-1])):
                continue
            if len(contents) + len(folders) == at_most:
                more = True
                break
            inside, slash, _ = key.removeprefix(prefix).partition(delimiter) if delimiter else ("", "", "")
            if slash:
                folders.append(prefix + inside + slash)
                after = folders[-1] + chr(0x10FFFF)
            else:
                contents.append(key)
                after = key
        told = [
            f"<Name>{bucket}</Name><KeyCount>{len(contents) + len(folders)}</KeyCount>",
            f"<EncodingType>url</EncodingType><IsTruncated>{'true' if more else 'false'}</IsTruncated>",
            f"<NextContinuationToken>{escape(after)}</NextContinuationToken>" if more else "",
            *(self._entry(bucket, key) for key in contents),
            *(f"<CommonPrefixes><Prefix>{quote(each)}</Prefix></CommonPrefixes>" for each in folders),
        ]
        return Answer(200, f"<ListBucketResult>{''.join(told)}</ListBucketResult>".encode(), XML)

    def _entry(self, bucket: str, key: str) -> str:
        stored = self._objects[f"{bucket}/{key}"]
        return (
            f"<Contents><Key>{quote(key)}</Key><LastModified>{stored.at:%Y-%m-%dT%H:%M:%S.%fZ}</LastModified>"
            f"<ETag>{escape(stored.etag)}</ETag><Size>{len(stored.content)}</Size></Contents>"
        )


def refusal(status: int) -> Answer:
    """S3's own, of a status that WORDS has."""
    return Answer(status, f"<Error><Code>{WORDS[status]}</Code><Message>told by a test</Message></Error>".encode(), XML)


def _part(content: bytes, asked: str, told: Mapping[str, str]) -> Answer:
    first, _, last = asked.removeprefix("bytes=").partition("-")
    stop = min(int(last) + 1, len(content))
    if int(first) >= len(content):
        return Answer(416, b"<Error><Code>InvalidRange</Code></Error>", XML)
    span = f"bytes {first}-{stop - 1}/{len(content)}"
    return Answer(206, content[int(first) : stop], {**told, "Content-Range": span})


def _http_date(when: datetime) -> str:
    return format_datetime(when.replace(microsecond=0), usegmt=True)
