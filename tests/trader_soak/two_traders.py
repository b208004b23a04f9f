"""Two processes that run the same trader: both begin at once, or one wakes up after another has taken its place.

Each is a thread here, and passes a gate with each of its requests, on the way there and on the way back.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from fleet.bucket import Bucket
from tests.http_service import Request
from tests.trader_soak.one_process import WaitingIn, carried_by
from tests.trader_soak.runs import NAME, PATIENCE, Scenario, new_world, recorded_days, verdict_on
from tests.trader_soak.verdict import Verdict
from tests.trader_soak.world import World
from trader.run import run

FIRST, SECOND = "first", "second"


@dataclass
class Pair:
    """
    Attributes:
        verdict: On what they did together.
        ends: How each ended, by name: what ``run`` returned, or the name of the error.
        turns: Who recorded days and orders and sent them, one after the other.
        passed: Gates of the first one.
    """

    verdict: Verdict
    ends: dict[str, str]
    turns: tuple[str, ...] = ()
    passed: int = 0

    @property
    def one_trades(self) -> bool:
        """Whether only one did, or one until the other took its place, and then never again."""
        return len(self.turns) == len(set(self.turns))


class Turnstile:
    """Lets one of the waiting threads go on at a time, by dice."""

    def __init__(self, seed: object, of: int) -> None:
        self._dice, self._running = random.Random(str(seed)), of
        self._waiting: list[str] = []
        self._next = ""
        self._changed = threading.Condition()

    def __call__(self, _: Request) -> None:
        me = threading.current_thread().name
        if me not in (FIRST, SECOND):  # one of several threads with which a trader reads when it starts
            return
        with self._changed:
            self._waiting.append(me)
            self._choose()
            self._changed.wait_for(lambda: self._next == me)
            self._waiting.remove(me)
            self._next = ""

    def leave(self) -> None:
        with self._changed:
            self._running -= 1
            self._choose()

    def _choose(self) -> None:
        if not self._next and self._waiting and len(self._waiting) == self._running:
            self._next = self._dice.choice(sorted(self._waiting))
            self._changed.notify_all()


def at_once(scenario: Scenario, seed: object) -> Pair:
    """Both begin; whose request comes next is thrown with dice, each time."""
    with new_world(scenario) as world, carried_by(world) as bucket:
        turnstile = Turnstile(seed, 2)
        world.gate = turnstile
        ends: dict[str, str] = {}
        both = [_trader(world, bucket, name, ends, turnstile.leave) for name in (FIRST, SECOND)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        return pair_of(world, scenario, ends)


def wakes_up(scenario: Scenario, at: int, after_days: int) -> Pair:
    """The first one stops at a gate, until the second one has recorded so many days, or has ended."""
    with new_world(scenario) as world, carried_by(world) as bucket:
        asleep, awake, first_over = threading.Event(), threading.Event(), threading.Event()
        passed, days = 0, 0

        def gate(_: Request) -> None:
            nonlocal passed
            if threading.current_thread().name == FIRST:
                passed += 1
                if passed == at:
                    asleep.set()
                    awake.wait()
            elif (
                threading.current_thread().name == SECOND
                and recorded_days(world) >= days + after_days
                and not first_over.is_set()
            ):
                awake.set()
                first_over.wait()

        def over() -> None:
            first_over.set()
            asleep.set()

        world.gate = gate
        ends: dict[str, str] = {}
        first = _trader(world, bucket, FIRST, ends, over)
        second = _trader(world, bucket, SECOND, ends, awake.set)
        first.start()
        asleep.wait()
        days = recorded_days(world)
        if not first_over.is_set():
            second.start()
            second.join()
        first.join()
        return pair_of(world, scenario, ends, passed)


def _trader(
    world: World, bucket: Bucket, name: str, ends: dict[str, str], over: Callable[[], object]
) -> threading.Thread:
    def trade() -> None:
        try:
            ends[name] = run(
                NAME,
                bucket,
                holder=name,
                stop=WaitingIn(world),
                patience=PATIENCE,
                clock=world.now,
                elapsed=world.elapsed,
                emit=lambda _: None,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the pair has ended so
            ends[name] = type(error).__name__
        finally:
            over()

    return threading.Thread(target=trade, name=name, daemon=True)


def pair_of(world: World, scenario: Scenario, ends: dict[str, str], passed: int = 0) -> Pair:
    """What came of two that asked a world in threads of their names."""
    turns = tuple(name for name, _ in groupby(world.effects))
    return Pair(verdict_on(world, scenario), ends, turns, passed)
