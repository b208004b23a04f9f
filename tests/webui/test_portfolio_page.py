"""The page that makes a portfolio, for who has no script: rows, files, what is refused, and the job that is sent."""

import re

import pytest

from fleet.job import PRICES
from fleet.job_store import load_job
from montecarlo.data.sources import load_history
from tests.webui.test_form import job_id_of, problems_of

TYPED = {
    "symbol.1": "AAPL",
    "weight.1": "0.5",
    "symbol.2": "MSFT",
    "weight.2": "40%",
    "days": "60",
    "iterations": "300",
    "capital": "5000",
    "rebalance": "band",
    "band": "0.05",
    "seed": "7",
}


def test_a_portfolio_is_filled_in_and_has_its_place_among_the_pages(visitor):
    page = visitor.open("/portfolio")
    assert [page.fields[f"symbol.{number}"] for number in (1, 2, 3)] == ["AAPL", "MSFT", "IBM"]
    assert page.choices["weights"] == ["fixed", "equal", "inverse-volatility"]
    assert page.choices["model"][0] == "bootstrap"
    assert "daily-breakout" not in page.choices["strategy"], "which gives orders"
    assert re.search(r'href="/portfolio"[^>]*aria-current="page"', page.text)


def test_rows_come_and_go_without_a_script_and_nothing_that_was_typed_is_lost(visitor):
    page = visitor.press("/portfolio/change", **TYPED, add="row")
    assert (page.fields["symbol.3"], page.fields["capital"]) == ("", "5000")
    assert not problems_of(page)
    page = visitor.press("/portfolio/change", **TYPED, remove="1")
    assert "symbol.1" not in page.fields
    assert (page.fields["symbol.2"], page.fields["weight.2"], page.fields["days"]) == ("MSFT", "40%", "60")


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"symbol.2": "NOSUCH"}, "symbol.2", "NOSUCH"),
        ({"weight.2": "0.7"}, "holdings", "1 together at most, and are 1.2"),
        ({"trades.1": "magic"}, "trades.1", "must be one of"),
        ({"model": "magic"}, "model", "must be one of"),
        ({"fill": "next-open"}, "fill", "next-close, same-close"),
    ],
)
def test_what_cannot_be_used_comes_back_beside_its_field(*, visitor, queue, typed, field, said):
    page = visitor.press("/portfolio", **{**TYPED, **typed})
    assert (page.status, problems_of(page)) == (400, [field])
    assert said.lower() in page.words[f"{field}-problem"].lower()
    stays = {name: text for name, text in {**TYPED, **typed}.items() if name != "model"}  # no radio has that word
    assert page.fields.items() >= stays.items()
    assert queue.depth().empty


def test_one_job_is_sent_however_often_its_button_is_pressed_and_comes_back_where_it_is_repeated(
    visitor, bucket, queue
):
    form = {name: text for name, text in TYPED.items() if name != "seed"} | {"drawn_seed": "11"}
    first, second = visitor.press("/portfolio", **form), visitor.press("/portfolio", **form)
    assert job_id_of(first) == job_id_of(second)
    assert len(queue.receive(wait_seconds=0, visibility_seconds=0, at_most=10)) == 1
    job = load_job(bucket, job_id_of(first))
    portfolio = job.experiment
    assert (job.experiment.kind, job.symbol, portfolio.seed) == ("portfolio", "AAPL&MSFT", 11)
    assert [(each.symbol, each.weight) for each in portfolio.holdings] == [("AAPL", 0.5), ("MSFT", 0.4)]
    assert (portfolio.rebalancing.rebalance, portfolio.rebalancing.band) == ("band", 0.05)

    again = visitor.open(first.link("Change and repeat"))
    assert (again.fields["weight.2"], again.fields["band"], again.fields["seed"]) == ("0.4", "0.05", "11")
    assert again.fields["prices.1"] == again.fields["prices.2"] == job.inputs[PRICES]
    assert job_id_of(visitor.post("/portfolio", again.fields)) == job.id, "of the same prices, so it is the same job"


def test_strategies_of_rows_and_of_all_and_a_model_by_hand_come_back_too(visitor, bucket):
    own = {"strategy": "sma-crossover", "sma-crossover.short": "5", "sma-crossover.long": "20", "warm_up": "true"}
    own |= {"model": "normal", "normal.drift": "0.05"}
    page = visitor.press("/portfolio", **TYPED, **own, **{"trades.2": "momentum lookback=10"})
    job = load_job(bucket, job_id_of(page))
    assert [str(each.strategy) for each in job.experiment.holdings] == [
        "sma-crossover, short 5, long 20",
        "momentum, lookback 10, band 0.0",
    ]
    again = visitor.open(page.link("Change and repeat")).fields
    assert job_id_of(visitor.post("/portfolio", again)) == job.id


def test_a_file_is_of_the_row_that_it_was_chosen_in_and_is_kept(visitor, bucket):
    content = load_history("IBM", "sample").bars[["close"]].to_csv().encode()
    form = {name: text for name, text in TYPED.items() if name != "symbol.2"} | {"symbol.2": "MINE"}
    page = visitor.send_file("/portfolio/change", "mine.csv", content, field="file.2", **form)
    assert (page.fields["symbol.2"], page.fields["source.2"], page.fields["weight.2"]) == ("MINE", "csv", "40%")
    assert re.fullmatch("[0-9a-f]{64}", page.fields["prices.2"])
    job = load_job(bucket, job_id_of(visitor.post("/portfolio", page.fields)))
    assert job.experiment.history.sources == ("sample", "csv")
    refused = visitor.send_file("/portfolio", "mine.csv", b"no prices", field="file.2", **form)
    assert (refused.status, problems_of(refused)) == (400, ["file.2"])


def test_a_preview_shows_the_job_and_sends_the_same(visitor, bucket, queue):
    preview = visitor.press("/portfolio", **TYPED, preview="true")
    assert "Preview: Portfolio of AAPL 50 %, MSFT 40 %" in preview.text
    assert queue.depth().empty
    page = visitor.post("/portfolio", preview.fields)
    assert load_job(bucket, job_id_of(page)).experiment.seed == 7


def test_prices_of_a_portfolio_serve_a_simulation_of_one_of_its_symbols(visitor, bucket):
    job = load_job(bucket, job_id_of(visitor.press("/portfolio", **TYPED)))
    of_it = {"prices": job.inputs[PRICES], "source": "sample", "days": "1260", "iterations": "300"}
    alone = load_job(bucket, job_id_of(visitor.send_job(**of_it, symbol="MSFT")))
    assert alone.symbol == "MSFT"
    refused = visitor.send_job(**of_it, symbol="IBM")
    assert (refused.status, problems_of(refused)) == (400, ["symbol"])
    assert "are of AAPL, MSFT, not of IBM" in refused.words["symbol-problem"]
