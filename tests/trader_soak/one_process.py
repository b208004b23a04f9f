"""A trader's clients in this process: their requests go to a world instead of to a network, and waiting takes no time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.retries import standard

from fleet import connection
from fleet.bucket import Bucket
from fleet.connection import s3_client
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

    with (
        patch.object(standard, "RetryHandler", partial(standard.RetryHandler, sleep=sleep)),
        patch.object(time, "sleep", sleep),
        patch.object(connection, "breaking_silence", lambda client: client),  # of whoever is killed it speaks too late
        patch.object(requests.adapters.HTTPAdapter, "send", send),
        patch.dict(
            "os.environ",
            {
                "AWS_ACCESS_KEY_ID": "none",
                "AWS_SECRET_ACCESS_KEY": "none",
                "ALPACA_KEY_ID": KEY,
                "ALPACA_SECRET_KEY": SECRET,
            },
        ),
    ):
        client = s3_client(SETTINGS)
        client.meta.events.register("before-send.s3", partial(_to_bucket, world))
        yield Bucket(client, SETTINGS.bucket)


def _to_bucket(world: World, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    path = request.url.removeprefix(str(SETTINGS.endpoint_url))
    body = request.body if isinstance(request.body, bytes) else request.body.read() if request.body else b""
    headers = {
        str(name): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    try:
        answer = world.carry(BUCKET, Request(request.method, path, headers, body))
    except LostError as lost:
        kind = EndpointConnectionError if lost.refused else ReadTimeoutError
        raise kind(endpoint_url=request.url) from lost
    return AWSResponse(request.url, answer.status, _lower(answer), _Raw(answer.body))  # type: ignore[arg-type]


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
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    headers = {**request.headers, "Host": address.netloc}
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
