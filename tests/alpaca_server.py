"""Alpaca's paper account and its daily bars over HTTPS, behind the proxy that all connections go through.

A process is led here by its environment alone (``AlpacaServer.environment``): it asks the real hosts, through this
proxy, and trusts the certificate of this server.  So the program needs no option for its tests, and whatever else it
asks is seen and refused.

Answers are made with alpaca-py's own models, and so are requests read: see ``tests.alpaca_exchange``.
"""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from alpaca.trading.models import Asset, Calendar, Clock, Order, Position, TradeAccount
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import BaseModel

from tests.alpaca_exchange import DELAY, EASTERN, AccountOrder, Exchange, RefusedError

PAPER, DATA = "paper-api.alpaca.markets", "data.alpaca.markets"
KEY, SECRET = "PKTESTTESTTESTTEST01", "secretsecretsecretsecretsecretsecret0001"

Record = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """As it came.

    Attributes:
        number: Of all requests to this server, from 1.
        query: Each name once.
        body: What JSON says, None where there is none.
    """

    number: int
    method: str
    host: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What is sent back: JSON, or text where it is a string, or nothing where it is None."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Do = Callable[[Request], Answer]


class AlpacaServer:
    """Listens on a free port of this machine while the ``with`` block lasts.

    Args:
        exchange: With the account.
        folder: Where the certificate is put that clients have to trust.
        port: Where to listen; any that is free if 0.

    Attributes:
        exchange: Used under ``lock`` only; ``with server.lock`` a test sees no request half done.
        page: Bars of one answer at most.
        asked: Requests, in order.
        hosts: That connections were asked for, others than Alpaca's two among them.
        interfere: Is asked before every request, in the thread of its connection: what it returns is answered, None
            breaks the connection off without an answer.  It may call what it is given, not at all, once or twice,
            wait before and after, and kill whoever asks.
    """

    def __init__(self, exchange: Exchange, folder: Path, port: int = 0) -> None:
        self.exchange, self.lock = exchange, threading.RLock()
        self.page = 10_000
        self.asked: list[Request] = []
        self.hosts: list[str] = []
        self.interfere: Callable[[Request, Do], Answer | None] = lambda request, do: do(request)
        self._certificate = folder / "alpaca.pem"
        self._certificate.write_bytes(_certificates()[0])
        (folder / "alpaca-server.pem").write_bytes(_certificates()[1])
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(folder / "alpaca-server.pem")
        self._connections: set[socket.socket] = set()
        self._proxy = _Proxy(self, port)
        self.port = self._proxy.server_address[1]

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which a process asks here in place of Alpaca."""
        proxy = f"http://127.0.0.1:{self.port}"
        return {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "REQUESTS_CA_BUNDLE": str(self._certificate),
            "ALPACA_KEY_ID": KEY,
            "ALPACA_SECRET_KEY": SECRET,
        }

    def operations(self) -> list[str]:
        """Method and path of what was asked."""
        return [f"{each.method} {each.path}" for each in self.asked]

    def break_off(self) -> None:
        """Break all connections, as a restart does."""
        with self.lock:
            for each in list(self._connections):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._proxy.serve_forever, args=(0.01,), name="AlpacaServer")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._proxy.shutdown()
        self.break_off()
        self._proxy.server_close()
        self._thread.join()

    # ---- What is asked -------------------------------------------------------------------------------------------

    def answer(self, method: str, host: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer | None:
        address = urlsplit(path)
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        with self.lock:
            asked = Request(
                len(self.asked) + 1,
                method,
                host,
                unquote(address.path),
                query,
                json.loads(body) if body else None,
                headers,
            )
            self.asked.append(asked)
        return self.interfere(asked, self.do)

    def do(self, request: Request) -> Answer:
        """What the request brings about, all at once."""
        given = {name.lower(): value for name, value in request.headers.items()}
        if (given.get("apca-api-key-id"), given.get("apca-api-secret-key")) != (KEY, SECRET):
            return Answer(401, {"code": 40110000, "message": "request is not authorized"})
        with self.lock:
            try:
                if request.host == DATA:
                    return self._bars(request)
                return self._trading(request)
            except RefusedError as refused:
                return Answer(refused.status, refused.body)

    def _trading(self, request: Request) -> Answer:
        exchange, account = self.exchange, self.exchange.account
        _, version, *path = request.path.split("/")
        if version != "v2":
            raise RefusedError(404, 40410000, "endpoint not found.")
        match (request.method, path):
            case ("GET", ["account"]):
                return Answer(200, self._account())
            case ("GET", ["clock"]):
                return Answer(200, self._clock())
            case ("GET", ["calendar"]):
                return Answer(200, self._calendar(request.query))
            case ("GET", ["assets", symbol]) if symbol == exchange.symbol:
                return Answer(200, self._asset())
            case ("GET", ["assets", symbol]):
                raise RefusedError(404, 40410000, f"asset not found for {symbol}")
            case ("GET", ["positions", symbol]) if symbol == exchange.symbol and account.shares:
                return Answer(200, self._position())
            case ("GET", ["positions", symbol]):
                raise RefusedError(404, 40410000, "position does not exist")
            case ("GET", ["orders"]):
                return Answer(200, self._orders(request.query))
            case ("POST", ["orders"]):
                return Answer(200, self._order(exchange.submit(request.body), nested=True))
            case ("GET", ["orders:by_client_order_id"]):
                name = request.query.get("client_order_id", "")
                order = account.find(name)
                if order is None:
                    raise RefusedError(404, 40410000, f"order not found for {name}")
                return Answer(200, self._order(order, nested=False))
            case ("GET", ["orders", order_id]):
                found = next((each for each in account.everything() if each.id == order_id), None)
                if found is None:
                    raise RefusedError(404, 40410000, f"order not found for {order_id}")
                return Answer(200, self._order(found, nested=request.query.get("nested", "").lower() == "true"))
            case ("DELETE", ["orders", order_id]):
                exchange.cancel(order_id)
                return Answer(204)
            case _:
                raise RefusedError(404, 40410000, "endpoint not found.")

    def _orders(self, query: Mapping[str, str]) -> list[Any]:
        status, nested = query.get("status", "open"), query.get("nested", "").lower() == "true"
        at_most = int(query.get("limit", 50))
        symbols = query.get("symbols", self.exchange.symbol).split(",")
        account = self.exchange.account
        orders = list(account.orders.values()) if nested else list(account.everything())
        wanted = [
            each
            for each in orders
            if status == "all" or any(one.is_open for one in (each, *each.legs)) == (status == "open")
        ]
        wanted = [each for each in wanted if self.exchange.symbol in symbols]
        newest_first = query.get("direction", "desc") == "desc"
        return [self._order(each, nested) for each in (wanted[::-1] if newest_first else wanted)[:at_most]]

    def _order(self, order: AccountOrder, nested: bool) -> Record:
        ended = _time(order.ended)
        told = {
            "id": order.id,
            "client_order_id": order.client_order_id,
            "created_at": _time(order.created),
            "updated_at": ended or _time(order.created),
            "submitted_at": _time(order.created),
            "filled_at": ended if order.status == "filled" else None,
            "expired_at": ended if order.status == "expired" else None,
            "canceled_at": ended if order.status == "canceled" else None,
            "failed_at": ended if order.status == "rejected" else None,
            "replaced_at": None,
            "replaced_by": None,
            "replaces": None,
            "asset_id": self._asset()["id"],
            "symbol": self.exchange.symbol,
            "asset_class": "us_equity",
            "notional": None,
            "qty": str(order.shares),
            "filled_qty": str(order.filled),
            "filled_avg_price": None if order.price is None else repr(order.price),
            "order_class": "" if order.order_class == "simple" else order.order_class,
            "order_type": order.type,
            "type": order.type,
            "side": "buy" if order.side > 0 else "sell",
            "time_in_force": order.time_in_force,
            "limit_price": None if order.limit_price is None else repr(order.limit_price),
            "stop_price": None if order.stop_price is None else repr(order.stop_price),
            "status": order.status,
            "extended_hours": False,
            "legs": [self._order(each, nested) for each in order.legs] if nested and order.legs else None,
            "trail_percent": None,
            "trail_price": None,
            "hwm": None,
        }
        return _checked(Order, told)

    def _account(self) -> Record:
        exchange, account = self.exchange, self.exchange.account
        told = {
            "id": str(uuid5(NAMESPACE_URL, account.number)),
            "account_number": account.number,
            "status": "ACTIVE",
            "currency": "USD",
            "cash": f"{account.cash:.2f}",
            "equity": f"{exchange.equity():.2f}",
            "buying_power": f"{exchange.multiplier * exchange.equity():.2f}",
            "multiplier": f"{exchange.multiplier:.0f}",
            "trading_blocked": False,
            "transfers_blocked": False,
            "account_blocked": False,
            "trade_suspended_by_user": False,
            "shorting_enabled": True,
            "created_at": "2024-01-02T15:00:00Z",
        }
        return _checked(TradeAccount, told)

    def _asset(self) -> Record:
        exchange = self.exchange
        told = {
            "id": str(uuid5(NAMESPACE_URL, exchange.symbol)),
            "class": "us_equity",
            "exchange": "NASDAQ",
            "symbol": exchange.symbol,
            "name": f"{exchange.symbol} Inc.",
            "status": "active",
            "tradable": True,
            "marginable": True,
            "shortable": exchange.shortable,
            "easy_to_borrow": exchange.shortable,
            "fractionable": True,
        }
        return _checked(Asset, told)

    def _position(self) -> Record:
        exchange, account = self.exchange, self.exchange.account
        price = exchange.last_price()
        held = sum(each.left for each in account.orders.values() if each.is_open and each.side * account.shares < 0)
        told = {
            "asset_id": self._asset()["id"],
            "symbol": exchange.symbol,
            "exchange": "NASDAQ",
            "asset_class": "us_equity",
            "avg_entry_price": repr(account.average),
            "qty": str(account.shares),
            "qty_available": str(account.shares - held if account.shares > 0 else account.shares + held),
            "side": "long" if account.shares > 0 else "short",
            "market_value": repr(price * account.shares),
            "cost_basis": repr(account.average * account.shares),
            "current_price": repr(price),
        }
        return _checked(Position, told)

    def _clock(self) -> Record:
        exchange = self.exchange
        now = exchange.now
        told = {
            "timestamp": now.astimezone(EASTERN).isoformat(),
            "is_open": exchange.is_open(),
            "next_open": next(day.opens for day in exchange.days if day.opens > now).astimezone(EASTERN).isoformat(),
            "next_close": next(day.closes for day in exchange.days if day.closes > now).astimezone(EASTERN).isoformat(),
        }
        return _checked(Clock, told)

    def _calendar(self, query: Mapping[str, str]) -> list[Record]:
        first, last = query.get("start", "1970-01-01"), query.get("end", "2029-12-31")
        told = [
            {
                "date": str(day.day),
                "open": "09:30",
                "close": f"{day.closes_at:%H:%M}",
                "session_open": "0400",
                "session_close": "2000",
                "settlement_date": str(day.day),
            }
            for day in self.exchange.days
            if first <= str(day.day) <= last
        ]
        return [_checked(Calendar, each) for each in told]

    def _bars(self, request: Request) -> Answer:
        query = request.query
        if (request.method, request.path) != ("GET", "/v2/stocks/bars"):
            raise RefusedError(404, 40410000, "endpoint not found.")
        if query.get("timeframe") != "1Day" or query.get("symbols") is None:
            raise RefusedError(400, 40010001, f"not in this stand-in: {dict(query)}")
        start = _moment(query["start"]) if "start" in query else datetime.combine(self.exchange.today, time(0), UTC)
        end = _moment(query["end"]) if "end" in query else self.exchange.now
        if query.get("feed", "sip") == "sip" and end > self.exchange.now - DELAY:
            return Answer(403, {"message": "subscription does not permit querying recent SIP data"})
        first = _first_bar(start)
        bars = self.exchange.bars(first, end.astimezone(EASTERN).date(), query.get("adjustment", "raw"))
        if query["symbols"] != self.exchange.symbol:
            bars = []
        if query.get("sort", "asc") == "desc":
            bars = bars[::-1]
        begin, size = int(query.get("page_token") or 0), min(int(query.get("limit", 1000)), self.page)
        page, more = bars[begin : begin + size], begin + size < len(bars)
        told = {query["symbols"]: page} if page else {}
        return Answer(200, {"bars": told, "next_page_token": str(begin + size) if more else None})


def _checked(model: type[BaseModel], told: Record) -> Record:
    """It, if Alpaca's own package understands it."""
    model(**told)
    return told


