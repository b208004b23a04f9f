"""A trader that is killed at any of its requests, and started again, trades as if nothing had been."""

import pytest

from fleet.traders.orders import Order
from tests.trader.exchange import MONDAY, Exchange, weekdays
from tests.trader.killing import Countdown, KilledProcess, KillingBucket
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
    countdown = Countdown()
    trading(countdown).start()
    return countdown.seen


def test_wherever_it_is_killed_it_trades_the_same() -> None:
    whole = never_killed()
    assert whole.exchange.executed
    for moment in range(moments()):
        killed = trading(countdown := Countdown())
        countdown.kill_at(moment)
        with pytest.raises(KilledProcess):
            killed.start()
        assert killed.start()[0] == "ended", moment
        assert killed.exchange.executed == whole.exchange.executed, moment
        assert [day.standing for day in killed.days] == [day.standing for day in whole.days], moment
