"""A trader's clients in this process: a world takes the place of the network, and waiting takes no time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
import requests
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.retries import standard

from fleet import connection
from fleet.bucket import Bucket
from fleet.settings import Settings
from tests.alpaca_server import KEY, SECRET
from tests.http_service import Answer, Request
from tests.trader_soak.faults import BROKER, BUCKET
from tests.trader_soak.world import LostError, World
from trader.stop import Stop

SETTINGS = Settings(
    region="us-east-1",
    queue_url="http://127.0.0.1/123456789012/none",
    bucket="bucket",
    endpoint_url="http://127.0.0.1:9",
)


POLL = 1800.0  # seconds; whoever waits for so long waits for the exchange


class WaitingIn(Stop):
    """Waiting is letting time pass in a world; who waits for another day after its last one is told to stop."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def pause(self, seconds: float) -> None:
        if seconds < POLL:
            self._world.pass_time(timedelta(seconds=seconds))
        elif self._world.over:
            self.request("the days of the exchange are over")
        elif not self:
            self._world.pass_until_something_happens()


@contextmanager
def carried_by(world: World) -> Iterator[Bucket]:
    """The world's bucket; what alpaca-py asks goes there, too, while the block lasts."""

    def sleep(seconds: float) -> None:
        world.pass_time(timedelta(seconds=seconds))

    def send(_: object, request: requests.PreparedRequest, **__: object) -> requests.Response:
        return _to_broker(world, request)

    credentials = {"ALPACA_KEY_ID": KEY, "ALPACA_SECRET_KEY": SECRET}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standard, "RetryHandler", partial(standard.RetryHandler, sleep=sleep))
        patch.setattr(time, "sleep", sleep)
        patch.setattr(connection, "breaking_silence", lambda client: client)  # of whoever is killed it speaks too late
        patch.setattr(requests.adapters.HTTPAdapter, "send", send)
        for name, value in credentials.items():
            patch.setenv(name, value)
        yield bucket_behind(partial(world.carry, BUCKET))


def bucket_behind(answers: Callable[[Request], Answer]) -> Bucket:
    """A bucket of which this is asked in place of a network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "none")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        client = connection.s3_client(SETTINGS)
    client.meta.events.register("before-send.s3", cast(Any, partial(_to_bucket, answers)))
    return Bucket(client, SETTINGS.bucket)


def _to_bucket(answers: Callable[[Request], Answer], request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    path = request.url.removeprefix(str(SETTINGS.endpoint_url))
    body: Any = request.body or b""
    body = bytes(body) if isinstance(body, bytes | bytearray) else body.read()
    headers = {
        str(name): value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
    }
    try:
        answer = answers(Request(request.method, path, headers, body))
    except LostError as lost:
        kind = EndpointConnectionError if lost.refused else ReadTimeoutError
        raise kind(endpoint_url=request.url) from lost
    return AWSResponse(
        request.url, answer.status, _lower(answer), _Raw(b"" if request.method == "HEAD" else answer.body)
    )


class _Raw(BytesIO):
    """As urllib3 gives an answer to botocore."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _lower(answer: Answer) -> Any:
    headers = requests.structures.CaseInsensitiveDict(answer.headers)
    headers["Content-Length"] = str(len(answer.body))
    return headers


def _to_broker(world: World, request: requests.PreparedRequest) -> requests.Response:
    address = urlsplit(str(request.url))
    path = address.path + (f"?{address.query}" if address.query else "")
    body: Any = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    headers = {name: str(value) for name, value in request.headers.items()} | {"Host": address.netloc}
    try:
        answer = world.carry(BROKER, Request(str(request.method), path, headers, body))
    except LostError as lost:
        kind = requests.exceptions.ConnectionError if lost.refused else requests.exceptions.ReadTimeout
        raise kind(f"no answer from {address.netloc}") from lost
    response = requests.Response()
    response.status_code, response.raw, response.url = answer.status, BytesIO(answer.body), str(request.url)
    response.headers.update(answer.headers)
    response.request = request
    return response
