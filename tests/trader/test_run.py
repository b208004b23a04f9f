"""A trader as it is run: from its settings in the bucket, with feed and broker that they name."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace

import pytest

import montecarlo as mc
from fleet import keys
from fleet.errors import NoSuchTraderError, SettingsError
from fleet.events import Event
from fleet.memory_bucket import MemoryBucket
from fleet.new_job import make_backtest_job
from fleet.traders import journal, leases, state, switches
from fleet.traders.keys import day_key, trader_key
from fleet.traders.settings import ALPACA, PAPER, REPLAY, Limits, TraderSettings
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.submission import rule_at_hand
from trader.events import Decided, Left, Started, Waiting
from trader.lease import Lease, LeaseHeldError
from trader.patience import Patience
from trader.run import run
from trader.stop import Stop, stopped_by_signals

NAME = "first"
RULES = mc.Rules(shares=100.0)
HISTORY = PriceHistory("AAPL", "sample", mc.load_history("AAPL", source="sample").bars[:150])
STRATEGY = mc.SmaCrossover(5, 20)

RULE = b"""
def targets(prices, window=5):
    import numpy as np
    wanted = np.zeros(prices.shape, np.int8)
    wanted[window:] = prices[window:] > prices[:-window]
    return wanted

def first_decision(window=5):
    return window
"""


class Timed(Stop):
    """Time that passes only while somebody waits, so that nobody has to."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def pause(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def bucket() -> MemoryBucket:
    return made(MemoryBucket(), STRATEGY)


def made(bucket: MemoryBucket, strategy: mc.Strategy, **more: object) -> MemoryBucket:
    """A bucket with a trader in it."""
    job = make_backtest_job(HISTORY, strategy=strategy, rules=more.pop("rules", RULES))
    settings = TraderSettings(name=NAME, job=job, feed=REPLAY, broker=PAPER, first=None)
    bucket.put(trader_key(NAME), replace(settings, **more).to_json())
    bucket.put(keys.input_key("prices", job.inputs["prices"]), HISTORY.to_csv())
    return bucket


def started(bucket: MemoryBucket, emit: Callable[[Event], object] = lambda _: None, **more: object) -> str:
    stop = more.setdefault("stop", Timed())
    elapsed = (lambda: stop.seconds) if isinstance(stop, Timed) else (lambda: 0.0)
    return run(NAME, bucket, holder="here", elapsed=elapsed, patience=Patience(), emit=emit, **more)


def test_a_replay_on_our_own_broker_is_the_backtest(bucket: MemoryBucket) -> None:
    heard: list[Event] = []
    assert started(bucket, heard.append) == "ended"
    backtest = mc.backtest(HISTORY, STRATEGY, rules=RULES)
    assert journal.trades(bucket, NAME).equals(backtest.trades)
    assert journal.report(bucket, NAME)["equity"].tolist() == backtest.equity.tolist()
    [began] = [each for each in heard if isinstance(each, Started)]
    assert (began.trader, began.lease, began.feed, began.broker, began.account) == (
        NAME,
        1,
        REPLAY,
        PAPER,
        "paper-first",
    )
    assert heard[-1] == Left(outcome="ended", reason="the feed is over")
    assert all(keys.is_ours(entry.key) for entry in bucket.list("trader"))


def test_one_whose_last_day_is_damaged_halts_with_the_reason(bucket: MemoryBucket) -> None:
    started(bucket)
    bucket.put(day_key(NAME, last := journal.days(bucket, NAME)[-1]), b"{}")
    assert started(bucket) == "halted"
    halt = switches.halted(bucket, NAME)
    assert halt is not None
    assert f"days/{last}.json" in halt.reason


def test_stopped_on_any_day_and_started_again_it_is_the_backtest(bucket: MemoryBucket) -> None:
    outcomes = []
    while not outcomes or outcomes[-1] == "stopped":
        stop, days = Timed(), []

        def a_month(event: Event, stop: Timed = stop, days: list[Event] = days) -> None:
            if isinstance(event, Decided):
                days.append(event)
                if len(days) == 21:
                    stop.request("enough for now")

        outcomes.append(started(bucket, a_month, stop=stop))
    assert outcomes == [*["stopped"] * 7, "ended"]
    backtest = mc.backtest(HISTORY, STRATEGY, rules=RULES)
    assert journal.trades(bucket, NAME).equals(backtest.trades)
    assert journal.report(bucket, NAME)["equity"].tolist() == backtest.equity.tolist()
    lease, _ = leases.look(bucket, NAME)
    assert lease is not None
    assert (lease.number, lease.holder) == (8, "")


