"""Real money cannot be traded: nothing is sent to any other host, with a live key, or from a live account."""

from pathlib import Path

import pytest
import requests

from fleet.traders.orders import ENTER, Order
from tests.alpaca_exchange import Exchange
from tests.alpaca_server import DATA, PAPER, AlpacaServer, Answer
from tests.trader.alpaca.conftest import BEGIN
from trader.alpaca.broker import AlpacaBroker
from trader.alpaca.credentials import CredentialsError, credentials
from trader.alpaca.feed import AlpacaFeed
from trader.alpaca.host import PaperOnly
from trader.broker import BrokerSilentError, NotPaperError

KEY = {"ALPACA_KEY_ID": "PK1", "ALPACA_SECRET_KEY": "secret"}

OTHERS = (
    "https://api.alpaca.markets/v2/orders",  # real money
    "https://paper-api.alpaca.market/v2/orders",
    "https://paper-apl.alpaca.markets/v2/orders",
    "https://paper-api.alpaca.markets.example/v2/orders",
    "https://paper-api.alpaca.markets:8443/v2/orders",
    "https://paper-api.alpaca.markets@api.alpaca.markets/v2/orders",
    "https://broker-api.alpaca.markets/v1/accounts",
    "http://paper-api.alpaca.markets/v2/orders",
    "https://127.0.0.1/v2/orders",
)


@pytest.mark.parametrize("url", OTHERS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_nothing_is_sent_to_any_other_address(server: AlpacaServer, method: str, url: str) -> None:
    with requests.Session() as session:
        for prefix in list(session.adapters):
            session.mount(prefix, PaperOnly())
        with pytest.raises(NotPaperError, match="nothing is sent to"):
            session.request(method, url)
    assert server.hosts == []


@pytest.mark.parametrize("url", OTHERS)
def test_a_client_whose_address_was_changed_sends_nothing(server: AlpacaServer, url: str) -> None:
    broker = AlpacaBroker("AAPL", server.environment)
    seen = len(server.asked)
    broker._client._base_url = url.split("/v", maxsplit=1)[0]
    with pytest.raises(NotPaperError):
        broker.submit(Order(id="mc-1", symbol="AAPL", session=BEGIN, intent=ENTER, shares=1))
    with pytest.raises(NotPaperError):
        broker.position()
    assert len(server.asked) == seen
    assert set(server.hosts) == {PAPER}


@pytest.mark.parametrize("name", ["ALPACA_KEY_ID", "APCA_API_KEY_ID"])
def test_a_live_key_is_refused_before_anything_is_sent(server: AlpacaServer, name: str) -> None:
    live = {name: "AKREALMONEY000000001", "ALPACA_SECRET_KEY": "secret"}
    for refused in (AlpacaBroker, AlpacaFeed):
        with pytest.raises(NotPaperError, match="AK… is not of a paper account"):
            refused("AAPL", live)
    assert server.hosts == []


@pytest.mark.parametrize(
    "address", ["https://api.alpaca.markets", "https://paper-api.alpaca.market", "http://paper-api.alpaca.markets"]
)
def test_an_address_in_the_environment_can_only_say_what_is_so_anyway(server: AlpacaServer, address: str) -> None:
    for refused in (AlpacaBroker, AlpacaFeed):
        with pytest.raises(NotPaperError, match="APCA_API_BASE_URL names"):
            refused("AAPL", {**server.environment, "APCA_API_BASE_URL": address})
    assert server.hosts == []
    AlpacaBroker("AAPL", {**server.environment, "APCA_API_BASE_URL": "https://paper-api.alpaca.markets/v2"})


def test_an_account_that_is_not_for_paper_is_refused(server: AlpacaServer, exchange: Exchange) -> None:
    exchange.account.number = "123456789"
    with pytest.raises(NotPaperError, match="123456789 is not for paper"):
        AlpacaBroker("AAPL", server.environment)
    assert server.operations() == ["GET /v2/account"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server: AlpacaServer, broker: AlpacaBroker, status: int) -> None:
    elsewhere = {"Location": "https://api.alpaca.markets/v2/orders"}
    server.interfere = lambda request, do: Answer(status, headers=elsewhere)
    with pytest.raises(BrokerSilentError, match=f"HTTP {status}.*not followed"):
        broker.submit(Order(id="mc-1", symbol="AAPL", session=BEGIN, intent=ENTER, shares=1))
    assert set(server.hosts) == {PAPER}


def test_a_password_of_netrc_does_not_go_along(
    server: AlpacaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = tmp_path / "netrc"
    passwords.write_text("default login somebody password of-another-host\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("NETRC", str(passwords))
    assert requests.utils.get_netrc_auth("https://paper-api.alpaca.markets")
    AlpacaFeed("AAPL", server.environment).after(None)
    assert len(server.asked) > 1
    assert all("Authorization" not in each.headers for each in server.asked)


def test_only_the_two_hosts_are_ever_asked(server: AlpacaServer, exchange: Exchange) -> None:
    broker, feed = AlpacaBroker("AAPL", server.environment), AlpacaFeed("AAPL", server.environment)
    day = feed.after(None)
    assert day is not None
    assert day.next is not None
    order = Order(id="mc-1", symbol="AAPL", session=day.next.day, intent=ENTER, shares=3)
    broker.submit(order)
    broker.find(order)
    broker.open_orders()
    broker.cancel(order)
    feed.late(day.day)
    assert set(server.hosts) == {PAPER, DATA}


def test_keys_are_taken_from_the_environment_and_never_shown() -> None:
    found = credentials(KEY)
    assert (found.key_id, found.secret_key) == ("PK1", "secret")
    assert "secret" not in repr(found)
    assert credentials({"APCA_API_KEY_ID": "PK2", "APCA_API_SECRET_KEY": "other"}).key_id == "PK2"


@pytest.mark.parametrize("name", list(KEY))
@pytest.mark.parametrize("odd", ["PK1\nX-Other: 1", "PK1 2", "PK1\u2026", "PK\0"])
def test_what_is_no_key_is_told_and_not_repeated(name: str, odd: str) -> None:
    with pytest.raises(CredentialsError, match=f"^{name} has a character in it") as told:
        credentials({**KEY, name: odd})
    assert odd not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize("lacking", list(KEY))
def test_it_is_said_which_variable_is_lacking(lacking: str) -> None:
    with pytest.raises(CredentialsError, match=f"^{lacking} not in the environment"):
        credentials({**KEY, lacking: " "})
    with pytest.raises(CredentialsError, match=r"spotmc trader credentials$"):
        credentials({**KEY, lacking: "not-given"})  # as it stands in the secret of a new stack
