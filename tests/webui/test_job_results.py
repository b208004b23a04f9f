"""What can be read, taken away and done again on the page of a complete job."""

import html
import json
import re
import time
from dataclasses import replace

import pytest

from fleet import keys, partial_results
from fleet.job import Job
from fleet.job_store import load_job
from fleet.new_job import make_job, make_sweep_job
from fleet.queue import Queue
from fleet.results import sentence
from montecarlo.charts.invested import MOST_POINTS
from montecarlo.strategies import SmaCrossover
from montecarlo.strategies.own_rule import OwnRule
from montecarlo.wording import count
from tests.webui.conftest import Page
from webui.results.kinds import KINDS


@pytest.fixture
def done(job: Job, submit_job, do_job):
    """A complete job of the test's own."""

    def of(seed: int, **changes: object) -> Job:
        mine = job.with_experiment(seed=seed, **changes)
        submit_job(mine)
        do_job(mine)
        return mine

    return of


def job_id_of(page: Page) -> str:
    return page.url.rsplit("/", 1)[-1]


def times_sent(queue: Queue, job: Job) -> int:
    """How often it is on the queue, which is empty then."""
    found = 0
    while messages := queue.receive(wait_seconds=0, visibility_seconds=30, at_most=10):
        found += sum(job.id in message.body for message in messages)
        for message in messages:
            queue.delete(message)
    return found


def test_the_page_its_report_and_its_json_begin_with_the_same_sentence(visitor, bucket, done):
    job = done(2001, uncertainty=True)
    said = sentence(bucket, job)
    assert said.startswith("In 500 futures like AAPL's past, the rule loses money in ")
    assert " % if the drift is as uncertain as its history says)" in said
    page = visitor.open(f"/jobs/{job.id}")
    assert f'<p class="sentence">{html.escape(said, quote=False).replace(chr(39), "&#39;")}</p>' in page.text
    report = visitor.open(page.link("Report"))
    assert said in html.unescape(report.text)
    told = visitor.open(page.link("results.json"))
    assert json.loads(told.text)["sentence"] == said


def test_a_report_names_no_address_and_has_all_that_the_page_has(visitor, done):
    job = done(2002, uncertainty=True)
    page = visitor.open(f"/jobs/{job.id}")
    report = visitor.open(page.link("Report"))
    assert report.headers["Content-Disposition"] == f'attachment; filename="{job.id}.html"'
    markup = re.sub(r"<script.*?</script>|<style>.*?</style>", "", report.text, flags=re.DOTALL)
    assert not re.search(r"(src|href|action)=", markup)
    assert "default-src 'none'" in markup
    [figures] = re.findall(r'<script type="application/json" id="figures">(.*?)</script>', report.text, re.DOTALL)
    assert "<" not in figures, "no name in a chart ends the element that it stands in, or begins another"
    assert {"fan", "returns"} <= json.loads(figures).keys()
    for heading in re.findall(r"<h2[^>]*>([^<]*)</h2>", page.text):
        assert heading in report.text, heading
    for name, value in re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page.text):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in report.text
    assert "1 move of more than 40 %" in report.text
    assert "computed it in" in report.text
    assert len(report.text) < 3_000_000


def test_charts_are_of_the_paths_and_exposure_of_the_first_rows(visitor, done, bucket):
    job = done(2003, iterations=5000, rows=True)
    page = visitor.open(f"/jobs/{job.id}")
    assert f"Of the first {MOST_POINTS:,} paths." in page.text
    drawn = {
        name: visitor.ask(f"/api/jobs/{job.id}/charts/{name}").value["data"]
        for name in ("fan", "returns", "drawdowns", "exposure")
    }
    assert any((trace.get("name") or "").startswith("buy and hold") for trace in drawn["returns"])
    tally = partial_results.load(bucket, job)
    assert tally.hold.counts.sum() == 5000
    mode = next(trace for trace in drawn["exposure"] if trace["mode"] == "markers")
    assert mode["name"] == "a path"
    assert "How the odds change with the drift" not in page.text, "it was not asked for"


def test_without_rows_it_is_said_why_exposure_is_not_drawn(visitor, done):
    job = done(2004, rows=False)
    page = visitor.open(f"/jobs/{job.id}")
    assert "Exposure against result" not in page.text
    assert "so exposure is not drawn against result" in page.text
    refused = visitor.ask(f"/api/jobs/{job.id}/charts/exposure")
    assert refused.status == 404
    assert "keeps no rows" in refused.value["detail"]


def test_one_path_has_a_sentence_charts_and_a_report_too(visitor, done):
    job = done(2014, iterations=1, rows=True)
    page = visitor.open(f"/jobs/{job.id}")
    assert "In the one future like AAPL&#39;s past that was simulated, the rule " in page.text
    assert "undefined" in page.text
    for name in ("fan", "returns", "drawdowns", "exposure"):
        assert visitor.open(f"/api/jobs/{job.id}/charts/{name}?theme=dark").status == 200
    assert visitor.open(page.link("Report")).status == 200


def test_a_job_runs_again_with_another_seed_on_the_same_prices_and_twice_pressed_is_once(visitor, queue, bucket, done):
    job = done(2005)
    fields = visitor.open(f"/jobs/{job.id}").fields
    pressed = [visitor.press(f"/jobs/{job.id}/again", drawn_seed=fields["drawn_seed"]) for _ in range(2)]
    assert pressed[0].url == pressed[1].url
    again = load_job(bucket, job_id_of(pressed[0]))
    assert again == job.with_experiment(seed=int(fields["drawn_seed"]))
    assert again.id != job.id
    assert "queued" in pressed[1].text
    assert times_sent(queue, again) == 1
    assert visitor.open(f"/jobs/{job.id}").fields["drawn_seed"] != fields["drawn_seed"], "the next press is another job"


