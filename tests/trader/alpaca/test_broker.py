"""Orders at Alpaca: what is asked, what becomes of it, and how it may fail."""

import copy
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from fleet.traders.orders import ACCEPTED, CANCELLED, ENTER, EXIT, EXPIRED, FILLED, PROTECT, REJECTED, Order, Report
from tests.alpaca_exchange import Exchange, TradingDay, eastern
from tests.alpaca_server import AlpacaServer, Answer, Do, Request
from tests.trader.alpaca.conftest import BEGIN
from trader.alpaca.broker import AlpacaBroker
from trader.broker import BrokerError, BrokerSilentError, KnownOrderError, OrderRejectedError, UnusableAccountError

TUESDAY = BEGIN + timedelta(days=1)


def order(**changes: Any) -> Order:
    given: dict[str, Any] = {"id": "mc-1", "symbol": "AAPL", "session": TUESDAY, "intent": ENTER, "shares": 10}
    return Order(**{**given, **changes})


def close(exchange: Exchange, day: date) -> float:
    bar = next(each.bar for each in exchange.days if each.day == day)
    assert bar is not None
    return bar[3]


def holding(exchange: Exchange, broker: AlpacaBroker, shares: int = 10) -> None:
    """On the evening of Tuesday."""
    broker.submit(order(id="mc-before", shares=shares))
    exchange.advance_to_evening(TUESDAY)


# ---- The closing auction -----------------------------------------------------------------------------------------


def test_it_buys_at_the_close(broker: AlpacaBroker, exchange: Exchange, server: AlpacaServer) -> None:
    assert broker.account == "PA3TEST00001"
    assert broker.submit(order()) == Report(id="mc-1", state=ACCEPTED)
    assert server.asked[-1].body == {
        "symbol": "AAPL",
        "qty": 10.0,
        "side": "buy",
        "type": "market",
        "time_in_force": "cls",
        "client_order_id": "mc-1",
    }
    assert [each.id for each in broker.open_orders()] == ["mc-1"]
    assert broker.position() == 0
    exchange.advance(eastern(TUESDAY, time(16, 1)))
    price = close(exchange, TUESDAY)
    assert broker.find(order()) == Report(id="mc-1", state=FILLED, shares=10, price=price)
    assert broker.open_orders() == []
    assert broker.position() == 10


def test_a_symbol_in_small_letters_is_the_same(server: AlpacaServer) -> None:
    broker, small = AlpacaBroker("aapl", server.environment), order(symbol="aapl")
    assert broker.submit(small) == broker.find(small) == Report(id="mc-1", state=ACCEPTED)


def test_it_sells_short_and_covers(broker: AlpacaBroker, exchange: Exchange) -> None:
    holding(exchange, broker, -10)
    assert broker.position() == -10
    cover = order(id="mc-2", intent=EXIT, shares=10)
    broker.submit(cover)
    exchange.advance_to_evening(TUESDAY + timedelta(days=1))
    found = broker.find(cover)
    assert found is not None
    assert (found.state, found.shares, found.reason) == (FILLED, 10, "")
    assert broker.position() == 0


def test_what_the_auction_does_not_fill_expires(
    days: list[TradingDay], broker: AlpacaBroker, exchange: Exchange
) -> None:
    exchange.days = tuple(
        TradingDay(each.day, each.bar, each.closes_at, fills=0.45) if each.day == TUESDAY else each for each in days
    )
    broker.submit(order())
    exchange.advance_to_evening(TUESDAY)
    found = broker.find(order())
    assert found is not None
    assert (found.state, found.shares, found.price) == (EXPIRED, 4, close(exchange, TUESDAY))


def test_an_order_is_cancelled(broker: AlpacaBroker, exchange: Exchange) -> None:
    broker.submit(order())
    broker.cancel(order())
    found = broker.find(order())
    assert found is not None
    assert found.state == CANCELLED
    broker.cancel(order())  # once more does no harm
    broker.cancel(order(id="mc-never-sent"))
    exchange.advance_to_evening(TUESDAY)
    assert exchange.account.executions == []


def test_what_was_never_sent_is_not_found(broker: AlpacaBroker) -> None:
    assert broker.find(order(id="mc-never-sent")) is None


