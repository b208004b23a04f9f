"""The page of a job, from the form to its CSV."""

import hashlib
import html
import io
import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from fleet import failures, keys, markers
from fleet.dead_letters import dead_letter, peek
from fleet.job_store import load_job
from fleet.message import Shard
from fleet.new_job import make_job
from fleet.shards import key_of
from fleet.submit import submit
from fleet.tree import Range
from montecarlo.experiments.left_open import DRAWS
from montecarlo.experiments.simulate import simulate
from montecarlo.models import MODELS
from montecarlo.statistics.summary import summary_to_csv
from montecarlo.strategies import BollingerReversion, Momentum, SmaCrossover
from webui.display import with_code

SMALL = {"short": "5", "long": "20", "days": "60", "iterations": "500"}


def job_id_of(page) -> str:
    return page.url.rsplit("/", 1)[-1]


def test_a_job_sent_through_the_form_is_done_by_a_worker_and_its_csv_is_what_the_library_says(
    visitor, bucket, start_worker, eventually
):
    page = visitor.send_job(**SMALL)
    assert page.status == 200
    assert "queued" in page.text
    path = f"/jobs/{job_id_of(page)}"

    start_worker("--drain")
    eventually(lambda: json.loads(visitor.open(f"/api{path}").text)["state"] == "complete")

    simulation = load_job(bucket, job_id_of(page)).experiment
    expected = simulate(simulation.model, simulation.strategy, days=60, iterations=500, seed=simulation.seed)
    rows = visitor.open(f"{path}/paths.csv")
    assert rows.headers["Content-Type"].startswith("text/csv")
    found = pd.read_csv(io.StringIO(rows.text))
    pd.testing.assert_frame_equal(found, expected.paths, check_exact=True)
    summary = visitor.open(f"{path}/summary.csv").text
    assert summary.encode() == summary_to_csv(expected.summary)

    done = visitor.open(path)
    median = expected.summary.set_index("statistic").loc["return_median"]
    assert f"{100 * median['value']:,.2f} %" in done.text
    assert f"{100 * median['low']:,.2f} % to {100 * median['high']:,.2f} %" in done.text
    assert f'href="{path}/paths.csv"' in done.text
    assert f'href="{path}/summary.csv"' in done.text

    expected_range = expected.headline["probability_of_loss"].partition(", ")[2]
    assert expected_range.startswith("range ")
    assert f'<small class="range">{expected_range}</small>' in done.text
    assert '<th scope="row" class="whole">-2 standard errors</th>' in done.text
    table = pd.read_csv(io.StringIO(visitor.open(f"{path}/uncertainty.csv").text), keep_default_na=False)
    assert list(table.columns) == list(expected.uncertainty_table.columns)
    drawn = json.loads(visitor.open(f"/api{path}/charts/drifts").text)
    assert len(drawn["data"][0]["x"]) == DRAWS


def facts_of(page) -> dict[str, str]:
    """What a job's page says of what determines the answer."""
    return {name: html.unescape(value) for name, value in re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page.text)}


def test_the_page_states_rules_costs_seed_and_what_is_doubtful_about_the_prices(visitor):
    page = visitor.send_job(**SMALL, seed="4711")
    facts = facts_of(page)
    assert facts["Prices"] == "AAPL from sample"
    assert facts["Short window"] == "5 trading days"
    assert facts["Iterations"] == "500 paths"
    assert facts["Capital"] == "100,000 dollars"
    assert facts["Shares"] == "as many as cash can pay"
    assert facts["Fill"] == "next-close"
    assert facts["Commission"] == facts["Slippage"] == "0.05 % of the traded value"
    assert facts["Risk-free rate"] == "0 % per year"
    assert facts["Warm-up"] == facts["Sell short"] == "no"
    assert facts["Keep rows"] == "yes"
    assert facts["Seed"] == "4711"
    assert "1 move of more than 40 %" in page.text


@pytest.mark.parametrize("model", MODELS)
def test_the_page_states_all_that_the_job_has(*, visitor, submit_job, history, model):
    strategy = BollingerReversion(window=10, width=1.25, shorting=True)
    job = make_job(history, model=model, strategy=strategy, days=300, iterations=1, warm_up=True, seed=7, shares=1)
    submit_job(job)
    page = visitor.open(f"/jobs/{job.id}")
    facts = facts_of(page)
    assert facts.keys() >= {parameter.label for parameter, _ in job.experiment.facts()}
    assert facts["Model"] == model
    assert facts["Drift"].endswith(" % per year")
    assert facts["Strategy"] == "Reversion from Bollinger's bands"
    assert (facts["Width"], facts["Sell short"]) == ("1.25 standard deviations", "yes")
    assert (facts["Warm-up"], facts["Shares"], facts["Iterations"]) == ("9 real closes", "1 share", "1 path")
    assert facts["Days"] == "300 trading days (1.2 years)"
    assert f"<h1>AAPL, {strategy}</h1>" in page.text


