"""A trader from day to day, on an exchange in memory and in its clock."""

from tests.trader.exchange import Exchange
from tests.trader.trading import Trading

CLOSES = [100.0, 101.0, 103.0, 102.0, 104.0, 107.0]


def bought(exchange: Exchange) -> list[tuple[int, float]]:
    return [(each.shares, each.price) for each in exchange.executed]


def test_it_buys_at_the_close_after_the_signal_and_sells_likewise() -> None:
    trading = Trading(exchange := Exchange(CLOSES), "0++000")
    assert trading.start() == ("ended", "the feed is over")
    assert bought(exchange) == [(100, 103.0), (-100, 104.0)]
    assert [day.standing.shares for day in trading.days] == [0, 0, 100, 100, 0, 0]
    assert [day.equity for day in trading.days] == [day.backtest_equity for day in trading.days]
    assert trading.notes == []