def _first_bar(start: datetime) -> date:
    """The first day whose bar, which has the time at which the day begins in New York, is not before this."""
    local = start.astimezone(EASTERN)
    return local.date() if local.time() == time(0) else local.date() + timedelta(days=1)


def _moment(text: str) -> datetime:
    told = datetime.fromisoformat(text)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _time(when: datetime | None) -> str | None:
    return None if when is None else f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


# ---- The way here ------------------------------------------------------------------------------------------------


class _Proxy(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, service: AlpacaServer, port: int) -> None:
        self.service = service
        super().__init__(("127.0.0.1", port), _Connection)


class _Connection(StreamRequestHandler):
    """One connection through the proxy, which must begin with CONNECT."""

    server: _Proxy
    disable_nagle_algorithm = (
        True  # otherwise an answer waits until the client's machine has acknowledged the handshake
    )

    def handle(self) -> None:
        service = self.server.service
        words = self.rfile.readline().decode(errors="replace").split()
        while self.rfile.readline().strip():
            pass
        host, _, port = (words[1] if len(words) > 1 else "").rpartition(":")
        if not words:
            return
        service.hosts.append(host if words[0] == "CONNECT" else f"{words[0]} {words[1]}")
        if words[0] != "CONNECT" or host not in {PAPER, DATA} or port != "443":
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with suppress(OSError):
            secure = service._tls.wrap_socket(self.connection, server_side=True)
            with service.lock:
                service._connections.add(secure)
            try:
                _Https(service, host, secure)
            finally:
                with service.lock:
                    service._connections.discard(secure)
                secure.close()


