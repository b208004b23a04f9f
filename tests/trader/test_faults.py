"""Requests, answers, bucket and process go wrong at random: no order is lost, and none is doubled."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from fleet.errors import BucketError
from fleet.memory_bucket import MemoryBucket
from fleet.traders.orders import FINAL, REJECTED
from tests.trader.exchange import Exchange, doubled, lost, out_of_order, refused, unanswered, unknown, weekdays
from tests.trader.killing import KilledProcess
from tests.trader.trading import Trading

WANTS = "0+--0++-++0-"
CLOSES = [100.0, 101.0, 103.0, 102.0, 104.0, 107.0, 54.0, 53.0, 52.0, 55.0, 56.0, 54.0]
DATES = weekdays(len(CLOSES))

Wrong = Callable[[Callable[[], object]], object]


class Chance:
    """What goes wrong, by a seed."""

    def __init__(self, seed: int, exchange: Exchange) -> None:
        self.random = random.Random(seed)
        self.exchange, self.faults = exchange, 0
        self.on = True

    def happens(self, probability: float) -> bool:
        found = self.on and self.random.random() < probability
        self.faults += found
        return found

    def wrong(self, what: str) -> Wrong | None:
        if not self.happens(0.12):
            return None
        kinds: dict[str, list[Wrong]] = {
            "submit": [lost, unanswered, doubled, refused, out_of_order, self.late],
            "find": [unknown, lost, out_of_order],
            "open_orders": [lambda _: [], lost],
            "position": [lambda _: 0.0, lost],
        }
        return self.random.choice(kinds.get(what, [lost, unanswered]))

    def late(self, do: Callable[[], object]) -> object:
        self.exchange.arrives_late(do, self.random.uniform(0.01, 8))
        return lost(do)

    def kill(self) -> None:
        if self.happens(0.006):
            raise KilledProcess


class BadBucket(MemoryBucket):
    """Loses requests and answers."""

    chance: Chance

    def put_new(self, key: str, content: bytes) -> bool:
        return self._perhaps(lambda: super(BadBucket, self).put_new(key, content))

    def put_instead(self, key: str, content: bytes, version: str | None) -> str | None:
        return self._perhaps(lambda: super(BadBucket, self).put_instead(key, content, version))

    def get_versioned(self, key: str) -> tuple[bytes, str]:
        return self._perhaps(lambda: super(BadBucket, self).get_versioned(key))

    def _perhaps(self, do):
        self.chance.kill()
        if self.chance.happens(0.004):
            raise BucketError("the request was lost")
        answer = do()
        if self.chance.happens(0.004):
            raise BucketError("the answer was lost")
        self.chance.kill()
        return answer


class Troubled(Exchange):
    chance: Chance

    def _do(self, what, do):
        if wrong := self.chance.wrong(what):
            self.script[what].append(wrong)
        return super()._do(what, do)


def tried(seed: int) -> tuple[Trading, Chance, str, str]:
    """A trader that is started again until it ends or halts."""
    exchange = Troubled(CLOSES, splits={DATES[6]: 2.0})
    exchange.chance = chance = Chance(seed, exchange)
    exchange.before_each = chance.kill
    bucket = BadBucket()
    bucket.chance = chance
    trading = Trading(exchange, WANTS, stop_loss=0.03, bucket=bucket)
    while True:
        try:
            outcome, reason = trading.start()
        except (KilledProcess, BucketError):
            exchange.advance(60)
            continue
        chance.on = False
        return trading, chance, outcome, reason


def require_nothing_lost_or_doubled(trading: Trading, outcome: str) -> None:
    days, exchange = trading.days, trading.exchange
    recorded = {each.order.id: each for each in trading.orders}
    executed = Counter[tuple[object, str]]()
    for each in exchange.executed:
        intent = exchange.orders[each.id][0].intent
        executed[each.session, intent] += abs(each.shares)
        assert each.id in recorded, "the broker has executed what is not recorded"
    for day in days:
        for order in day.orders:
            assert executed[order.session, order.intent] <= abs(order.shares), "doubled"
    if outcome == "halted":
        return
    assert days[-1].standing.shares == exchange.held
    for each in exchange.executed:
        report = recorded[each.id].report
        assert report is not None
        assert (report.shares, report.price) == (each.shares, each.price), "filled, and recorded otherwise"
    for day in days[:-1]:
        for order in day.orders:
            attempts = [
                each
                for each in trading.orders
                if each.order.session == day.session and each.order.intent == order.intent
            ]
            assert attempts, "lost"
            assert all(each.state in FINAL for each in attempts), "lost"
            assert all(each.state == REJECTED for each in attempts[:-1]), "two attempts that count"


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_or_doubled(seed: int) -> None:
    trading, chance, outcome, reason = tried(seed)
    assert chance.faults > 5
    assert reason
    require_nothing_lost_or_doubled(trading, outcome)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(1000, 1150))
def test_nothing_is_lost_or_doubled_in_many_more(seed: int) -> None:
    trading, _, outcome, _ = tried(seed)
    require_nothing_lost_or_doubled(trading, outcome)
