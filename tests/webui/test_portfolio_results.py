"""The page of a portfolio that is done: sentence, tables, charts, report, and the way back to the form."""

import html
import re

import pytest

from fleet import keys
from fleet.job import Job
from fleet.job_store import load_job
from fleet.new_job import make_portfolio_job
from fleet.progress import state
from fleet.submit import submit
from montecarlo.data.joint_history import align
from montecarlo.data.sources import load_history
from montecarlo.experiments.holdings import holdings_of
from montecarlo.experiments.portfolio import SURVIVORSHIP

CHARTS = [
    "fan",
    "contributions",
    "beating",
    "returns",
    "frontier",
    "correlations",
    "stylized_facts",
    "equity",
    "drawdowns",
]


@pytest.fixture(scope="module")
def prices():
    return align([load_history(symbol, "sample") for symbol in ("AAPL", "MSFT", "IBM")])


@pytest.fixture
def portfolio_job(*, queue, bucket, do_job, prices) -> Job:
    held = holdings_of(prices, {"AAPL": 0.4, "MSFT": 0.3, "IBM": 0.2})
    job = make_portfolio_job(prices, held, model="normal", days=25, iterations=300, seed=7, uncertainty=True)
    if state(bucket, job.id) != "complete":  # as another test has left it
        submit(job, prices, queue, bucket)
        do_job(job)
    return job


def test_the_page_says_what_came_of_it_in_words_and_in_tables(visitor, portfolio_job):
    page = visitor.open(f"/jobs/{portfolio_job.id}")
    assert page.status == 200
    told = visitor.ask(f"/api/jobs/{portfolio_job.id}/results").value
    assert page.text.count("(survivorship)") == told["warnings"].count(SURVIVORSHIP) == 1
    assert html.escape(told["sentence"], quote=False) in page.text.replace("&#39;", "'")
    parts = page.text.split('<h2 id="parts">')[1].split("</table>")[0]
    for line in told["tables"]["contributions"]:
        assert f'<th scope="row">{line["symbol"]}</th>' in parts
    assert sum(line["expected_shortfall_95"] for line in told["tables"]["contributions"]) == pytest.approx(
        {line["statistic"]: line["value"] for line in told["tables"]["summary"]}["expected_shortfall_95"], abs=1e-9
    )
    for heading in ("What it beats", "Stylized facts", "What it is worth", "Summary"):
        assert heading in page.text


def test_every_chart_of_it_is_drawn_and_the_report_has_them_all(visitor, portfolio_job):
    page = visitor.open(f"/jobs/{portfolio_job.id}")
    addresses = re.findall(r'data-figure-url="([^"]*/charts/(\w+)[^"]*)"', page.text)
    assert [name for _, name in addresses] == [*CHARTS, "drifts"]
    for address, _ in addresses:
        assert visitor.ask(html.unescape(address)).value["data"]
    report = visitor.open(f"/jobs/{portfolio_job.id}/report.html")
    assert report.status == 200
    assert "Symbol by symbol" in report.text


def test_its_place_on_the_frontier_is_that_of_its_weights(visitor, portfolio_job):
    figure = visitor.ask(f"/api/jobs/{portfolio_job.id}/charts/frontier").value
    [asked] = [trace for trace in figure["data"] if trace.get("name") == "yours"]
    assert "AAPL 40 %" in str(asked["customdata"])


def test_it_stands_in_lists_with_what_tells_it_apart(visitor, portfolio_job):
    page = visitor.open("/jobs?kind=portfolio")
    assert portfolio_job.id in page.text
    assert "5 % value at risk" in page.text


def test_it_can_be_run_again_with_another_seed_and_its_damage_is_said(visitor, bucket, queue, portfolio_job):
    again = visitor.press(f"/jobs/{portfolio_job.id}/again", drawn_seed="8")
    assert load_job(bucket, again.url.rsplit("/", 1)[-1]).experiment.seed == 8
    key = keys.result_key(portfolio_job.id, "contributions.csv")
    whole = bucket.get(key)
    bucket.put(key, b"symbol,weight\nAAPL,much\n")
    page = visitor.open(f"/jobs/{portfolio_job.id}")
    assert "Damaged in the bucket" in page.text
    assert "contributions.csv" in page.text
    bucket.put(key, whole)