def test_a_second_one_is_refused_while_the_first_one_trades(bucket: MemoryBucket) -> None:
    lease = Lease.take(bucket, NAME, holder="there", elapsed=lambda: 0.0)
    stop = Timed()

    def renew(_: float) -> None:
        stop.seconds += 10
        lease._renewed = -1e9  # as if time had passed for it, too
        lease.keep()

    stop.pause = renew  # type: ignore[method-assign]
    with pytest.raises(LeaseHeldError, match="there"):
        started(bucket, stop=stop)
    assert journal.days(bucket, NAME) == []


def test_a_service_waits_for_the_lease_of_another_and_can_be_stopped_meanwhile(bucket: MemoryBucket) -> None:
    Lease.take(bucket, NAME, holder="there", elapsed=lambda: 0.0)
    stop, heard = Timed(), []

    def hear(event: Event) -> None:
        heard.append(event)
        if isinstance(event, Waiting):
            stop.request("SIGTERM was received")

    assert started(bucket, hear, stop=stop, stay=True) == "stopped"
    assert "has the lease" in heard[0].reason
    assert journal.days(bucket, NAME) == []


def test_the_lease_of_one_that_died_is_waited_out(bucket: MemoryBucket) -> None:
    Lease.take(bucket, NAME, holder="dead", elapsed=lambda: 0.0)
    stop = Timed()
    assert started(bucket, stop=stop) == "ended"
    assert stop.seconds >= 120


def test_once_the_feed_is_over_a_service_waits(bucket: MemoryBucket) -> None:
    stop = Timed()

    def until_it_waits(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request(f"heard: {event.reason}")

    heard: list[Event] = []
    assert (
        started(bucket, lambda event: (heard.append(event), until_it_waits(event)), stop=stop, stay=True) == "stopped"
    )
    assert heard[-1] == Left(outcome="stopped", reason="heard: the feed is over")


def test_a_halt_and_the_kill_switch_are_how_it_ends(bucket: MemoryBucket) -> None:
    switches.kill(bucket, NAME, by="a person")
    assert started(bucket) == "killed"
    switches.release(bucket, NAME)
    made(bucket, STRATEGY, limits=Limits(order_value=1.0))
    assert started(bucket) == "halted"
    assert state.load(bucket, NAME).status == "halted"
    assert started(bucket) == "halted"


def test_a_rule_of_a_persons_own_runs_only_where_that_is_allowed() -> None:
    rule = RuleFile("mine.py", RULE)
    with rule_at_hand(rule) as strategy:
        bucket = made(MemoryBucket(), strategy)
        expected = mc.backtest(HISTORY, strategy, rules=RULES)
    bucket.put(keys.input_key("rule", rule.digest), RULE)
    with pytest.raises(SettingsError, match="SPOTMC_OWN_RULES=allow"):
        started(bucket)
    assert started(bucket, own_rules=True) == "ended"
    assert len(expected.trades) > 1
    assert journal.trades(bucket, NAME).equals(expected.trades)


def test_what_cannot_be_traded_is_not_begun() -> None:
    with pytest.raises(mc.ParameterError, match="must be a whole number"):
        started(made(MemoryBucket(), STRATEGY, rules=mc.Rules()))
    with pytest.raises(NoSuchTraderError):
        started(MemoryBucket())


def test_no_days_of_the_past_are_sent_to_an_account_of_today(bucket: MemoryBucket) -> None:
    settings = replace(state.load(bucket, NAME).settings, broker=ALPACA)
    bucket.put(trader_key(NAME), settings.to_json())
    with pytest.raises(ParameterError, match="no trader has feed"):
        started(bucket)


def test_a_signal_asks_for_an_orderly_end() -> None:
    stop, told = Stop(), []
    before = signal.getsignal(signal.SIGTERM)
    with stopped_by_signals(stop, told.append):
        os.kill(os.getpid(), signal.SIGTERM)
        stop.pause(60)
        assert (bool(stop), stop.reason, told) == (True, "SIGTERM was received", ["SIGTERM was received"])
        os.kill(os.getpid(), signal.SIGTERM)  # a second one changes nothing
    assert signal.getsignal(signal.SIGTERM) is before
