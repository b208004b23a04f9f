"""What is made once for all who ask for it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from montecarlo.data import sources
from montecarlo.errors import HistoryError
from webui.forms import histories
from webui.once import Once


def test_who_asks_while_it_is_being_made_waits_for_it():
    made, go_on = [], threading.Event()

    def make(key: str) -> list[str]:
        go_on.wait(300)
        made.append(key)
        return [key]

    once = Once(make, most=8)
    with ThreadPoolExecutor(20) as threads:
        asked = [threads.submit(once, key) for key in "ab" * 10]
        go_on.set()
        results = [future.result(60) for future in asked]
    assert sorted(made) == ["a", "b"]
    assert all(result is results[number % 2] for number, result in enumerate(results))


def test_a_failure_is_told_to_all_who_waited_and_is_not_kept():
    fails = True

    def make(key: str) -> str:
        if fails:
            raise HistoryError(f"no {key} today")
        return key

    once = Once(make, most=8)
    for _ in range(2):
        with pytest.raises(HistoryError, match="no AAPL today"):
            once("AAPL")
    fails = False
    assert once("AAPL") == "AAPL"


def test_what_was_asked_for_last_is_kept():
    made = []
    once = Once(lambda key: made.append(key) or key, most=2)
    for key in "abacabc":
        once(key)
    assert "".join(made) == "abcbc"


def test_a_history_is_loaded_once_and_is_what_the_source_says(monkeypatch):
    asked = []

    def load(symbol: str, source: str, **more: object):
        asked.append((symbol, source, more))
        return original(symbol, source, **more)

    original = sources.load_history
    monkeypatch.setattr(sources, "load_history", load)
    first, second = (histories.load_history("GOOG", "sample", cache=None) for _ in range(2))
    assert asked == [("GOOG", "sample", {"cache": None})]
    assert first is second
    there = original("GOOG", "sample")
    assert (first.digest, first.to_csv(), first.warnings) == (there.digest, there.to_csv(), there.warnings)
    with pytest.raises(HistoryError, match="NONE"):
        histories.load_history("NONE", "sample")
