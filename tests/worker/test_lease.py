"""SQS may refuse, ignore or obey a stale receipt handle; the emulator obeys, so a queue of ours tells the others."""

import threading

import pytest

from fleet.errors import HandleRefusedError, QueueError
from fleet.events import Event
from fleet.queue import LONGEST_HIDDEN, LONGEST_POLL, Message, Queue
from spotmc.worker import LONGEST_LEASE_SECONDS
from worker.events import Troubled
from worker.lease import AT_MOST_SECONDS, Leases
from worker.loop import POLL_SECONDS

MESSAGE = Message("id", "body", "handle", 1, {})


class Answering(Queue):
    """A queue that answers extensions one after the other with these; the last one again and again."""

    def __init__(self, *answers: QueueError | None) -> None:
        self.answers = list(answers)
        self.extended: list[str] = []

    def extend(self, message: Message, seconds: int) -> None:
        self.extended.append(message.receipt_handle)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer:
            raise answer


def received(queue: Queue, number: int) -> list[Message]:
    for each in range(number):
        queue.send(f"message {each}", {})
    return queue.receive(wait_seconds=1, visibility_seconds=1, at_most=number)


def test_messages_in_hand_and_waiting_stay_hidden_beyond_their_lease_and_no_longer_than_it(queue: Queue) -> None:
    in_hand, waiting = received(queue, 2)
    with Leases(queue, 1, [].append) as leases, leases.held(in_hand), leases.held(waiting):
        assert len(leases.all()) == 2
        assert queue.receive(wait_seconds=3, visibility_seconds=1) == []
    assert leases.all() == []
    assert len(queue.receive(wait_seconds=5, visibility_seconds=5)) == 1
    assert len(queue.receive(wait_seconds=5, visibility_seconds=5)) == 1


def test_a_refusal_marks_the_message_as_lost_and_the_others_are_kept(queue: Queue) -> None:
    gone, ours = received(queue, 2)
    queue.delete(gone)
    with Leases(queue, 60, [].append) as leases, leases.held(gone) as first, leases.held(ours) as second:
        leases.extend()
        assert "no longer counts" in first.lost
        assert not second.lost


@pytest.mark.parametrize("answer", [None, HandleRefusedError("not yours")], ids=["ignored or obeyed", "refused"])
def test_only_a_refusal_is_believed(answer: QueueError | None) -> None:
    queue = Answering(answer)
    leases = Leases(queue, 60, [].append)
    with leases.held(MESSAGE) as lease:
        leases.extend()
        leases.extend()
    assert lease.lost == str(answer or "")
    assert len(queue.extended) == (1 if answer else 2), "a lost message is left alone"


def test_an_extension_that_fails_for_another_reason_is_tried_again() -> None:
    emitted: list[Event] = []
    queue = Answering(QueueError("throttled"), None)
    leases = Leases(queue, 60, emitted.append)
    with leases.held(MESSAGE) as lease:
        leases.extend()
        leases.extend()
    assert not lease.lost
    assert len(queue.extended) == 2
    assert emitted == [Troubled(reason="throttled", pause_seconds=20)]


def test_nothing_is_kept_for_ever() -> None:
    now, queue = 0.0, Answering(None)
    leases = Leases(queue, 60, [].append, clock=lambda: now)
    with leases.held(MESSAGE):
        now = AT_MOST_SECONDS
        leases.extend()
        assert queue.extended
        now += 1
        queue.extended.clear()
        leases.extend()
    assert not queue.extended


def test_a_message_that_was_let_go_is_extended_no_more_not_even_by_a_heartbeat_under_way() -> None:
    """Else it could hide from others what was just handed back."""
    order: list[str] = []
    extending, may_answer = threading.Event(), threading.Event()

    class Slow(Queue):
        def __init__(self) -> None:
            pass

        def extend(self, message: Message, seconds: int) -> None:
            extending.set()
            may_answer.wait(10)
            order.append("extended")

    leases = Leases(Slow(), 60, [].append)
    with leases.held(MESSAGE):
        heartbeat = threading.Thread(target=leases.extend)
        heartbeat.start()
        extending.wait(10)
        threading.Timer(0.2, may_answer.set).start()
    order.append("let go")
    heartbeat.join()
    leases.extend()
    assert order == ["extended", "let go"]


def test_a_worker_keeps_within_the_limits_of_sqs() -> None:
    assert AT_MOST_SECONDS + LONGEST_LEASE_SECONDS <= LONGEST_HIDDEN
    assert POLL_SECONDS <= LONGEST_POLL
