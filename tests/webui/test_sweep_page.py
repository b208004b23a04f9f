"""The page of a sweep."""

import html
import io
import json
import re
from base64 import b64decode

import numpy as np
import pandas as pd
import pytest

from fleet.job import Job
from fleet.job_store import load_job
from fleet.new_job import make_sweep_job
from fleet.submit import submit
from montecarlo.data.sources import load_history
from montecarlo.experiments.run import run_to_folder
from montecarlo.experiments.selection_bias import FOLLOWED, VALIDATED
from montecarlo.experiments.sweep_tally import COLUMNS as OF_TABLE
from montecarlo.experiments.sweeping import in_words
from montecarlo.statistics.summary import summary_from_csv
from montecarlo.strategies import BollingerReversion, Breakout, SmaCrossover
from webui.results.sweep import BIAS, COLUMNS


@pytest.fixture(scope="module")
def sweep_job(history) -> Job:
    """Twelve combinations, of which eleven can be traded."""
    over = {"short": range(5, 25, 5), "long": (20, 30, 40)}
    return make_sweep_job(history, strategy=SmaCrossover(shorting=True), over=over, days=60, iterations=300, seed=7)


def numbers_of(row: str) -> list[str]:
    return [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>([^<]+)</t[hd]>", row)]


def test_a_sweep_is_listed_and_followed_like_any_job(visitor, submit_job, sweep_job):
    submit_job(sweep_job)
    title = "AAPL, sweep of short and long: 11 combinations, sma-crossover"
    assert title in visitor.open("/").text
    page = visitor.open(f"/jobs/{sweep_job.id}")
    assert f"<h1>{title}</h1>" in page.text
    assert "0 of 300 paths (0 %)" in page.text
    status = json.loads(visitor.open(f"/api/jobs/{sweep_job.id}").text)
    assert (status["state"], status["done"], status["units"], status["unit"]) == ("queued", 0, 300, "path")
    assert "cancelled" in visitor.press(f"/jobs/{sweep_job.id}/cancel").text
    assert "queued" in visitor.press(f"/jobs/{sweep_job.id}/send").text
    for path in ("jobs/{}/sweep.csv", "jobs/{}/summary.csv", "api/jobs/{}/charts/map"):
        assert "not complete" in visitor.open(f"/{path.format(sweep_job.id)}").text


def test_its_files_are_those_of_a_sweep_in_one_process(visitor, submit_job, do_job, sweep_job, tmp_path):
    submit_job(sweep_job)
    do_job(sweep_job)
    page = visitor.open(f"/jobs/{sweep_job.id}")
    for name, content in run_to_folder(sweep_job.experiment, tmp_path).items():
        assert visitor.open(page.link(name)).text.encode() == content


def test_it_tells_in_words_and_in_numbers_what_it_found(visitor, submit_job, do_job, sweep_job):
    submit_job(sweep_job)
    do_job(sweep_job)
    path = f"/jobs/{sweep_job.id}"
    text = html.unescape(visitor.open(path).text)
    table = pd.read_csv(io.StringIO(visitor.open(f"{path}/sweep.csv").text))
    bias = summary_from_csv(visitor.open(f"{path}/summary.csv").text.encode())
    sentences = in_words(sweep_job.experiment, table, bias, None)
    assert len(sentences) == 4
    assert ">Compare<" not in text, "that page takes simulations alone"
    assert [sentence for sentence in sentences if sentence not in text] == []

    best = table.sort_values("return_mean", ascending=False, kind="stable")
    assert "The 10 best of 11 combinations, by mean return" in text
    rows = [numbers_of(row) for row in text.split("<tr>") if ">Simulate<" in row]
    assert [row[:2] for row in rows] == [[f"{short}", f"{long}"] for short, long in best[["short", "long"]][:10].values]
    assert [row[2] for row in rows] == [f"{100 * value:,.2f} %" for value in best["return_mean"][:10]]

    for statistic, explanation in (VALIDATED | FOLLOWED).items():
        assert BIAS[statistic] in text
        assert explanation[1:] in text
    rank = bias.set_index("statistic").loc["validated_rank"]
    assert f"{rank['value']:.2f}" in text
    assert f"{rank['low']:.2f} to {rank['high']:.2f}" in text


def test_what_it_shows_is_what_a_sweep_has():
    assert set(BIAS) == {*VALIDATED, *FOLLOWED}
    assert set(COLUMNS) <= set(OF_TABLE)


def test_its_facts_are_the_values_that_are_varied(visitor, submit_job, history):
    over = {"window": range(10, 30), "width": (0.5, 1.25, 2.5)}
    job = make_sweep_job(history, strategy=BollingerReversion(), over=over, days=60, iterations=20, warm_up=True)
    submit_job(job)
    text = visitor.open(f"/jobs/{job.id}").text
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", text))
    assert facts["Window"] == "10, 11 … 29 trading days"
    assert facts["Width"] == "0.5, 1.25, 2.5 standard deviations"
    assert (facts["Sell short"], facts["Warm-up"]) == ("no", "28 real closes")
    form = visitor.open(visitor.open(f"/jobs/{job.id}").link("Change and repeat"))
    assert form.fields["strategy"] == "bollinger-reversion"
    assert form.fields["prices"] == job.inputs["prices"]


@pytest.mark.parametrize("over", [{"direction": ["long", "both"], "channel": [10, 20]}, {"channel": [5, 10, 20]}])
def test_its_map_has_all_combinations_of_any_parameters(visitor, submit_job, do_job, history, over):
    job = make_sweep_job(history, strategy=Breakout(), over=over, days=60, iterations=20, seed=7)
    submit_job(job)
    do_job(job)
    page = visitor.open(f"/jobs/{job.id}")
    assert "All combinations, by mean return" in page.text
    assert f'data-figure-url="/api/jobs/{job.id}/charts/map"' in page.text
    table = pd.read_csv(io.StringIO(visitor.open(f"/jobs/{job.id}/sweep.csv").text))
    *interval, drawn = json.loads(visitor.open(f"/api/jobs/{job.id}/charts/map").text)["data"]
    assert [each["name"] for each in interval] == ([] if len(over) > 1 else ["low", "95 % interval"])
    values = drawn["z"] if len(over) > 1 else drawn["y"]
    found = np.frombuffer(b64decode(values["bdata"]), values["dtype"])
    assert sorted(found) == pytest.approx(sorted(table["return_mean"]), rel=1e-12)


def test_one_of_its_combinations_can_be_simulated_and_has_the_same_numbers(*, visitor, queue, bucket, do_job):
    history = load_history("AAPL", "sample")
    over = {"short": (5, 10), "long": (20, 30)}
    job = make_sweep_job(history, strategy=SmaCrossover(shorting=True), over=over, days=60, iterations=300)
    submit(job, history, queue, bucket)
    do_job(job)
    page = visitor.open(f"/jobs/{job.id}")
    best = html.unescape(re.findall(r'<a href="([^"]*)">Simulate<', page.text)[0])
    form = visitor.open(best).fields
    assert form["rows"] == "", "rows are kept as usual"
    sent = visitor.post("/jobs", form)
    alone = load_job(bucket, sent.url.rsplit("/", 1)[-1])
    do_job(alone)
    table = pd.read_csv(io.StringIO(visitor.open(page.link("sweep.csv")).text))
    summary = summary_from_csv(visitor.open(f"/jobs/{alone.id}/summary.csv").text.encode())
    found = summary.set_index("statistic")["value"]
    assert found["return_mean"] == pytest.approx(table["return_mean"].max(), rel=1e-12)
