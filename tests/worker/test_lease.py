import logging
from collections.abc import Callable

import pytest

from fleet.queue import Queue
from worker.lease import held


def test_a_message_in_hand_stays_hidden_beyond_its_lease_and_no_longer_than_needed(queue: Queue) -> None:
    queue.send("hello", {})
    [message] = queue.receive(wait_seconds=1, visibility_seconds=1)
    with held(queue, message, 1):
        assert queue.receive(wait_seconds=2, visibility_seconds=1) == []
    assert len(queue.receive(wait_seconds=5, visibility_seconds=1)) == 1


def test_a_refused_extension_is_logged_and_work_goes_on(
    queue: Queue, caplog: pytest.LogCaptureFixture, eventually: Callable[..., None]
) -> None:
    queue.send("hello", {})
    [message] = queue.receive(wait_seconds=1, visibility_seconds=30)
    queue.delete(message)
    with caplog.at_level(logging.WARNING), held(queue, message, 1):
        eventually(lambda: message.id in caplog.text)