class _BrokenOff(Exception):  # noqa: N818
    """No answer is to be given."""


class _Https(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def __init__(self, service: AlpacaServer, host: str, connection: socket.socket) -> None:
        self._service, self._host = service, host
        with suppress(_BrokenOff, OSError, ssl.SSLError):
            super().__init__(connection, ("127.0.0.1", 0), None)  # type: ignore[arg-type]

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = self._service.answer(self.command, self._host, self.path, body, dict(self.headers))
        if told is None:
            raise _BrokenOff
        text = "" if told.body is None else told.body if isinstance(told.body, str) else json.dumps(told.body)
        self.send_response(told.status)
        headers = {"Content-Type": "application/json", **told.headers}
        for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = _reply  # noqa: N815

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@cache
def _certificates() -> tuple[bytes, bytes]:
    """What to trust, and the key and certificate of the two hosts that it vouches for; PEM."""
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Alpaca of the tests")])
    from_, to = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority.public_key())
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    root = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=authority.public_key())
        .serial_number(1)
        .not_valid_before(from_)
        .not_valid_after(to)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PAPER)])
    leaf = (
        x509.CertificateBuilder(issuer_name=name, subject_name=subject, public_key=server.public_key())
        .serial_number(2)
        .not_valid_before(from_)
        .not_valid_after(to)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(PAPER), x509.DNSName(DATA)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority, hashes.SHA256())
    )
    key = server.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    return root.public_bytes(pem), key + leaf.public_bytes(pem)
