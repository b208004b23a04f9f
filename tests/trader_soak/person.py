"""A person who looks after a trader: throws the kill switch and puts it back, and lifts halts once all is in order."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from math import prod

from fleet.traders import switches
from fleet.traders.keys import orders_folder
from fleet.traders.orders import OrderRecord
from tests.alpaca_exchange import eastern
from tests.trader_soak.expected import BY_HAND
from tests.trader_soak.faults import BUCKET, Asked
from tests.trader_soak.one_process import bucket_behind
from tests.trader_soak.verdict import records
from tests.trader_soak.world import EVENING, Choose, World, traded_days

DELAYS = tuple(timedelta(hours=hours) for hours in (0.1, 1.0, 5.0, 15.0, 24.0, 40.0))
"""Before something is put back; less than a session, or more."""
MOST_LIFTS = 20


class Person:
    """Acts between two requests of the trader's, by dice, and leaves it to another what strikes these.

    Args:
        world: Where it acts, undisturbed.
        name: Of the trader.
        dice: Decide when it acts.
        requests: How many there may be, among which it chooses two to throw the switch at.
        choose: Which faults strike.

    Attributes:
        thrown, lifted: How often it has thrown the kill switch, and has lifted a halt.
    """

    def __init__(self, world: World, name: str, dice: random.Random, requests: int, choose: Choose) -> None:
        self._world, self._name, self._dice, self._choose = world, name, dice, choose
        self._bucket = bucket_behind(world.s3.answer)
        self._throws = set(dice.sample(range(requests), 2))
        last = traded_days(world.exchange)[-2].day
        self._at_last = eastern(last, EVENING)  # all is put back by then, so that the last day shows what came of it
        self._releases: datetime | None = None
        self._lifts: datetime | None = None
        self.thrown = self.lifted = 0

    def __call__(self, asked: Asked) -> str | None:
        now = self._world.now()
        if asked.number in self._throws and now < self._at_last:
            switches.kill(self._bucket, self._name, "a person")
            self.thrown += 1
            self._releases = now + self._dice.choice(DELAYS)
        if self._releases and now >= min(self._releases, self._at_last):
            switches.release(self._bucket, self._name)
            self._releases = None
        self._look_after_a_halt()
        return self._choose(asked)

    def _look_after_a_halt(self) -> None:
        now, halt = self._world.now(), switches.halted(self._bucket, self._name)
        if halt is None or self.lifted == MOST_LIFTS:
            return
        if self._lifts is None:
            self._lifts = now + self._dice.choice(DELAYS)
        if now >= min(self._lifts, self._at_last) and not self._world.exchange.is_open():
            self._lifts = None
            self._bring_in_order()
            switches.lift(self._bucket, self._name)
            self.lifted += 1

    def _bring_in_order(self) -> None:
        """Cancel what is open and not the trader's; undo what was executed and the broker denies; as halts say."""
        exchange, account = self._world.exchange, self._world.exchange.account
        objects = self._world.s3.objects(BUCKET)
        recorded = {each.order.id: each for each in records(objects, orders_folder(self._name), OrderRecord)}
        for order in account.orders.values():
            known = recorded.get(order.client_order_id)
            if order.is_open and (known is None or known.is_final):
                exchange.cancel(order.id)
        told = {name for name, each in recorded.items() if each.report and each.report.shares}
        undone = {each.at for each in account.executions if each.client_order_id == BY_HAND}
        for each in [*account.executions]:
            name = each.client_order_id
            if name in self._world.forgotten and name not in told and each.at not in undone:
                account.executions.append(replace(each, client_order_id=BY_HAND, shares=-each.shares))
                account.cash += each.shares * each.price
                splits = prod(day.split for day in exchange.days if each.at < day.opens <= exchange.now)
                account.shares -= round(each.shares * splits)
