"""Finding out once what many ask for."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from webui.shared_look import SharedLook


@pytest.fixture
def clock() -> Iterator[float]:
    return (float(second) for second in count(10))


def test_who_asked_before_it_was_looked_is_told_the_same(clock):
    looks = count(1)
    shared = SharedLook(lambda key: (key, next(looks)), most=2, clock=lambda: next(clock))
    assert shared(9.0, "job") == ("job", 1), "looked at 10"
    assert shared(9.5, "job") == ("job", 1)
    assert shared(10.0, "job") == ("job", 1)
    assert shared(10.5, "job") == ("job", 2), "what was found out before the question is no answer to it"
    assert shared(10.5, "other") == ("other", 3)


def test_who_asks_meanwhile_waits_for_it_and_fails_with_it(clock):
    began, go_on = threading.Event(), threading.Event()

    def look(key: str) -> str:
        began.set()
        assert go_on.wait(60)
        raise ValueError(key)

    shared = SharedLook(look, most=2, clock=lambda: next(clock))
    with ThreadPoolExecutor(5) as people:
        first = people.submit(shared, 9.0, "job")
        assert began.wait(60)
        others = [people.submit(shared, 9.0, "job") for _ in range(4)]
        go_on.set()
        for each in (first, *others):
            with pytest.raises(ValueError, match="job"):
                each.result()


def test_it_keeps_no_more_than_it_is_told(clock):
    looks = count(1)
    shared = SharedLook(lambda key: next(looks), most=2, clock=lambda: next(clock))
    assert [shared(0.0, key) for key in "abc"] == [1, 2, 3]
    assert [shared(0.0, key) for key in "cb"] == [3, 2]
    assert shared(0.0, "a") == 4
