"""The sources on the network, on this machine."""

import socket
import threading
from collections.abc import Iterator

import pytest
import yfinance

from montecarlo.data.sources import endings, fred, yahoo_session
from tests.market import NOWHERE, Market, redirect


@pytest.fixture(scope="session", autouse=True)
def _yfinance_keeps_its_files_here(tmp_path_factory: pytest.TempPathFactory) -> None:
    yfinance.set_tz_cache_location(str(tmp_path_factory.mktemp("yfinance")))


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """Yahoo and FRED."""
    with Market() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        redirect(server.url, monkeypatch)
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(params=["no name", "no connection", "no answer", "breaks off"])
def trouble(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """No way to Yahoo and FRED; what a person should read of it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        here = f"http://127.0.0.1:{taken.getsockname()[1]}"
        match request.param:
            case "no name":
                redirect(NOWHERE, monkeypatch)
                yield "{host} cannot be resolved, so this machine has no network, or no DNS: mend that and try again"
            case "no connection":
                redirect(here, monkeypatch)
                yield "{host} cannot be connected to"
            case "no answer":
                taken.listen(20)
                redirect(here, monkeypatch)
                for module in (endings, fred, yahoo_session):
                    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
                yield r"{host} did not answer within 0\.2 s: try again later"
            case "breaks off":
                taken.listen(20)
                redirect(here, monkeypatch)
                threading.Thread(target=_hang_up, args=(taken,), daemon=True).start()
                yield "{host} cannot be connected to, or broke off"


def _hang_up(listening: socket.socket) -> None:
    try:
        while True:
            listening.accept()[0].close()
    except OSError:
        pass  # the test is over
