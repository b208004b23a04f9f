from collections.abc import Callable

import pytest

from tests.metadata_server import MetadataServer
from worker.events import Event, Noticed
from worker.instance import REBALANCE, SPOT_INTERRUPTION, Metadata
from worker.leaving import Leaving
from worker.watch import Watch

Eventually = Callable[..., None]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.watch.LOOK_SECONDS", 0.05)


def test_each_notice_is_passed_on_once_and_the_more_urgent_one_counts(
    *, metadata_server: MetadataServer, leaving: Leaving, heard: list[Event], eventually: Eventually
) -> None:
    with Watch(Metadata(metadata_server.url), None, leaving, heard.append):
        metadata_server.recommend_rebalance()
        eventually(lambda: leaving.reason == REBALANCE)
        assert leaving.finishes(10**6)
        metadata_server.announce_interruption(120)
        eventually(lambda: leaving.reason == SPOT_INTERRUPTION)
        assert leaving.finishes(60)
        assert not leaving.finishes(110)
        asked = metadata_server.answered.total()
        eventually(lambda: metadata_server.answered.total() > asked + 4)
    assert [event.reason for event in heard if isinstance(event, Noticed)] == [REBALANCE, SPOT_INTERRUPTION]


def test_off_ec2_the_end_of_its_life_is_all_that_is_announced(
    leaving: Leaving, heard: list[Event], eventually: Eventually
) -> None:
    with Watch(None, 0.1, leaving, heard.append):
        eventually(lambda: leaving.departure)
    assert leaving.finishes(10**6), "what has begun is finished"
    assert heard == [Noticed(reason=leaving.reason, seconds_left=None)]