def test_a_symbol_with_an_ampersand_stands_in_pages_and_addresses(visitor, submit_job, history):
    job = replace(make_job(history, iterations=1, days=300, seed=7), symbol="M&M.NS")
    submit_job(job)
    page = visitor.open(f"/jobs/{job.id}")
    assert facts_of(page)["Prices"] == "M&M.NS from sample"
    assert "<h1>M&amp;M.NS, " in page.text
    [repeat] = re.findall(r'href="(/\?[^"]*)">Change and repeat', page.text)
    assert visitor.open(html.unescape(repeat)).fields["symbol"] == "M&M.NS"
    assert "M&amp;M.NS, " in visitor.open("/").text


def test_a_cancelled_job_can_be_sent_again_under_the_same_id(visitor, queue):
    page = visitor.send_job(**SMALL)
    path = f"/jobs/{job_id_of(page)}"

    cancelled = visitor.press(f"{path}/cancel")
    assert cancelled.url == page.url
    assert "cancelled" in cancelled.text

    again = visitor.press(f"{path}/send")
    assert again.url == page.url
    assert "queued" in again.text
    assert queue.depth().visible == 2


@pytest.mark.parametrize("action", ["cancel", "send"])
def test_buttons_need_their_token(visitor, queue, action):
    page = visitor.send_job(**SMALL)
    refused = visitor.post(f"/jobs/{job_id_of(page)}/{action}", {})
    assert refused.status == 400
    assert "press the button once more" in refused.text
    assert "queued" in visitor.open(f"/jobs/{job_id_of(page)}").text
    assert queue.depth().visible == 1


def test_a_failed_job_says_why_and_can_be_sent_again(visitor, queue, bucket):
    page = visitor.send_job(**SMALL)
    job_id = job_id_of(page)
    [message] = queue.receive(wait_seconds=1, visibility_seconds=30)
    dead_letter(queue.dead_letters(), message, "the <disk> is full", "worker-1")
    queue.delete(message)
    failures.give_up(bucket, Shard(job_id, Range(0, 500)), "the <disk> is full")
    failed = visitor.open(f"/jobs/{job_id}")
    assert "the &lt;disk&gt; is full" in failed.text
    assert "Send again" in failed.text

    again = visitor.press(f"/jobs/{job_id}/send")
    assert "queued" in again.text
    assert "the &lt;disk&gt; is full" not in again.text
    [sent] = queue.receive(wait_seconds=1, visibility_seconds=30)
    queue.delete(sent)
    assert sent.body == message.body
    with peek(queue.dead_letters()) as letters:
        assert [letter for letter in letters if letter.shard and letter.shard.job_id == job_id] == []


def test_progress_counts_units(visitor):
    page = visitor.send_job(**SMALL)
    status = json.loads(visitor.open(f"/api/jobs/{job_id_of(page)}").text)
    expected = {
        "job_id": job_id_of(page),
        "state": "queued",
        "done": 0,
        "units": 500,
        "unit": "path",
        "expected_units": 500,
        "standing": None,
        "units_per_second": None,
        "seconds_left": None,
        "workers": [],
    }
    assert {name: status[name] for name in expected} == expected
    assert status["progress"].startswith("0 of 500 paths (0 %)")


def test_how_far_a_job_that_runs_has_come_is_told_in_the_list_and_on_its_page(visitor, bucket):
    page = visitor.send_job(**{**SMALL, "iterations": "777"})
    assert "0 of 777 paths" not in visitor.open("/").text
    markers.write_marker(bucket, keys.running_key(job_id_of(page)))
    for path in ("/", f"/jobs/{job_id_of(page)}"):
        assert "0 of 777 paths (0 %)" in visitor.open(path).text


