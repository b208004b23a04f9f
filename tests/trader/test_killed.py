"""A trader that is killed at any of its requests, and started again, trades as if nothing had been."""

import pytest

import montecarlo as mc
from fleet.traders import journal
from tests.trader.exchange import Exchange, weekdays
from tests.trader.killing import Countdown, KilledProcess, KillingBucket
from tests.trader.test_run import HISTORY, made, started
from tests.trader.test_run import NAME as TRADER
from tests.trader.trading import Trading

CLOSES = [100.0, 101.0, 103.0, 52.0, 53.0, 50.0, 54.0]
WANTS = "0+--+00"
DATES = weekdays(7)


def trading(countdown: Countdown) -> Trading:
    exchange = Exchange(CLOSES, splits={DATES[3]: 2.0}, lows={5: 45.0})
    exchange.before_each = countdown
    return Trading(exchange, WANTS, stop_loss=0.1, bucket=KillingBucket(countdown))


def never_killed() -> Trading:
    found = trading(Countdown())
    assert found.start()[0] == "ended"
    return found


def moments() -> int:
    begins = trading(countdown := Countdown())
    before = countdown.seen
    begins.start()
    return countdown.seen - before


def require_same_when_killed_at(moment: int, whole: Trading) -> None:
    killed = trading(countdown := Countdown())
    countdown.kill_at(moment)
    with pytest.raises(KilledProcess):
        killed.start()
    assert killed.start()[0] == "ended", moment
    assert killed.exchange.executed == whole.exchange.executed, moment
    assert [day.standing for day in killed.days] == [day.standing for day in whole.days], moment


def test_killed_at_some_of_its_requests_it_trades_the_same() -> None:
    whole = never_killed()
    assert len(whole.exchange.executed) == 7
    for moment in range(3, moments(), 37):
        require_same_when_killed_at(moment, whole)


@pytest.mark.thorough
def test_killed_at_any_of_its_requests_it_trades_the_same() -> None:
    whole = never_killed()
    for moment in range(moments()):
        require_same_when_killed_at(moment, whole)


# Our own broker and a replay


def replaying(countdown: Countdown) -> KillingBucket:
    """A trader that is long and short, with stops, for three weeks."""
    strategy = mc.SmaCrossover(2, 5, shorting=True, stop_loss=0.02)
    return made(KillingBucket(countdown), strategy, first=HISTORY.dates[-15].item())


def require_same_replay_when_killed_at(moment: int, whole: KillingBucket) -> None:
    bucket = replaying(countdown := Countdown())
    countdown.kill_at(moment)
    with pytest.raises(KilledProcess):
        started(bucket)
    assert started(bucket) == "ended", moment
    assert journal.trades(bucket, TRADER).equals(journal.trades(whole, TRADER)), moment
    assert journal.report(bucket, TRADER).equals(journal.report(whole, TRADER)), moment
    assert journal.trades(bucket, TRADER).equals(journal.backtest_trades(bucket, TRADER)), moment


def replayed() -> tuple[KillingBucket, int]:
    whole = replaying(countdown := Countdown())
    before = countdown.seen
    assert started(whole) == "ended"
    moments = countdown.seen - before
    assert len(journal.trades(whole, TRADER)) > 2
    return whole, moments


def test_a_replay_that_is_killed_at_some_of_its_requests_is_the_same() -> None:
    whole, moments = replayed()
    for moment in range(5, moments, 67):
        require_same_replay_when_killed_at(moment, whole)


@pytest.mark.thorough
def test_a_replay_that_is_killed_at_any_of_its_requests_is_the_same() -> None:
    whole, moments = replayed()
    for moment in range(moments):
        require_same_replay_when_killed_at(moment, whole)