# ---- Stops and targets -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [1, -1])
def test_one_cancels_the_other(broker: AlpacaBroker, exchange: Exchange, server: AlpacaServer, side: int) -> None:
    holding(exchange, broker, 10 * side)
    price = close(exchange, TUESDAY)
    wednesday = TUESDAY + timedelta(days=1)
    protect = order(
        id="mc-2",
        intent=PROTECT,
        session=wednesday,
        shares=-10 * side,
        stop=price * (1 - 0.2 * side),
        target=price * (1 + 0.00101 * side),
    )
    assert broker.submit(protect).state == ACCEPTED
    assert server.asked[-1].body == {
        "symbol": "AAPL",
        "qty": 10.0,
        "side": "sell" if side > 0 else "buy",
        "type": "limit",
        "time_in_force": "day",
        "order_class": "oco",
        "take_profit": {"limit_price": round(price * (1 + 0.00101 * side), 2)},
        "stop_loss": {"stop_price": round(price * (1 - 0.2 * side), 2)},
        "client_order_id": "mc-2",
    }
    assert [each.id for each in broker.open_orders()] == ["mc-2"]
    exchange.advance_to_evening(wednesday)
    found = broker.find(protect)
    assert found is not None
    assert (found.state, found.shares, found.reason) == (FILLED, -10 * side, "target")
    assert broker.position() == 0
    assert len(exchange.account.executions) == 2


def test_the_stop_ends_a_position_in_place_of_the_target(broker: AlpacaBroker, exchange: Exchange) -> None:
    holding(exchange, broker)
    price, wednesday = close(exchange, TUESDAY), TUESDAY + timedelta(days=1)
    stop = round(price - 0.02, 2)
    protect = order(id="mc-2", intent=PROTECT, session=wednesday, shares=-10, stop=stop, target=price * 2)
    broker.submit(protect)
    exchange.advance_to_evening(wednesday)
    found = broker.find(protect)
    assert found is not None
    assert (found.state, found.shares, found.reason, found.text) == (FILLED, -10, "stop", "Alpaca says canceled/filled")
    assert found.price is not None
    assert found.price <= stop
    assert broker.position() == 0


@pytest.mark.parametrize(
    ("exits", "sent"),
    [
        ({"stop": 50.004}, {"type": "stop", "stop_price": 50.0}),
        ({"target": 150.006}, {"type": "limit", "limit_price": 150.01}),
    ],
)
def test_a_stop_or_a_target_alone_is_good_for_the_day(
    broker: AlpacaBroker, exchange: Exchange, server: AlpacaServer, exits: dict[str, float], sent: dict[str, Any]
) -> None:
    holding(exchange, broker)
    wednesday = TUESDAY + timedelta(days=1)
    protect = order(id="mc-2", intent=PROTECT, session=wednesday, shares=-10, **exits)
    broker.submit(protect)
    common = {"symbol": "AAPL", "qty": 10.0, "side": "sell", "time_in_force": "day", "client_order_id": "mc-2"}
    assert server.asked[-1].body == {**common, **sent}
    exchange.advance_to_evening(wednesday)
    found = broker.find(protect)
    assert found is not None
    assert (found.state, found.shares) == (EXPIRED, 0)
    assert broker.position() == 10


def test_shares_are_available_to_one_order_only(broker: AlpacaBroker, exchange: Exchange) -> None:
    assert not broker.takes_both
    holding(exchange, broker)
    broker.submit(order(id="mc-2", intent=PROTECT, shares=-10, stop=50.0, target=150.0))
    with pytest.raises(OrderRejectedError, match="insufficient qty available"):
        broker.submit(order(id="mc-3", intent=EXIT, shares=-10))


# ---- What is refused ---------------------------------------------------------------------------------------------


def test_an_order_is_sent_once(broker: AlpacaBroker, exchange: Exchange) -> None:
    broker.submit(order())
    with pytest.raises(KnownOrderError):
        broker.submit(order())
    exchange.advance_to_evening(TUESDAY)
    assert [each.shares for each in exchange.account.executions] == [10]


@pytest.mark.parametrize("words", ["client order id must be unique", "client_order_id already exists"])
def test_an_id_that_is_known_is_no_rejection_however_it_is_said(
    broker: AlpacaBroker, server: AlpacaServer, words: str
) -> None:
    server.interfere = lambda request, do: Answer(422, {"code": 40010001, "message": words})
    with pytest.raises(KnownOrderError):
        broker.submit(order())


