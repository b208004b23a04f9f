"""The machine underneath: what EC2's instance metadata service says it is, and whether it is about to be taken away.

Only version 2 of the service is spoken, whose answers need a token:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
"""

import json
import logging
import socket
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fleet.errors import SettingsError

log = logging.getLogger(__name__)

SPOT_INTERRUPTION = "Spot interruption notice"
REBALANCE = "rebalance recommendation"
GROUP_TERMINATION = "the Auto Scaling group ends this machine"

ENDPOINT = "http://169.254.169.254"
TIMEOUT_SECONDS = 1  # the service is on the same machine
TOKEN_SECONDS = 6 * 60 * 60  # the longest that the service allows
LONGEST_ANSWER = 1 << 16

# The lifecycle hook in cloudformation/group.yaml holds a machine for a minute more; when it began, nobody tells us.
TERMINATION_SECONDS = 120

_DOCUMENT = "/latest/dynamic/instance-identity/document"
_LIFE_CYCLE = "/latest/meta-data/instance-life-cycle"
_INTERRUPTION = "/latest/meta-data/spot/instance-action"
_RECOMMENDATION = "/latest/meta-data/events/recommendations/rebalance"
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
_TARGET_STATE = "/latest/meta-data/autoscaling/target-lifecycle-state"

T = TypeVar("T")


@dataclass(frozen=True)
class Identity:
    """Which machine this is.

    Attributes:
        instance: EC2 instance id; off EC2 the host's name, and nothing else is known.
        type: Such as c7i.large.
        zone: Availability zone.
        region: Its region.
        spot: Whether it is a Spot instance.
    """

    instance: str
    type: str | None
    zone: str | None
    region: str | None
    spot: bool | None


@dataclass(frozen=True)
class Notice:
    """The machine is to be left.

    Attributes:
        reason: SPOT_INTERRUPTION, GROUP_TERMINATION or REBALANCE.
        seconds_left: Until it is taken away; None where there is no deadline.
    """

    reason: str
    seconds_left: float | None


@dataclass(frozen=True)
class Answer:
    """What the service said, and when by its own clock, as HTTP writes dates."""

    status: int
    body: bytes
    date: str


class Metadata:
    """A client of the instance metadata service, for one thread.

    A service that does not answer, or not sensibly, is no reason to stop working.  The log gets one warning, and a word
    when the service is well again.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._token = ""
        self._well = True

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Metadata | None":
        """None where the service is switched off; the variables are boto3's own.

        Raises:
            SettingsError: AWS_EC2_METADATA_SERVICE_ENDPOINT is no address.
        """
        if environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
            return None
        endpoint = environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or ENDPOINT
        if not endpoint.startswith("http://"):
            raise SettingsError(f"AWS_EC2_METADATA_SERVICE_ENDPOINT must be such as {ENDPOINT}, not {endpoint!r}")
        return cls(endpoint)

    def identity(self) -> Identity:
        """Which machine this is; that of ``off_ec2`` where the service does not tell."""
        return self._asked(lambda: identity(self._get(_DOCUMENT), self._get(_LIFE_CYCLE))) or off_ec2()

    def notice(self) -> Notice | None:
        """Whether the machine is to be left, as of now."""
        return self._asked(
            lambda: (
                interruption(self._get(_INTERRUPTION))
                or group_termination(self._get(_TARGET_STATE))
                or rebalance(self._get(_RECOMMENDATION))
            )
        )

    def _asked(self, question: Callable[[], T]) -> T | None:
        try:
            answer = question()
        except (OSError, HTTPException, ValueError) as error:
            self._token = ""  # whatever went wrong may have begun with it
            if self._well:
                log.warning(
                    "the instance metadata service at %s does not answer as it should, so an interruption notice would "
                    "not be seen; off EC2, set AWS_EC2_METADATA_DISABLED=true (%s)",
                    self._endpoint,
                    error,
                )
            self._well = False
            return None
        if not self._well:
            log.info("the instance metadata service answers again")
        self._well = True
        return answer

    def _get(self, path: str) -> Answer | None:
        """What is under the path; None where nothing is."""
        answer = self._get_with_token(path)
        if answer.status == 401:
            self._token = ""  # it has expired
            answer = self._get_with_token(path)
        if answer.status == 404:
            return None
        return _checked(answer, path)

    def _get_with_token(self, path: str) -> Answer:
        if not self._token:
            ttl = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
            given = _checked(self._request("PUT", "/latest/api/token", ttl), "a request for a token")
            self._token = given.body.decode("ascii")
        return self._request("GET", path, {"X-aws-ec2-metadata-token": self._token})

    def _request(self, method: str, path: str, headers: dict[str, str]) -> Answer:
        # Not through urllib: a proxy, if the environment names one, would answer for its own machine.
        with closing(HTTPConnection(urlsplit(self._endpoint).netloc, timeout=TIMEOUT_SECONDS)) as connection:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.read(LONGEST_ANSWER), response.headers.get("Date", ""))


def off_ec2() -> Identity:
    """The identity of a machine of which no more than its name is known."""
    return Identity(socket.gethostname(), type=None, zone=None, region=None, spot=None)


def identity(document: Answer | None, life_cycle: Answer | None) -> Identity:
    """Read the instance's identity document and its life cycle.

    Raises:
        ValueError: they are missing, or not what EC2 answers.
    """
    if document is None or life_cycle is None:
        raise ValueError("it has no identity document or no life cycle")
    instance, kind, zone, region = _fields(document, "instanceId", "instanceType", "availabilityZone", "region")
    return Identity(instance, kind, zone, region, spot=life_cycle.body.strip() == b"spot")


def interruption(answer: Answer | None) -> Notice | None:
    """Read a Spot interruption notice.

    The time left is counted from the date of the answer, so a local clock that is wrong does no harm.

    Raises:
        ValueError: it is not what EC2 answers.
    """
    if answer is None:
        return None
    [deadline] = _fields(answer, "time")
    try:
        left = datetime.fromisoformat(deadline) - parsedate_to_datetime(answer.date)
    except (ValueError, TypeError) as error:
        raise ValueError(f"cannot tell how long it is from {answer.date!r} to {deadline!r}") from error
    return Notice(SPOT_INTERRUPTION, max(0.0, left.total_seconds()))


def group_termination(answer: Answer | None) -> Notice | None:
    """Read the state that an Auto Scaling group is bringing the machine to; there is none outside a group."""
    if answer is None or answer.body.strip() != b"Terminated":
        return None
    return Notice(GROUP_TERMINATION, TERMINATION_SECONDS)


def rebalance(answer: Answer | None) -> Notice | None:
    """Read a rebalance recommendation.

    Raises:
        ValueError: it is not what EC2 answers.
    """
    if answer is None:
        return None
    _fields(answer, "noticeTime")
    return Notice(REBALANCE, seconds_left=None)


def _checked(answer: Answer, what: str) -> Answer:
    if answer.status != 200:
        raise ValueError(f"{what} was answered with status {answer.status}")
    return answer


def _fields(answer: Answer, *names: str) -> list[str]:
    told: Any = json.loads(answer.body)
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in names):
        raise ValueError(f"expected JSON with {', '.join(names)}, got {answer.body[:200]!r}")
    return [told[name] for name in names]
