"""The judge finds fault with what is spoilt in each way that it looks for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

from fleet.traders.days import DayRecord, Standing
from fleet.traders.keys import day_key, order_key
from fleet.traders.orders import ENTER, EXIT, FILLED, Order, OrderRecord, Report
from fleet.traders.switches import Switch
from tests.http_service import Request
from tests.trader_soak.expected import Session, account_of
from tests.trader_soak.market import HISTORY, SYMBOL
from tests.trader_soak.runs import NAME, Scenario, new_world, verdict_on
from tests.trader_soak.verdict import Verdict
from tests.trader_soak.world import World, traded_days

SCENARIO = Scenario(days=12, seed=1)


class Perfect:
    """A trader that does what it should, one day after the other, and may be spoilt."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.days = traded_days(world.exchange)[HISTORY:]
        self.attempts = 1
        self.shares_off = 0
        self.notes: tuple[str, ...] = ()

    def day(self, number: int) -> None:
        """Record a day and send the order for the next."""
        world, day = self.world, self.days[number].day
        world.exchange.advance_to_evening(day)
        now = self._account()[number]
        following = self._account()[number + 1] if number + 1 < len(self.days) else None
        orders = self._orders(day, following)
        record = DayRecord(
            day=day,
            number=number,
            lease=1,
            close=1.0,
            split=1.0,
            standing=Standing(cash=now.cash, shares=now.position + self.shares_off),
            session=following.day if following else None,
            orders=tuple(orders),
            lot=100,
            equity=1.0,
            highest=1.0,
            backtest_shares=0.0,
            backtest_equity=1.0,
            notes=self.notes,
        )
        self.put(day_key(NAME, day), record.to_json())
        for order in orders:
            for attempt in range(self.attempts):
                self.send(replace(order, id=f"{order.id}-{attempt}"), day)

    def send(self, order: Order, day: date) -> None:
        report = Report(id=order.id, state=FILLED, shares=order.shares, price=1.0)
        record = OrderRecord(order=order, day=day, attempt=1, lease=1, report=report)
        self.put(order_key(NAME, order.session, order.id), record.to_json())
        self.submit(order)

    def submit(self, order: Order) -> None:
        self.world.exchange.submit(
            {
                "symbol": SYMBOL,
                "qty": float(abs(order.shares)),
                "side": "buy" if order.shares > 0 else "sell",
                "type": "market",
                "time_in_force": "cls",
                "client_order_id": order.id,
            }
        )

    def put(self, key: str, content: bytes) -> None:
        self.world.s3.answer(Request("PUT", f"/bucket/{key}", {}, content))

    def _account(self) -> list[Session]:
        days = traded_days(self.world.exchange)
        return account_of(self.world.exchange.account.executions, days, HISTORY, SCENARIO.rule)

    def _orders(self, day: date, following: Session | None) -> list[Order]:
        if following is None:
            return []
        return [
            Order(
                id=f"{day}-{side}",
                symbol=SYMBOL,
                session=following.day,
                intent=ENTER if side > 0 else EXIT,
                shares=side * shares,
            )
            for side, shares in following.needed.items()
            if shares
        ]


def halt(reason: str) -> bytes:
    return Switch(on=True, at=datetime(2025, 12, 1, tzinfo=UTC), reason=reason).to_json()


def judged(spoil: Callable[[Perfect, int], None] = lambda trader, number: trader.day(number)) -> Verdict:
    """A trader of which each day is done, or spoilt."""
    with new_world(SCENARIO) as world:
        trader = Perfect(world)
        for number in range(SCENARIO.days):
            spoil(trader, number)
        return verdict_on(world, SCENARIO)


def test_a_trader_that_does_what_it_should_is_good() -> None:
    verdict = judged()
    assert verdict == Verdict(orders=verdict.orders)
    assert verdict.orders >= 4


def test_an_order_that_was_not_sent_is_lost() -> None:
    def spoil(trader: Perfect, number: int) -> None:
        trader.attempts = 0 if number < 4 else 1
        trader.day(number)

    verdict = judged(spoil)
    assert verdict.lost
    assert not verdict.doubled


def test_a_word_explains_an_order_that_was_not_sent_and_so_does_a_halt() -> None:
    def noted(trader: Perfect, number: int) -> None:
        trader.attempts, trader.notes = (0, ("missed session",)) if number < 4 else (1, ())
        trader.day(number)

    def halted(trader: Perfect, number: int) -> None:
        if number == 0:
            trader.put(f"traders/{NAME}/halt.json", halt("the broker says other things now"))

    assert judged(noted).good
    assert judged(noted).explained
    assert judged(halted).good
    assert judged(halted).halts == ["the broker says other things now"]


def test_a_record_that_says_it_is_done_is_no_word() -> None:
    def spoil(trader: Perfect, number: int) -> None:
        trader.submit = lambda order: None  # type: ignore[method-assign]
        trader.notes = ("all is well",)
        trader.day(number)

    assert judged(spoil).lost


def test_an_order_that_was_sent_again_under_another_id_is_doubled() -> None:
    def spoil(trader: Perfect, number: int) -> None:
        trader.attempts = 2 if number == 1 else 1
        trader.day(number)

    assert judged(spoil).doubled


def test_another_position_than_the_brokers_is_wrong() -> None:
    def spoil(trader: Perfect, number: int) -> None:
        trader.shares_off = 1 if number == 3 else 0
        trader.day(number)

    [wrong] = judged(spoil).wrong
    assert "shares recorded" in wrong


def test_a_halt_without_a_reason_and_a_day_without_a_record_are_complained_of() -> None:
    def unreasonable(trader: Perfect, number: int) -> None:
        trader.day(number)
        trader.put(f"traders/{NAME}/halt.json", halt(" "))

    def forgetful(trader: Perfect, number: int) -> None:
        if number != 3:
            trader.day(number)

    assert any("reason" in each for each in judged(unreasonable).complaints)
    assert any("passed over" in each for each in judged(forgetful).complaints)


def test_days_that_nobody_recorded_are_not_taken_for_days_without_orders() -> None:
    verdict = judged(lambda trader, number: trader.day(number) if number < 3 else None)
    assert verdict.lost
    assert not verdict.good
