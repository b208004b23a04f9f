from collections.abc import Callable

import pytest

from fleet.events import Event
from tests.metadata_server import MetadataServer
from worker.events import Noticed
from worker.instance_metadata import GROUP_TERMINATION, REBALANCE, SPOT_INTERRUPTION, TERMINATION_SECONDS, Metadata
from worker.shutdown import Shutdown
from worker.spot_watcher import SpotWatcher

Eventually = Callable[..., None]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.spot_watcher.LOOK_SECONDS", 0.05)


def test_each_notice_is_passed_on_once_and_the_more_urgent_one_counts(
    *, metadata_server: MetadataServer, shutdown: Shutdown, emitted: list[Event], eventually: Eventually
) -> None:
    with SpotWatcher(Metadata(metadata_server.url), None, shutdown, emitted.append):
        metadata_server.recommend_rebalance()
        eventually(lambda: shutdown.reason == REBALANCE)
        assert shutdown.finishes(10**6)
        metadata_server.announce_interruption(120)
        eventually(lambda: shutdown.reason == SPOT_INTERRUPTION)
        assert shutdown.finishes(60)
        assert not shutdown.finishes(110)
        asked = metadata_server.answered.total()
        eventually(lambda: metadata_server.answered.total() > asked + 4)
    assert [event.reason for event in emitted if isinstance(event, Noticed)] == [REBALANCE, SPOT_INTERRUPTION]


def test_a_worker_whose_group_ends_it_finishes_what_the_hook_leaves_time_for(
    *, metadata_server: MetadataServer, shutdown: Shutdown, emitted: list[Event], eventually: Eventually
) -> None:
    metadata_server.bring_to("InService")
    with SpotWatcher(Metadata(metadata_server.url), None, shutdown, emitted.append):
        asked = metadata_server.answered.total()
        eventually(lambda: metadata_server.answered.total() > asked + 4)
        assert not shutdown.deadline
        metadata_server.bring_to("Terminated")
        eventually(lambda: shutdown.reason == GROUP_TERMINATION)
    assert shutdown.finishes(60)
    assert not shutdown.finishes(TERMINATION_SECONDS)
    assert emitted == [Noticed(reason=GROUP_TERMINATION, seconds_left=TERMINATION_SECONDS)]


def test_off_ec2_the_end_of_its_life_is_all_that_is_announced(
    shutdown: Shutdown, emitted: list[Event], eventually: Eventually
) -> None:
    with SpotWatcher(None, 0.1, shutdown, emitted.append):
        eventually(lambda: shutdown.deadline)
    assert shutdown.finishes(10**6), "what has begun is finished"
    assert emitted == [Noticed(reason=shutdown.reason, seconds_left=None)]