def test_a_job_that_stops_when_it_is_precise_shows_the_interval_and_an_estimate_of_the_paths(visitor, bucket, do_job):
    page = visitor.send_job(**{**SMALL, "iterations": "20000"}, precision=" probability_of_loss = 0.0100", rows="true")
    job = load_job(bucket, job_id_of(page))
    assert "<dt>Precision</dt><dd>probability_of_loss=0.01</dd>" in page.text
    assert "at most 20,000 paths of 60 days" in visitor.open("/").text
    first = next(job.tree.leaves())
    bucket.put(keys.tally_key(job.id, first, []), job.experiment.run(*first).to_bytes())
    words = "4,096 paths: ± 1.5 points of probability_of_loss, wanted ± 1; an estimated 12,288 needed (33 %)"
    page = visitor.open(f"/jobs/{job.id}")
    assert words in page.text
    assert '<progress aria-labelledby="progress" value="4096" max="12288">' in page.text
    status = json.loads(visitor.open(f"/api/jobs/{job.id}").text)
    assert (status["units"], status["expected_units"]) == (20_000, 12_288)
    assert status["progress"].startswith(words)

    do_job(job)
    page = visitor.open(f"/jobs/{job.id}")
    assert status["standing"] == "± 1.5 points of probability_of_loss, wanted ± 1"
    assert "precision was not reached" not in page.text
    form = visitor.open(page.link("Change and repeat"))
    assert form.fields["precision"] == "probability_of_loss=0.01"
    assert ", precision probability_of_loss=0.01</small>" in form.text


def test_a_job_that_another_engine_has_left_is_not_sent_again_and_the_page_says_why(visitor, bucket):
    job = load_job(bucket, job_id_of(visitor.send_job(**SMALL)))
    older = replace(job, engine="4")
    markers.write_marker(bucket, keys.submitted_key(older.id))
    bucket.put(keys.job_key(older.id), older.to_json())
    page = visitor.open(f"/jobs/{older.id}")
    assert "An older version has made it: submit it anew." in page.text
    assert "Send again" not in page.text
    page = visitor.press(f"/jobs/{older.id}/send")
    assert "needs engine 4, and workers of this version have " in page.text


def test_a_precision_that_was_not_reached_is_worth_knowing(visitor, bucket, do_job):
    page = visitor.send_job(**{**SMALL, "iterations": "5000"}, precision="probability_of_loss=1%")
    do_job(load_job(bucket, job_id_of(page)))
    page = visitor.open(f"/jobs/{job_id_of(page)}")
    assert "The precision was not reached with 5,000 paths: ± " in page.text
    assert " % of probability_of_loss, wanted ± 1; that may take " in page.text


def test_without_script_the_page_of_an_unfinished_job_reloads_itself(visitor):
    assert re.search(r'<noscript><meta http-equiv="refresh" content="\d+"></noscript>', visitor.send_job(**SMALL).text)


def test_the_newest_jobs_are_listed_first_with_their_states(visitor):
    older, newer = (job_id_of(visitor.send_job(**SMALL, symbol=symbol)) for symbol in ("IBM", "MSFT"))
    visitor.press(f"/jobs/{older}/cancel")
    text = visitor.open("/").text
    assert text.index(f'href="/jobs/{newer}"') < text.index(f'href="/jobs/{older}"')
    listed = text[text.index(f'href="/jobs/{older}"') :]
    assert re.search(r'class="state state-(\w+)', listed)[1] == "cancelled"


def test_the_list_tells_jobs_apart(visitor):
    visitor.send_job(**SMALL, model="bootstrap", shorting="true")
    text = visitor.open("/").text
    assert ">AAPL, sma-crossover, short 5, long 20, shorting</a>" in text
    assert "500 paths of 60 days, bootstrap model" in text


def test_a_job_can_be_changed_and_repeated(visitor):
    page = visitor.send_job(**SMALL, symbol="GOOG", model="gbm", seed="7")
    form = visitor.open(page.link("Change and repeat"))
    expected = {"symbol": "GOOG", "model": "gbm", "source": "sample", "strategy": "sma-crossover", "days": "60"}
    expected |= {"sma-crossover.short": "5", "sma-crossover.long": "20", "iterations": "500", "seed": "7", "rows": ""}
    expected |= {"start": "", "end": "", "years": ""}
    assert {name: form.fields[name] for name in expected} == expected
    assert re.fullmatch("[0-9a-f]{64}", form.fields["prices"])
    assert "GOOG from sample" in form.text
    assert "2004-08-19 to 2013-03-01" in form.text


