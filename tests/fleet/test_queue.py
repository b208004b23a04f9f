from dataclasses import replace

import pytest

from fleet.errors import QueueError
from fleet.queue import Depth, Queue
from fleet.settings import Settings


def test_a_message_comes_with_its_attributes_and_its_number_of_deliveries(queue: Queue) -> None:
    queue.send("hello", {"stock": "AAPL", "iter": 2000})
    [message] = queue.receive(wait_seconds=1, visibility_seconds=30)
    assert (message.body, message.attributes, message.receive_count) == ("hello", {"stock": "AAPL", "iter": "2000"}, 1)
    queue.release(message)
    [again] = queue.receive(wait_seconds=1, visibility_seconds=30)
    assert (again.id, again.receive_count) == (message.id, 2)


def test_a_message_in_hand_is_hidden_until_it_is_released_or_deleted(queue: Queue) -> None:
    assert queue.depth() == Depth(visible=0, in_flight=0)
    queue.send("hello", {})
    assert queue.depth() == Depth(visible=1, in_flight=0)
    [message] = queue.receive(wait_seconds=1, visibility_seconds=30)
    assert queue.depth() == Depth(visible=0, in_flight=1)
    assert queue.receive(wait_seconds=0, visibility_seconds=30) == []
    queue.release(message)
    [message] = queue.receive(wait_seconds=1, visibility_seconds=30)
    queue.delete(message)
    assert queue.depth().empty


def test_an_extended_message_stays_hidden(queue: Queue) -> None:
    queue.send("hello", {})
    [message] = queue.receive(wait_seconds=1, visibility_seconds=1)
    queue.extend(message, 30)
    assert queue.receive(wait_seconds=2, visibility_seconds=30) == []


def test_a_queue_that_is_not_there_is_said_so(settings: Settings) -> None:
    queue = Queue.connect(replace(settings, queue_url=f"{settings.queue_url}-gone"))
    with pytest.raises(QueueError, match="cannot send a message to the queue: there is no such queue"):
        queue.send("hello", {})
    with pytest.raises(QueueError, match="cannot receive"):
        queue.receive(wait_seconds=0, visibility_seconds=30)