def test_a_job_without_its_prices_cannot_run_again_and_the_page_says_so(visitor, bucket, done):
    job = replace(done(2006), inputs={"prices": "ab" * 32})
    bucket.put(keys.job_key(job.id), job.to_json())
    page = visitor.press(f"/jobs/{job.id}/again", drawn_seed="7")
    assert f"It cannot be run again: there is no prices/{'ab' * 32}.csv" in page.text


def test_sending_again_twice_sends_once(visitor, queue, bucket, job, submit_job):
    mine = job.with_experiment(seed=2007)
    submit_job(mine)
    visitor.press(f"/jobs/{mine.id}/cancel")
    for _ in range(2):
        visitor.press(f"/jobs/{mine.id}/send")
    assert times_sent(queue, mine) == 2, "when it was submitted, and when it was sent again"


def test_the_page_of_a_job_that_cannot_be_read_has_ways_out(visitor, bucket, job):
    mine = job.with_experiment(seed=2008)
    bucket.put(keys.job_key(mine.id), b"{}")
    page = visitor.open(f"/jobs/{mine.id}")
    assert page.status == 409
    assert "This job cannot be read" in page.text
    assert f"Cannot read jobs/{mine.id}/job.json" in page.text
    assert '<a class="button primary" href="/">New simulation</a>' in page.text
    assert visitor.open(page.link("To the jobs")).status == 200


def test_a_job_waits_behind_those_before_it(visitor, submit_job, job):
    mine = [job.with_experiment(seed=seed) for seed in (2009, 2010)]
    for each in mine:
        submit_job(each)
        time.sleep(1)  # S3 tells times to the second
    told = visitor.ask(f"/api/jobs/{mine[-1].id}").value
    assert told["ahead"] >= 1
    behind = f"waiting behind {count(told['ahead'], 'job')}"
    assert behind in told["progress"]
    assert "behind" not in told["waiting"], "it is said once"
    assert behind in visitor.open(f"/jobs/{mine[-1].id}").text
    for each in mine:
        visitor.press(f"/jobs/{each.id}/cancel")


@pytest.fixture(scope="module")
def swept(history) -> Job:
    over = {"short": (5, 10), "long": (20, 30)}
    return make_sweep_job(history, strategy=SmaCrossover(), over=over, days=60, iterations=50, seed=2012)


def test_a_combination_leads_to_the_form_and_once_it_is_simulated_to_its_job(
    *, visitor, bucket, submit_job, do_job, swept
):
    submit_job(swept)
    do_job(swept)
    address = f"/jobs/{swept.id}/alone?short=10&long=20"
    form = visitor.open(address)
    assert (form.fields["sma-crossover.short"], form.fields["sma-crossover.long"]) == ("10", "20")
    assert (form.fields["seed"], form.fields["prices"]) == ("2012", swept.inputs["prices"])
    sent = visitor.post("/jobs", form.fields)
    assert load_job(bucket, job_id_of(sent)).experiment.strategy == SmaCrossover(10, 20)
    assert visitor.open(address).url == sent.url
    unknown = visitor.open(f"/jobs/{swept.id}/alone?short=10&long=21")
    assert "there is none with short 10, long 21" in unknown.text
    assert job_id_of(unknown) == swept.id


def test_before_its_end_a_sweep_has_a_map_and_what_choosing_seems_to_be_worth(swept):
    total = swept.experiment.run(0, 30)
    assert KINDS["sweep"].so_far is not None
    told = KINDS["sweep"].so_far(swept, total, 30)
    assert [line.name for line in told["lines"]] == [
        "Validated return", "Chosen return", "Average return", "Validated rank"
    ]  # fmt: skip
    assert all(re.fullmatch(r"-?[\d,.]+( %)?", line.value) for line in told["lines"])
    assert told["charts"]["map"].data[0].z.shape == (2, 2)


def test_the_map_of_a_sweep_shows_the_statistic_of_the_address(visitor, submit_job, do_job, swept):
    submit_job(swept)
    do_job(swept)
    page = visitor.open(f"/jobs/{swept.id}?statistic=probability_of_loss")
    assert page.fields["statistic"] == "probability_of_loss"
    assert f'data-figure-url="/api/jobs/{swept.id}/charts/map?statistic=probability_of_loss"' in page.text
    assert "below the capital" in visitor.ask(
        f"/api/jobs/{swept.id}/charts/map?statistic=probability_of_loss"
    ).value["layout"]["title"]["text"]  # fmt: skip
    assert visitor.open(f"/jobs/{swept.id}?statistic=nonsense").fields["statistic"] == "return_mean"
    refused = visitor.ask(f"/api/jobs/{swept.id}/charts/map?statistic=nonsense")
    assert refused.status == 400
    assert "must be one of return_mean" in refused.value["problems"]["statistic"]


def test_a_rule_of_ones_own_that_is_not_allowed_here_is_not_run_again(serve_web, bucket, history):
    rule = OwnRule(file="mine.py", digest="1" * 64, settings={}, first=0)
    job = make_job(history, strategy=rule, days=60, iterations=20, seed=2013)
    bucket.put(keys.job_key(job.id), job.to_json())
    page = serve_web().press(f"/jobs/{job.id}/again", drawn_seed="7")
    assert job_id_of(page) == job.id
    assert "can be run here once the web UI is started with" in page.text