def test_all_that_a_job_has_stays_when_it_is_changed_and_repeated(visitor, bucket, submit_job, history):
    rules = {"capital": 5000.0, "shares": 12.0, "commission": 0.0, "fill": "same-close", "risk_free": 0.02}
    strategy = Momentum(lookback=20, band=0.0125, shorting=True)
    job = make_job(
        history,
        strategy=strategy,
        days=60,
        iterations=500,
        seed=7,
        warm_up=True,
        rows=False,
        model="student_t",
        **rules,
    )
    submit_job(job)
    form = visitor.open(visitor.open(f"/jobs/{job.id}").link("Change and repeat"))
    changed = {**form.fields, "momentum.lookback": "21"}
    for fields in (changed, visitor.post("/jobs", {**changed, "preview": "true"}).fields):
        sent = load_job(bucket, job_id_of(visitor.post("/jobs", fields)))
        assert sent.inputs == job.inputs, "the same prices, though the source has more of them"
        again = sent.experiment
        assert again.rules == job.experiment.rules
        assert again.strategy == strategy.with_values(lookback=21)
        assert (len(again.warm_up), again.rows, again.model.name) == (21, False, "student_t")
        assert again.seed == 7, "so the two can be compared path by path"


@pytest.mark.parametrize("source", ["sample", "yfinance", "csv"])
def test_a_repeated_job_has_the_very_prices_wherever_they_came_from(*, visitor, queue, bucket, history, source):
    prices = replace(history, source=source, symbol="ACME")
    job = make_job(prices, strategy=SmaCrossover(5, 20), days=60, iterations=500, seed=7)
    submit(job, prices, queue, bucket)
    form = visitor.open(visitor.open(f"/jobs/{job.id}").link("Change and repeat"))
    assert (form.fields["symbol"], form.fields["source"], form.fields["prices"]) == (
        "ACME",
        source,
        job.inputs["prices"],
    )
    assert f"ACME from {source}" in form.text
    again = load_job(bucket, job_id_of(visitor.post("/jobs", {**form.fields, "days": "61"})))
    assert (again.symbol, again.source, again.inputs) == ("ACME", source, job.inputs)
    assert again.experiment.warnings == job.experiment.warnings

    let_go = visitor.post("/change", {**form.fields, "let_go": "prices", "days": "61"})
    assert (let_go.fields["prices"], let_go.fields["days"]) == ("", "61")
    assert let_go.fields["source"] == ("sample" if source == "csv" else source)


def test_a_job_whose_prices_are_gone_is_not_repeated_with_other_days_in_silence(visitor, submit_job, job, bucket):
    submit_job(job)
    bucket.delete(keys.input_key("prices", job.inputs["prices"]))
    form = visitor.open(visitor.open(f"/jobs/{job.id}").link("Change and repeat"))
    assert form.fields["prices"] == ""
    assert job.inputs["prices"] in form.text


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\n\xff\n", b"date,close\nx,1\n"])
@pytest.mark.parametrize("what", ["prices", "rule"])
def test_what_is_damaged_of_a_job_is_said_where_it_is_repeated(visitor, bucket, what, content):
    for digest in ("0" * 64, hashlib.sha256(content).hexdigest()):
        if what == "rule" and digest != "0" * 64 and content:
            continue  # any text may be a rule
        bucket.put(keys.input_key(what, digest), content)
        form = visitor.open(f"/?{what}={digest}&strategy={'own-rule' if what == 'rule' else 'sma-crossover'}")
        assert form.status == 200
        assert f"annot read {keys.input_key(what, digest)}: " in form.text
        assert form.fields["prices"] == ""
        assert what == "prices" or form.fields["rule"] == ""


def test_commands_in_messages_are_shown_as_code_and_nothing_else_as_anything():
    assert with_code("try `spotmc jobs`, <b>`a` & `b") == (
        "try <code>spotmc jobs</code>, &lt;b&gt;<code>a</code> &amp; `b"
    )


def test_jobs_of_one_setting_are_told_apart_in_the_list(visitor):
    ids = [job_id_of(visitor.send_job(**SMALL, seed=seed)) for seed in ("1", "2")]
    rows = visitor.open("/").text
    assert all(f"<code>{job_id[-12:]}</code>" in rows for job_id in ids)


def test_rows_that_were_not_kept_are_not_offered(visitor, submit_job, history, do_job):
    job = make_job(history, strategy=SmaCrossover(5, 20), days=60, iterations=500, seed=7, rows=False)
    submit_job(job)
    do_job(job)
    page = visitor.open(f"/jobs/{job.id}")
    assert "summary.csv" in page.text
    assert "paths.csv" not in page.text
    assert "rows of single paths were not kept" in page.text
    rows = visitor.open(f"/jobs/{job.id}/paths.csv")
    assert rows.status == 404
    assert "keeps no paths.csv" in rows.text


