"""The sources on the network, on this machine."""

from collections.abc import Iterator

import pytest
import yfinance

from tests.market import TROUBLES, Market, be_impatient, open_market, redirect, trouble


@pytest.fixture(scope="session", autouse=True)
def _yfinance_keeps_its_files_here(tmp_path_factory: pytest.TempPathFactory) -> None:
    yfinance.set_tz_cache_location(str(tmp_path_factory.mktemp("yfinance")))


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """Yahoo and FRED."""
    with open_market() as server:
        redirect(server.url, monkeypatch)
        yield server


@pytest.fixture(params=TROUBLES)
def out_of_reach(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """No answer of Yahoo and FRED; what a person reads of it."""
    with trouble(request.param) as address:
        redirect(address, monkeypatch)
        be_impatient(monkeypatch)
        yield TROUBLES[request.param]