@pytest.mark.parametrize("at", [time(15, 50), time(16, 30), time(18, 59)])
def test_no_market_on_close_order_is_taken_before_seven(broker: AlpacaBroker, exchange: Exchange, at: time) -> None:
    exchange.advance(eastern(TUESDAY, at))
    with pytest.raises(OrderRejectedError, match="cls orders are not accepted"):
        broker.submit(order())
    assert broker.find(order()) is None
    exchange.advance(eastern(TUESDAY, time(19)))
    broker.submit(order())


def test_on_a_half_day_they_are_taken_until_ten_minutes_before_its_close(
    broker: AlpacaBroker, exchange: Exchange
) -> None:
    exchange.advance(eastern(date(2025, 11, 28), time(12, 49)))
    broker.submit(order())
    exchange.advance(eastern(date(2025, 11, 28), time(12, 50)))
    with pytest.raises(OrderRejectedError):
        broker.submit(order(id="mc-2"))
    exchange.advance(eastern(date(2025, 11, 28), time(13, 0)))
    assert broker.position() == 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shares": 3000}, "insufficient buying power"),
        ({"id": "m" * 129}, "no more than 128 characters"),
        ({"intent": PROTECT, "shares": -10, "stop": 50.0, "target": 150.0}, "must be exit orders"),
    ],
)
def test_what_alpaca_does_not_take_is_rejected(broker: AlpacaBroker, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(OrderRejectedError, match=words):
        broker.submit(order(**changes))
    assert broker.find(order(**changes)) is None


def test_what_cannot_be_borrowed_is_not_sold_short(broker: AlpacaBroker, exchange: Exchange) -> None:
    exchange.shortable = False
    with pytest.raises(OrderRejectedError, match="cannot be sold short"):
        broker.submit(order(shares=-10))


# ---- How it may fail ---------------------------------------------------------------------------------------------


def posts(server: AlpacaServer) -> int:
    return server.operations().count("POST /v2/orders")


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_an_order_is_not_sent_again_when_nobody_knows(
    broker: AlpacaBroker, server: AlpacaServer, exchange: Exchange, status: int
) -> None:
    def fail_after(request: Request, do: Do) -> Answer:
        do(request)
        return Answer(status, "<html>Gateway</html>")

    server.interfere = fail_after
    with pytest.raises(BrokerSilentError, match=f"HTTP {status}"):
        broker.submit(order())
    assert posts(server) == 1
    server.interfere = lambda request, do: do(request)
    found = broker.find(order())
    assert found is not None
    assert found.state == ACCEPTED


def test_too_many_requests_are_told_and_not_repeated(broker: AlpacaBroker, server: AlpacaServer) -> None:
    server.interfere = lambda request, do: Answer(429, {"code": 42910000, "message": "rate limit exceeded"})
    with pytest.raises(BrokerError, match="wait a minute") as raised:
        broker.submit(order())
    assert not isinstance(raised.value, BrokerSilentError | OrderRejectedError)
    assert posts(server) == 1


@pytest.mark.parametrize("executed", [True, False])
def test_a_connection_that_breaks_off_is_silence(broker: AlpacaBroker, server: AlpacaServer, executed: bool) -> None:
    def break_off(request: Request, do: Do) -> None:
        if executed:
            do(request)

    server.interfere = break_off
    with pytest.raises(BrokerSilentError, match="gave no answer"):
        broker.submit(order())
    assert posts(server) == 1
    server.interfere = lambda request, do: do(request)
    assert (broker.find(order()) is not None) == executed


def test_whoever_takes_too_long_is_not_waited_for(
    broker: AlpacaBroker, server: AlpacaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    may_answer = Event()
    monkeypatch.setattr("trader.alpaca.host.ANSWER_SECONDS", 0.1)

    def wait(request: Request, do: Do) -> Answer:
        may_answer.wait()
        return do(request)

    server.interfere = wait
    try:
        with pytest.raises(BrokerSilentError, match="ReadTimeout"):
            broker.submit(order())
    finally:
        may_answer.set()


NONSENSE: tuple[Any, ...] = (None, "<html>log in</html>", "null", "[]", "{}", '{"id": 1}', '"x"', "3")


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_what_cannot_be_understood_is_silence(broker: AlpacaBroker, server: AlpacaServer, nonsense: Any) -> None:
    server.interfere = lambda request, do: Answer(200, nonsense)
    with pytest.raises(BrokerSilentError):
        broker.submit(order())
    with pytest.raises(BrokerSilentError):
        broker.find(order())
    with pytest.raises(BrokerSilentError):
        broker.position()
    if nonsense != "[]":
        with pytest.raises(BrokerSilentError):
            broker.open_orders()
    assert posts(server) == 1


def test_not_found_by_somebody_on_the_way_is_not_found_by_alpaca(broker: AlpacaBroker, server: AlpacaServer) -> None:
    """Otherwise an order would be taken for lost that is there."""
    server.interfere = lambda request, do: Answer(404, "<html>Not found</html>")
    with pytest.raises(BrokerError, match="HTTP 404"):
        broker.find(order())
    with pytest.raises(BrokerError, match="HTTP 404"):
        broker.position()


def test_another_order_under_the_same_id_is_not_taken_for_ours(broker: AlpacaBroker, server: AlpacaServer) -> None:
    broker.submit(order())
    with pytest.raises(BrokerSilentError, match=r"\(sell AAPL\), Alpaca tells of mc-1 \(buy AAPL\)"):
        broker.find(order(shares=-10))

    def mix_up(request: Request, do: Do) -> Answer:
        return do(replace(request, query={**request.query, "client_order_id": "mc-1"}))

    server.interfere = mix_up
    with pytest.raises(BrokerSilentError, match="Alpaca tells of mc-1"):
        broker.find(order(id="mc-2"))


def test_orders_of_others_are_seen(broker: AlpacaBroker, exchange: Exchange) -> None:
    exchange.submit({"symbol": "AAPL", "qty": 5, "side": "buy", "type": "market", "time_in_force": "cls"})
    assert [each.id.startswith("mc-") for each in broker.open_orders()] == [False]


def test_an_order_that_the_exchange_rejects_later(broker: AlpacaBroker, exchange: Exchange) -> None:
    broker.submit(order())
    found = exchange.account.find("mc-1")
    assert found is not None
    found.status = "rejected"
    report = broker.find(order())
    assert report is not None
    assert report.state == REJECTED


def test_a_stale_answer_is_what_was_so(broker: AlpacaBroker, server: AlpacaServer, exchange: Exchange) -> None:
    """The stand-in's account is plain data, and can be kept and put back."""
    before = copy.deepcopy(exchange.account)
    broker.submit(order())
    with server.lock:
        now, exchange.account = exchange.account, before
    assert broker.find(order()) is None
    with server.lock:
        exchange.account = now
    assert broker.find(order()) is not None


@pytest.mark.parametrize(
    ("symbol", "words"), [("NVDA", "knows no NVDA"), ("aapl", "")], ids=["unknown", "in small letters"]
)
def test_the_symbol_must_be_known(server: AlpacaServer, symbol: str, words: str) -> None:
    if not words:
        AlpacaBroker(symbol, server.environment)
        return
    with pytest.raises(UnusableAccountError, match=words):
        AlpacaBroker(symbol, server.environment)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trading_blocked": True}, "may not trade"),
        ({"account_blocked": True}, "may not trade"),
        ({"trade_suspended_by_user": True}, "may not trade"),
        ({"status": "ACCOUNT_CLOSED"}, "is ACCOUNT_CLOSED"),
    ],
)
def test_an_account_that_cannot_trade_is_told_at_once(
    server: AlpacaServer, changes: dict[str, Any], words: str
) -> None:
    def change(request: Request, do: Do) -> Answer:
        told = do(request)
        return Answer(told.status, {**told.body, **changes}) if request.path == "/v2/account" else told

    server.interfere = change
    with pytest.raises(UnusableAccountError, match=words):
        AlpacaBroker("AAPL", server.environment)


def test_a_key_that_was_withdrawn(server: AlpacaServer) -> None:
    with pytest.raises(BrokerError, match=r"HTTP 401.*make a new one"):
        AlpacaBroker("AAPL", {**server.environment, "ALPACA_SECRET_KEY": "of-before"})