@pytest.mark.parametrize("path", ["jobs/{}/paths.csv", "jobs/{}/summary.csv", "api/jobs/{}/charts/fan"])
def test_results_that_are_not_there_yet_are_explained(visitor, path):
    page = visitor.open(f"/{path.format(job_id_of(visitor.send_job(**SMALL)))}")
    assert page.status == 404
    assert "not complete" in page.text


@pytest.mark.parametrize("job_id", ["AAPL-5-20-0123456789ab", "..%2F..%2Fprices", "<b>", "A" * 2000])
@pytest.mark.parametrize("rest", ["", "/summary.csv", "/paths.csv", "/bogus.json"])
def test_an_unknown_job_is_a_page_of_its_own(visitor, job_id, rest):
    page = visitor.open(f"/jobs/{job_id}{rest}")
    assert page.status == 404
    assert "<b>" not in page.text
    assert "To the jobs" in page.text


def test_a_job_that_was_altered_is_explained(visitor, bucket):
    job_id = job_id_of(visitor.send_job(**SMALL))
    bucket.put(keys.job_key(job_id), bucket.get(keys.job_key(job_id)).replace(b'"iterations":500', b'"iterations":501'))
    page = visitor.open(f"/jobs/{job_id}")
    assert page.status == 409
    assert f"Cannot read jobs/{job_id}/job.json: the job was altered" in page.text
    home = visitor.open("/")
    assert home.status == 200
    row = home.text[home.text.index(f'"/jobs/{job_id}"') :].partition("</tr>")[0]
    assert "unreadable" in row
    assert f"Cannot read jobs/{job_id}/job.json" in row


@pytest.fixture
def done_job(job, submit_job, do_job):
    """One of the test's own, for it to damage."""

    def done(seed: int):
        mine = job.with_experiment(seed=seed)
        submit_job(mine)
        do_job(mine)
        return mine

    return done


@pytest.mark.parametrize("damage", [b"", b"hello", b"\xff\x00", b"statistic,value\nreturn_mean,1\n"])
def test_damaged_results_are_told_on_the_page_and_in_place_of_the_pictures(visitor, done_job, bucket, damage):
    job = done_job(seed=1001)
    bucket.put(keys.summary_key(job.id), damage)
    page = visitor.open(f"/jobs/{job.id}")
    assert page.status == 200
    assert "complete" in page.text
    assert f"Cannot read jobs/{job.id}/summary.csv" in page.text
    assert "delete it, then submit the same job again" in page.text
    for path in (f"/api/jobs/{job.id}/charts/returns", f"/jobs/{job.id}/summary.csv"):
        answer = visitor.open(path)
        assert answer.status == 409
        assert f"Cannot read jobs/{job.id}/summary.csv" in answer.text
    assert visitor.open(f"/api/jobs/{job.id}/charts/fan").status == 200


@pytest.mark.parametrize("damage", [None, b"", b"{}", b"[" * 100_000, b"\xff"])
def test_damaged_tallies_are_told_in_place_of_the_pictures(visitor, done_job, bucket, damage):
    job = done_job(seed=1002)
    key = key_of(job, job.tree.root)
    bucket.delete(key) if damage is None else bucket.put(key, damage)
    for name in ("returns", "fan"):
        picture = visitor.open(f"/api/jobs/{job.id}/charts/{name}")
        assert picture.status == 409
        assert key in picture.text
    assert "Median return" in visitor.open(f"/jobs/{job.id}").text
    assert f"delete it and {keys.summary_key(job.id)}, then" in picture.text or damage is None


def test_a_job_with_megabytes_of_warnings_has_a_short_page_and_the_rest_by_link(visitor, submit_job, job):
    model = replace(job.experiment.model, warnings=tuple(f"odd day {n} {'x' * 900}" for n in range(10_000)))
    job = job.with_experiment(model=model)
    submit_job(job)
    page = visitor.open(f"/jobs/{job.id}")
    assert len(page.text) < 50_000
    assert "Odd day 19 x" in page.text
    rest = visitor.open(page.link("All of 10,000 warnings, in full"))
    assert rest.text.splitlines() == list(model.warnings)


def test_a_file_that_this_kind_of_job_has_not_is_a_page_of_its_own(visitor, submit_job, job, do_job):
    submit_job(job)
    do_job(job)
    for name in ("sweep.csv", "job.json"):
        page = visitor.open(f"/jobs/{job.id}/{name}")
        assert page.status == 404
        assert "To the jobs" in page.text
