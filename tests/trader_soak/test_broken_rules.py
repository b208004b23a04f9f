"""A trader of which a rule is broken on purpose is found out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fleet.traders.orders import Order, OrderRecord, Report
from tests.trader_soak import faults, two_traders
from tests.trader_soak.choices import once
from tests.trader_soak.runs import Outcome, Scenario, play, requests_of
from tests.trader_soak.tasks import ALPACA_DAYS, Part, Task, do
from trader import step
from trader.alpaca.broker import AlpacaBroker
from trader.attempts import Attempts
from trader.broker import BrokerSilentError
from trader.lease import Lease
from trader.market import Session
from trader.records import Records
from trader.sending import Sender

TWO_DAYS = Scenario(days=2, seed=9)


def struck(kind: str, *, downtime: timedelta = timedelta(minutes=1)) -> Outcome:
    """The request that sends an order is."""
    sends = next(asked.number for asked in requests_of(TWO_DAYS) if asked.sends)
    return play(TWO_DAYS, once(kind, sends), downtimes=[downtime])


def test_sending_blindly_again_under_another_id_is_found_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    careful = AlpacaBroker.submit

    def blind(self: AlpacaBroker, order: Order) -> Report:
        try:
            return careful(self, order)
        except BrokerSilentError:
            return replace(careful(self, replace(order, id=f"{order.id}-again")), id=order.id)

    assert struck(faults.ANSWER_LOST).verdict.good
    monkeypatch.setattr(AlpacaBroker, "submit", blind)
    verdict = struck(faults.ANSWER_LOST).verdict
    assert verdict.doubled
    assert verdict.sent_before_recorded


def test_sending_without_a_record_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Records, "add_order", lambda _, record: record)
    monkeypatch.setattr(Records, "update_order", _not_at_all)
    assert play(TWO_DAYS, lambda _: None).verdict.sent_before_recorded


def test_a_session_that_was_missed_without_a_word_is_found_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    two_days = timedelta(days=2)
    said = struck(faults.KILL_BEFORE, downtime=two_days).verdict
    assert said.good
    assert said.explained
    monkeypatch.setattr(step, "notes_of", lambda _: [])
    assert struck(faults.KILL_BEFORE, downtime=two_days).verdict.lost


def test_giving_up_an_order_in_its_session_is_found_lost_whatever_is_said_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sends = next(asked.number for asked in requests_of(ALPACA_DAYS) if asked.sends)
    struck_once = Task(Part.SWEEP, faults.KILL_BEFORE, sends)
    assert do(struck_once).verdict.good
    careful = Sender._tend

    def tend_new_ones_alone(self: Sender, attempts: Attempts, order: Order, session: Session) -> bool:
        return bool(attempts.at(order.intent)) or careful(self, attempts, order, session)

    monkeypatch.setattr(Sender, "_tend", tend_new_ones_alone)
    verdict = do(struck_once).verdict
    assert verdict.explained
    assert verdict.lost


def test_going_on_without_the_lease_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    at = len(requests_of(TWO_DAYS))  # passed there and back: half of the gates
    assert two_traders.wakes_up(TWO_DAYS, at, after_days=1).one_trades
    monkeypatch.setattr(Lease, "keep", lambda _: None)
    assert not two_traders.wakes_up(TWO_DAYS, at, after_days=1).one_trades


def _not_at_all(_: Records, before: OrderRecord, after: OrderRecord) -> OrderRecord:
    del before
    return after
