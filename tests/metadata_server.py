"""EC2's instance metadata service over HTTP: hands out tokens, announces what a test wants announced, can be unwell.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""

import json
import secrets
import socket
import time
from collections import Counter
from datetime import UTC, datetime
from enum import Enum, auto
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"

# Where it is on EC2.  https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
REAL_HOSTS = ("169.254.169.254", "fd00:ec2::254")
REAL_PORT = 80

TOKEN = "/latest/api/token"
INTERRUPTION = "/latest/meta-data/spot/instance-action"
REBALANCE = "/latest/meta-data/events/recommendations/rebalance"
TARGET_STATE = "/latest/meta-data/autoscaling/target-lifecycle-state"
IDENTITY = "/latest/dynamic/instance-identity/document"
INSTANCE_ID = "/latest/meta-data/instance-id"
LIFE_CYCLE = "/latest/meta-data/instance-life-cycle"
ROLES = "/latest/meta-data/iam/security-credentials/"
TAGS = "/latest/meta-data/tags/instance"

LONGEST_TTL = 6 * 60 * 60  # seconds that a token may be asked for

DOCUMENT = {
    "accountId": "123456789012",
    "architecture": "x86_64",
    "availabilityZone": "us-east-1c",
    "imageId": "ami-0123456789abcdef0",
    "instanceId": "i-0123456789abcdef0",
    "instanceType": "c7i.large",
    "privateIp": "10.0.0.10",
    "region": "us-east-1",
    "version": "2017-09-30",
}


class Health(Enum):
    """How the service answers."""

    WELL = auto()
    FAILING = auto()  # 500 to everything
    HANGING = auto()  # no answer at all
    TALKING_NONSENSE = auto()  # 200, and neither JSON nor anything else that was asked for


class MetadataServer:
    """The service of one instance, on this machine, while the ``with`` block lasts.

    Args:
        instance: Its id.
        life_cycle: "spot" or "on-demand".
        role: Name of the instance's role, whose credentials it then hands out.
        host: Address.
        port: By default a free one.
        clock_ahead: Seconds by which the instance's clock differs from that of whoever asks.

    Attributes:
        health: May be changed at any time.
        answered: How often each path was asked for with a good token, and answered.
        refused: How many requests had no good token.
    """

    def __init__(
        self,
        *,
        instance: str = DOCUMENT["instanceId"],
        life_cycle: str = "spot",
        clock_ahead: float = 0,
        role: str | None = None,
        host: str = HOST,
        port: int = 0,
    ) -> None:
        self.health = Health.WELL
        self.answered: Counter[str] = Counter()
        self.refused = 0
        self._clock_ahead = clock_ahead
        self._answers = {
            IDENTITY: json.dumps(DOCUMENT | {"instanceId": instance}),
            INSTANCE_ID: instance,
            LIFE_CYCLE: life_cycle,
        }
        if role:
            self._answers |= {ROLES: role, f"{ROLES}{role}": json.dumps(_credentials(time.time() + 6 * 60 * 60))}
        self._tokens: dict[str, float] = {}
        self._closing = Event()
        self._server = (_OverIpv6 if ":" in host else ThreadingHTTPServer)((host, port), self._handler())
        self._host = host
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="metadata service")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """The variables that point a process to it."""
        elsewhere = {} if self._host in REAL_HOSTS else {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.url}
        return {**elsewhere, "AWS_EC2_METADATA_DISABLED": "false"}

    def announce_interruption(self, seconds: float, action: str = "terminate") -> None:
        """The instance will be taken away after so many seconds."""
        self._answers[INTERRUPTION] = json.dumps({"action": action, "time": _iso(self._now() + seconds)})

    def recommend_rebalance(self) -> None:
        """The instance is more likely than others to be taken away."""
        self._answers[REBALANCE] = json.dumps({"noticeTime": _iso(self._now())})

    def become(self, instance: str) -> None:
        """From now on, that of another instance."""
        self._answers[INSTANCE_ID] = instance

    def tag(self, name: str, value: str) -> None:
        """The instance has this tag, and its launch template lets the service tell its tags."""
        self._answers[f"{TAGS}/{name}"] = value

    def bring_to(self, state: str) -> None:
        """An Auto Scaling group brings the instance to a state, such as InService or Terminated."""
        self._answers[TARGET_STATE] = state

    def forget_tokens(self) -> None:
        """Those given so far are no longer good, as after their time to live."""
        self._tokens.clear()

    def _now(self) -> float:
        return time.time() + self._clock_ahead

    def _give_token(self, seconds: int) -> str:
        token = secrets.token_urlsafe(32)
        self._tokens[token] = time.monotonic() + seconds
        return token

    def _knows(self, token: str | None) -> bool:
        return token is not None and self._tokens.get(token, 0) > time.monotonic()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                seconds = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
                if self._unwell():
                    return
                if self.path != TOKEN:
                    self._answer(HTTPStatus.NOT_FOUND)
                elif not seconds.isdecimal() or not 1 <= int(seconds) <= LONGEST_TTL:
                    self._answer(HTTPStatus.BAD_REQUEST)
                else:
                    self._answer(HTTPStatus.OK, service._give_token(int(seconds)))

            def do_GET(self) -> None:
                if self._unwell():
                    return
                if not service._knows(self.headers.get("X-aws-ec2-metadata-token")):
                    service.refused += 1
                    self._answer(HTTPStatus.UNAUTHORIZED)
                    return
                service.answered[self.path] += 1
                if self.path in service._answers:
                    self._answer(HTTPStatus.OK, service._answers[self.path])
                else:
                    self._answer(HTTPStatus.NOT_FOUND)

            def _unwell(self) -> bool:
                match service.health:
                    case Health.FAILING:
                        self._answer(HTTPStatus.INTERNAL_SERVER_ERROR)
                    case Health.HANGING:
                        service._closing.wait()
                    case Health.TALKING_NONSENSE:
                        self._answer(HTTPStatus.OK, '\x00{"action": [terminate, "time": "soon')
                    case Health.WELL:
                        return False
                return True

            def _answer(self, status: HTTPStatus, text: str = "") -> None:
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def date_time_string(self, timestamp: float | None = None) -> str:
                return super().date_time_string(service._now() if timestamp is None else timestamp)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: the tests' output is for the tests."""

        return Handler


class _OverIpv6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


def _credentials(until: float) -> dict[str, str]:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html"""
    keys = {"AccessKeyId": "instance", "SecretAccessKey": "instance", "Token": "instance"}
    return {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": _iso(time.time()), "Expiration": _iso(until)} | keys


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
