"""Prices that a person brings along: read by the library, kept in the bucket, and the same from then on."""

import hashlib
import json
import threading
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

import pytest

from fleet import kept_histories, keys
from fleet.history_update import Wish, put
from fleet.job_store import load_job
from montecarlo.data import sources
from montecarlo.data.history import PriceHistory, check_history
from montecarlo.data.sources import Loaded, load_history
from montecarlo.errors import HistoryError
from tests.webui.conftest import RECOMMENDED, Visitor
from webui.forms import histories, told
from webui.pages import new_simulation


@pytest.fixture(scope="module")
def prices() -> PriceHistory:
    return load_history("MSFT", "sample", years=2)


def job_of(page, bucket):
    return load_job(bucket, page.url.rsplit("/", 1)[-1])


def answer_of(page) -> dict:
    return json.loads(page.text)


def test_a_file_is_read_by_the_library_and_kept_in_the_bucket(visitor, bucket, prices, tmp_path):
    path = tmp_path / "ACME daily.csv"
    path.write_bytes(prices.to_csv())
    page = visitor.send_file("/prices", path.name, prices.to_csv())
    answer = answer_of(page)
    assert page.status == 200
    assert (answer["symbol"], answer["source"], answer["days"]) == ("ACME-daily", "csv", len(prices.dates))
    assert (answer["first"], answer["last"]) == (str(prices.dates[0]), str(prices.dates[-1]))
    kept = bucket.get(keys.input_key("prices", answer["prices"]))
    assert kept == prices.to_csv()
    assert hashlib.sha256(kept).hexdigest() == answer["prices"]
    assert answer["warnings"] == list(load_history(None, "csv", path=path).warnings)

    called = answer_of(visitor.send_file("/prices", "x.csv", prices.to_csv(), file_symbol=" IBM "))
    assert called["symbol"] == "IBM"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty.csv: "),
        ("notes.csv", b"hello, world\n" * 100, "notes.csv: "),
        ("short.csv", b"date,close\n2020-01-02,1\n", "61"),
        ("huge.csv", b"date,close\n" + b"2020-01-02,1.0\n" * 340_000, "at most 5 MB"),
        ("", b"date,close\n", "choose one"),
    ],
)
def test_a_file_that_is_no_price_history_is_refused_in_the_words_of_the_library(visitor, name, content, said):
    page = visitor.send_file("/prices", name, content)
    assert page.status == 400
    assert said.lower() in answer_of(page)["problem"].lower()


def test_a_file_far_too_large_and_one_without_the_token_are_refused_in_words(visitor):
    page = visitor.send_file("/prices", "huge.csv", b"x" * 5_500_000)
    assert (page.status, "larger than 5 MB" in answer_of(page)["problem"]) == (413, True)
    page = visitor.post("/prices", {"file": "x"})
    assert (page.status, "once more" in answer_of(page)["problem"]) == (400, True)


def test_without_script_the_file_comes_with_the_form_and_is_kept_whatever_else_is_wrong(visitor, bucket, queue, prices):
    form = RECOMMENDED | {"days": "60", "long": "50"}
    page = visitor.send_file("/jobs", "ACME.csv", prices.to_csv(), **form | {"iterations": "many"})
    assert page.status == 400
    assert (page.fields["symbol"], page.fields["source"], page.fields["prices"]) == ("ACME", "csv", prices.digest)
    assert queue.depth().empty
    job = job_of(visitor.post("/jobs", page.fields | {"iterations": "500"}), bucket)
    assert (job.symbol, job.source, job.inputs["prices"]) == ("ACME", "csv", prices.digest)

    page = visitor.send_file("/jobs", "bad.csv", b"nothing", **form)
    assert page.status == 400
    assert "bad.csv: " in page.words["file-problem"]
    assert page.unfolded
    assert page.fields["days"] == "60"


def test_some_days_of_prices_in_the_bucket_can_be_wanted(visitor, bucket, prices):
    digest = answer_of(visitor.send_file("/prices", "ACME.csv", prices.to_csv()))["prices"]
    held = {"symbol": "ACME", "source": "csv", "prices": digest}
    job = job_of(visitor.send_job(**held, start="2012-01-03", days="60", long="50"), bucket)
    cut = bucket.get(keys.input_key("prices", job.inputs["prices"]))
    assert cut.splitlines()[1].startswith(b"2012-01-03")
    assert job.inputs["prices"] == load_history("MSFT", "sample", start="2012-01-03").digest


@pytest.mark.parametrize(
    ("digest", "status", "said"), [("0" * 64, 409, "0000"), ("x", 400, "must be the SHA-256 of prices in the bucket")]
)
def test_prices_that_are_not_there_are_said_to_be_gone(visitor, queue, digest, status, said):
    page = visitor.send_job(symbol="ACME", source="csv", prices=digest)
    assert page.status == status
    assert said in page.text
    assert queue.depth().empty


# ---- prices over the network -----------------------------------------------------------------------------------------


@pytest.fixture
def slow_source(monkeypatch, prices):
    """A source on the network that answers when it is told to; how often it was asked, and what for."""
    go, asked = threading.Event(), []

    def load(symbol, source, **more):
        if source == "sample":
            return sources.load_history(symbol, source, **more)
        asked.append(symbol)
        assert go.wait(60)
        if symbol == "NONE":
            raise HistoryError("Yahoo Finance knows no symbol NONE")
        return replace(prices, symbol=symbol, source=source)

    class Sources:
        load_history = staticmethod(load)

    monkeypatch.setattr(histories, "sources", Sources)
    yield go, asked
    go.set()


