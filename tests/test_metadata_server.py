"""The stand-in for EC2's metadata service is as strict as the real one."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

import pytest

from tests.metadata_server import IDENTITY, INTERRUPTION, LIFE_CYCLE, REBALANCE, TOKEN, Health, MetadataServer


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, str, Message]:
    request = urllib.request.Request(url, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=1) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, "", error.headers


def token(server: MetadataServer) -> dict[str, str]:
    _, given, _ = ask(server.url + TOKEN, "PUT", X_aws_ec2_metadata_token_ttl_seconds="60")
    return {"X_aws_ec2_metadata_token": given}


def test_nothing_is_told_without_a_good_token(metadata_server: MetadataServer) -> None:
    url = metadata_server.url
    assert ask(url + TOKEN, "PUT")[0] == 400
    assert ask(url + TOKEN, "PUT", X_aws_ec2_metadata_token_ttl_seconds="21601")[0] == 400
    assert ask(url + LIFE_CYCLE)[0] == 401
    good = token(metadata_server)
    assert ask(url + LIFE_CYCLE, **good)[:2] == (200, "spot")
    assert json.loads(ask(url + IDENTITY, **good)[1])["instanceType"] == "c7i.large"
    metadata_server.forget_tokens()
    assert ask(url + LIFE_CYCLE, **good)[0] == 401
    assert metadata_server.refused == 2
    assert metadata_server.answered == {LIFE_CYCLE: 1, IDENTITY: 1}


def test_an_interruption_is_announced_by_the_instance_s_own_clock() -> None:
    with MetadataServer(clock_ahead=3600) as server:
        good = token(server)
        assert ask(server.url + INTERRUPTION, **good)[0] == 404
        assert ask(server.url + REBALANCE, **good)[0] == 404
        server.announce_interruption(120)
        server.recommend_rebalance()
        _, text, headers = ask(server.url + INTERRUPTION, **good)
        deadline = datetime.fromisoformat(json.loads(text)["time"])
        assert 110 < (deadline - parsedate_to_datetime(headers["Date"])).total_seconds() <= 121
        assert (deadline - datetime.now(UTC)).total_seconds() > 3600
        assert "noticeTime" in json.loads(ask(server.url + REBALANCE, **good)[1])


def test_it_can_be_unwell(metadata_server: MetadataServer) -> None:
    good = token(metadata_server)
    metadata_server.health = Health.FAILING
    assert ask(metadata_server.url + LIFE_CYCLE, **good)[0] == 500
    metadata_server.health = Health.TALKING_NONSENSE
    assert ask(metadata_server.url + TOKEN, "PUT")[0] == 200
    with pytest.raises(ValueError, match=r"."):
        json.loads(ask(metadata_server.url + INTERRUPTION, **good)[1])
    metadata_server.health = Health.HANGING
    with pytest.raises(TimeoutError):
        ask(metadata_server.url + LIFE_CYCLE, **good)
    metadata_server.health = Health.WELL
    assert ask(metadata_server.url + LIFE_CYCLE, **good)[0] == 200
