from dataclasses import replace

import pytest
from botocore.stub import Stubber

from fleet.connection import sqs_client
from fleet.errors import HandleRefusedError, QueueError
from fleet.queue import BATCH, Depth, Message, Queue
from fleet.settings import Settings


def test_a_message_comes_with_its_attributes_and_its_number_of_deliveries(queue: Queue) -> None:
    queue.send("hello", {"stock": "AAPL", "iter": 2000})
    [message] = queue.receive(wait_seconds=1, visibility_seconds=30)
    assert (message.body, message.attributes, message.receive_count) == ("hello", {"stock": "AAPL", "iter": 2000}, 1)
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


def test_a_batch_goes_in_one_request_with_the_same_attributes(queue: Queue) -> None:
    bodies = [str(number) for number in range(BATCH)]
    queue.send_all(bodies, {"stock": "AAPL"})
    received = queue.receive(wait_seconds=1, visibility_seconds=30, at_most=BATCH)
    assert sorted(message.body for message in received) == bodies
    assert all(message.attributes == {"stock": "AAPL"} for message in received)


def test_a_batch_of_which_some_are_not_taken_is_not_sent(settings: Settings) -> None:
    """SQS answers such a request with success."""
    client = sqs_client(settings)
    sent = {"Id": "0", "MessageId": "x", "MD5OfMessageBody": "y"}
    failed = {"Id": "1", "SenderFault": False, "Code": "InternalError", "Message": "try again"}
    with Stubber(client) as sqs:
        sqs.add_response("send_message_batch", {"Successful": [sent], "Failed": [failed]})
        with pytest.raises(QueueError, match="cannot send 1 of 2 messages: try again"):
            Queue(client, settings.queue_url).send_all(["a", "b"], {})


@pytest.mark.parametrize("code", ["ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"])
@pytest.mark.parametrize("request_name", ["delete_message", "change_message_visibility"])
def test_a_stale_receipt_handle_is_told_from_a_queue_out_of_order(
    settings: Settings, request_name: str, code: str
) -> None:
    """SQS may refuse it, ignore it, or obey it."""
    client = sqs_client(settings)
    queue, message = Queue(client, settings.queue_url), Message("id", "body", "stale", 1, {})
    act = {"delete_message": lambda: queue.delete(message), "change_message_visibility": lambda: queue.release(message)}
    with Stubber(client) as sqs:
        sqs.add_client_error(request_name, code)
        with pytest.raises(HandleRefusedError, match="no longer counts the message as ours"):
            act[request_name]()
        sqs.add_client_error(request_name, "RequestThrottled")
        with pytest.raises(QueueError) as caught:
            act[request_name]()
    assert not isinstance(caught.value, HandleRefusedError)


def test_the_dead_letter_queue_is_the_one_of_the_redrive_policy(queue: Queue, dead_letters: Queue) -> None:
    assert queue.dead_letters().url == dead_letters.url
    with pytest.raises(QueueError, match="has no dead-letter queue; give it a redrive policy"):
        dead_letters.dead_letters()


def test_a_queue_that_is_not_there_is_said_so(settings: Settings) -> None:
    queue = Queue.connect(replace(settings, queue_url=f"{settings.queue_url}-gone"))
    with pytest.raises(QueueError, match="cannot send a message to the queue: there is no such queue"):
        queue.send("hello", {})
    with pytest.raises(QueueError, match="cannot receive"):
        queue.receive(wait_seconds=0, visibility_seconds=30)