def test_prices_that_are_slow_to_come_hold_up_nobody(serve_web, slow_source, monkeypatch):
    monkeypatch.setattr(told, "PATIENCE", 0.02)
    go, asked = slow_source
    visitor = serve_web()
    token = visitor.open("/configuration").fields["csrf_token"]
    form = RECOMMENDED | {"csrf_token": token, "source": "yfinance", "days": "60", "long": "50"}

    for number in range(20):  # more than there are threads
        page = visitor.post("/preview", form | {"symbol": f"S{number}"})
        assert page.status == 202
        assert answer_of(page)["waiting"] == f"The prices of S{number} are being fetched from Yahoo Finance …"
    assert visitor.post("/preview", form | {"source": "sample"}).status == 200
    assert len(asked) <= 4

    go.set()
    for symbol in ("S0", "S0", "NONE"):
        while (page := visitor.post("/preview", form | {"symbol": symbol})).status == 202:
            pass
        assert page.status == 200
    assert answer_of(page)["problems"] == {"symbol": "Yahoo Finance knows no symbol NONE"}
    assert asked.count("S0") == asked.count("NONE") == 1, "it is asked once, however often a page asks"


def test_a_submission_waits_for_its_prices_only_so_long_and_only_with_a_few_others(serve_web, slow_source, monkeypatch):
    monkeypatch.setattr(new_simulation, "PRICES_SECONDS", 0.05)
    go, _ = slow_source
    visitor: Visitor = serve_web()
    typed = {"source": "yfinance", "symbol": "LATE", "days": "60", "long": "50"}
    page = visitor.send_job(**typed)
    assert page.status == 503
    assert "The prices of LATE are being fetched from Yahoo Finance. Nothing was sent yet" in page.text
    assert page.fields["symbol"] == "LATE"
    go.set()
    monkeypatch.setattr(new_simulation, "PRICES_SECONDS", 20)
    assert "/jobs/LATE-" in visitor.post("/jobs", page.fields).url


def test_a_portfolio_waits_for_all_its_prices_and_keeps_the_order_of_its_rows(serve_web, slow_source, bucket):
    go, asked = slow_source
    visitor: Visitor = serve_web()
    typed = {"symbol.1": "SLOW", "symbol.2": "MSFT", "symbol.3": "SLOWER", "weights": "equal"}
    typed |= {"source.1": "yfinance", "source.3": "yfinance", "days": "60", "iterations": "300"}
    token = visitor.open("/configuration").fields["csrf_token"]
    page = visitor.post("/portfolio/preview", typed | {"csrf_token": token})
    assert page.status == 202
    assert answer_of(page)["waiting"] == "The prices of SLOW are being fetched from Yahoo Finance …"
    assert sorted(asked) == ["SLOW", "SLOWER"], "both were begun"
    threading.Timer(0.5, go.set).start()
    assert job_of(visitor.press("/portfolio", **typed), bucket).symbol == "SLOW&MSFT&SLOWER"


def test_a_history_that_is_kept_is_chosen_by_its_symbol(visitor, bucket, prices):
    typed = RECOMMENDED | {"symbol": "^gspc", "source": "s3", "days": "60", "long": "50", "seed": "7"}
    assert "s3" not in visitor.open("/").choices["source"]
    assert "s3" not in visitor.open("/train").choices["source"]
    lacking = visitor.press("/jobs", **typed)
    assert lacking.status == 400
    assert "o history of ^GSPC is kept in the bucket" in lacking.words["symbol-problem"]

    def keep(bars):
        ask = Loaded("^GSPC", bars)
        put(bucket, Wish(symbol="^GSPC", source="csv", ask=lambda first: ask, until=date.today()))

    keep(prices.bars[:300])
    page = visitor.open("/")
    assert page.choices["source"][-1] == "s3"
    assert "Kept in the bucket, nothing is fetched: ^GSPC." in page.text
    assert visitor.open("/train").choices["source"][-1] == "s3"
    job = job_of(visitor.press("/jobs", **typed), bucket)
    assert (job.symbol, job.source) == ("^GSPC", "s3")
    assert bucket.get(keys.input_key("prices", job.inputs["prices"])) == prices_of(prices.bars[:300])
    keep(prices.bars)
    assert job_of(visitor.press("/jobs", **typed), bucket).inputs["prices"] == prices.digest
    numbers = {name: int(typed[name]) for name in ("short", "long", "days", "iterations", "seed")}
    answer = visitor.ask("/api/jobs", typed | numbers)
    assert load_job(bucket, answer.value["job_id"]).inputs["prices"] == prices.digest
    lacking = visitor.ask("/api/jobs", typed | numbers | {"symbol": "NONE"})
    assert "no history of NONE is kept in the bucket" in str(lacking.value)
    again = visitor.open(f"/?{urlencode(typed | {'prices': job.inputs['prices']})}")
    assert (again.fields["source"], again.fields["prices"]) == ("s3", job.inputs["prices"])
    kept_histories.forget(bucket, "^GSPC")


def prices_of(bars) -> bytes:
    return check_history(bars, "X", "csv").to_csv()
