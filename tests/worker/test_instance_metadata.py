"""Against a metadata service of the test's own, which is as strict about tokens as EC2's."""

import logging
import socket
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from fleet.errors import SettingsError
from tests.metadata_server import INTERRUPTION, Health, MetadataServer
from worker.instance_metadata import (
    GROUP_TERMINATION,
    REBALANCE,
    SPOT_INTERRUPTION,
    TERMINATION_SECONDS,
    Answer,
    Identity,
    Metadata,
    Notice,
    identity,
    interruption,
    off_ec2,
    rebalance,
)

ANNOUNCED = Answer(200, b'{"action": "terminate", "time": "2026-11-21T08:22:00Z"}', "Sat, 21 Nov 2026 08:20:30 GMT")


def client_of(server: MetadataServer) -> Metadata:
    client = Metadata.from_environment(server.environment())
    assert client is not None
    return client


def test_an_instance_tells_what_it_is(metadata_server: MetadataServer) -> None:
    expected = Identity("i-0123456789abcdef0", "c7i.large", "us-east-1c", "us-east-1", spot=True)
    assert client_of(metadata_server).identity() == expected
    with MetadataServer(life_cycle="on-demand") as other:
        assert client_of(other).identity() == replace(expected, spot=False)


def test_time_left_is_counted_by_the_instance_s_own_clock() -> None:
    with MetadataServer(clock_ahead=-86400) as server:
        client = client_of(server)
        assert client.notice() is None
        server.recommend_rebalance()
        assert client.notice() == Notice(REBALANCE, None)
        server.announce_interruption(120)
        notice = client.notice()
    assert notice is not None
    assert notice.reason == SPOT_INTERRUPTION
    assert notice.seconds_left is not None
    assert 60 < notice.seconds_left <= 121


def test_a_machine_that_its_group_ends_is_told_how_long_the_group_waits(metadata_server: MetadataServer) -> None:
    client = client_of(metadata_server)
    metadata_server.bring_to("InService")
    assert client.notice() is None
    metadata_server.recommend_rebalance()
    assert client.notice() == Notice(REBALANCE, None)
    metadata_server.bring_to("Terminated")
    assert client.notice() == Notice(GROUP_TERMINATION, TERMINATION_SECONDS)
    metadata_server.announce_interruption(60)
    notice = client.notice()
    assert notice is not None
    assert notice.reason == SPOT_INTERRUPTION, "which ends it sooner"


def test_a_token_is_used_again_until_it_has_expired(metadata_server: MetadataServer) -> None:
    client = client_of(metadata_server)
    for _ in range(3):
        assert client.notice() is None
    assert metadata_server.refused == 0
    metadata_server.forget_tokens()
    metadata_server.announce_interruption(30)
    assert client.notice() is not None
    assert metadata_server.refused == 1


@pytest.mark.parametrize("health", [Health.FAILING, Health.HANGING, Health.TALKING_NONSENSE])
def test_an_unwell_service_is_no_notice_and_one_warning(
    metadata_server: MetadataServer, health: Health, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = client_of(metadata_server)
    metadata_server.announce_interruption(30)
    metadata_server.health = health
    began = time.monotonic()
    assert [client.notice() for _ in range(2)] == [None, None]
    assert client.identity() == off_ec2()
    assert time.monotonic() - began < 20, "it is not waited for"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    metadata_server.health = Health.WELL
    assert client.notice() is not None
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_off_ec2_the_host_s_name_stands(free_port: Callable[[], int], caplog: pytest.LogCaptureFixture) -> None:
    nobody = Metadata(f"http://127.0.0.1:{free_port()}")
    assert nobody.notice() is None
    assert nobody.identity() == Identity(socket.gethostname(), None, None, None, None)
    assert "AWS_EC2_METADATA_DISABLED" in caplog.text


def test_a_proxy_is_not_asked(metadata_server: MetadataServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    metadata_server.recommend_rebalance()
    assert client_of(metadata_server).notice() is not None
    assert metadata_server.answered[INTERRUPTION] == 1


def test_the_environment_switches_it_off() -> None:
    assert Metadata.from_environment({"AWS_EC2_METADATA_DISABLED": "True"}) is None
    assert Metadata.from_environment({"AWS_EC2_METADATA_SERVICE_ENDPOINT": ""}) is not None
    with pytest.raises(SettingsError, match=r"must be such as http://169\.254\.169\.254, not 'metadata'"):
        Metadata.from_environment({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "metadata"})


def test_a_notice_is_read() -> None:
    assert interruption(None) is None
    assert rebalance(None) is None
    assert interruption(ANNOUNCED) == Notice(SPOT_INTERRUPTION, 90.0)
    assert interruption(replace(ANNOUNCED, date="Sat, 21 Nov 2026 09:00:00 GMT")) == Notice(SPOT_INTERRUPTION, 0.0)


@pytest.mark.parametrize(
    "answer",
    [
        replace(ANNOUNCED, body=b"<html>"),
        replace(ANNOUNCED, body=b"\xff"),
        replace(ANNOUNCED, body=b"[]"),
        replace(ANNOUNCED, body=b'{"action": "terminate"}'),
        replace(ANNOUNCED, body=b'{"action": "terminate", "time": 5}'),
        replace(ANNOUNCED, body=b'{"action": "terminate", "time": "soon"}'),
        replace(ANNOUNCED, body=b'{"action": "terminate", "time": "2026-11-21T08:22:00"}'),
        replace(ANNOUNCED, date=""),
        replace(ANNOUNCED, date="now"),
    ],
)
def test_what_ec2_would_not_answer_is_refused(answer: Answer) -> None:
    with pytest.raises(ValueError, match=r"expected|cannot tell|Expecting|decode"):
        interruption(answer)


def test_an_identity_needs_all_of_it() -> None:
    with pytest.raises(ValueError, match="no identity document"):
        identity(None, Answer(200, b"spot", ""))
    with pytest.raises(ValueError, match="instanceType"):
        identity(Answer(200, b'{"instanceId": "i-1"}', ""), Answer(200, b"spot", ""))
