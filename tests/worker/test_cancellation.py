import threading
from collections.abc import Callable

from fleet.errors import BucketError
from fleet.events import Event
from worker.cancellation import LOOK_SECONDS, CancellationWatch
from worker.events import Troubled

Eventually = Callable[..., None]


def test_it_is_seen_soon_however_the_bucket_behaves_meanwhile(eventually: Eventually) -> None:
    answers: list[bool | Exception] = [False, BucketError("out of order"), True]
    emitted: list[Event] = []

    def is_cancelled() -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with CancellationWatch(is_cancelled, emitted.append) as watch:
        eventually(lambda: watch.cancelled)
    assert answers == []
    assert emitted == [Troubled(reason="out of order", pause_seconds=LOOK_SECONDS)]


def test_nobody_waits_for_a_look_that_takes_long() -> None:
    looking, answer = threading.Event(), threading.Event()

    def is_cancelled() -> bool:
        looking.set()
        return answer.wait(60)

    with CancellationWatch(is_cancelled, lambda event: None) as watch:
        assert looking.wait(60)
        assert not watch.cancelled
    assert not answer.is_set(), "the block is left while the look is under way"
    answer.set()
