"""Training a model: the form, the page of what came of it, and the way from there to its simulation."""

import html
import json
import re
from datetime import date

import pytest

import montecarlo as mc
from fleet import trained_models
from fleet.job import Job
from fleet.job_store import load_job
from fleet.new_job import make_training_job
from fleet.submit import submit
from montecarlo.data.sources import load_history
from montecarlo.learning import Training
from montecarlo.trained import TrainedModel
from tests.webui.test_form import job_id_of, problems_of
from webui.results import verdicts

TYPED = {"symbol": "AAPL", "source": "sample", "name": "tried"}


@pytest.fixture(scope="module")
def prices():
    return load_history("AAPL", "sample")


@pytest.fixture
def training_job(*, queue, bucket, do_job, prices) -> Job:
    job = make_training_job(prices, Training(name="tried", direction="long", n=4))
    submit(job, prices, queue, bucket)
    do_job(job)
    return job


def test_the_usual_training_is_filled_in_and_any_symbol_can_be_typed(visitor):
    page = visitor.open("/train")
    assert (page.fields["symbol"], page.fields["method"], page.fields["share"]) == ("AAPL", "logistic", "0.4")
    assert "readonly" not in page.attributes["symbol"]
    assert "readonly" in visitor.open(f"/train?symbol=AAPL&source=sample&prices={'0' * 64}").attributes["symbol"]


def test_the_form_sends_a_training_and_comes_back_where_it_is_repeated(visitor, bucket):
    page = visitor.press("/train", **TYPED, n="4, 8", max_holding="5..10 step 5", stop_loss="0.03")
    training = load_job(bucket, job_id_of(page)).experiment
    assert (training.kind, dict(training.axes)) == ("training", {"n": (4, 8), "max_holding": (5, 10)})
    assert (training.settings.name, training.settings.stop_loss) == ("tried", 0.03)
    fields = visitor.open(page.link("Change and repeat")).fields
    assert (fields["n"], fields["max_holding"], fields["stop_loss"]) == ("4, 8", "5, 10", "0.03")
    assert fields["prices"] == load_job(bucket, job_id_of(page)).inputs["prices"]


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"symbol": "NOSUCH"}, "symbol", "NOSUCH"),
        ({"n": "65"}, "n", "a whole number from 2 to 64, not 65"),
        ({"share": "0.4, 0.5"}, "share", "must be a number from 0.1 to 0.9"),
        ({"stop_loss": "0.01..0.9 step 0.001"}, "stop_loss", "vary less"),
        ({"name": "a b"}, "name", "1 to 64 letters"),
        ({"method": "magic"}, "method", "one of logistic, trees"),
        ({"threshold": "2"}, "threshold", "0.01 to 0.99"),
    ],
)
def test_what_cannot_be_trained_comes_back_beside_its_field(*, visitor, queue, typed, field, message):
    page = visitor.press("/train", **{**TYPED, **typed})
    assert (page.status, problems_of(page)) == (400, [field])
    assert message.lower() in page.words[f"{field}-problem"].lower()
    assert page.fields[field] == typed[field]
    assert queue.depth().empty


def test_closes_alone_cannot_be_learned_from(visitor, queue, history):
    closes = history.bars[["close"]].to_csv().encode()
    form = {**visitor.open("/train").fields, **TYPED}
    del form["csrf_token"]
    page = visitor.send_file("/train", "closes.csv", closes, **form)
    assert (page.status, problems_of(page)) == (400, ["symbol"])
    assert "open, high and low" in page.words["symbol-problem"]
    assert queue.depth().empty


def test_the_page_says_first_whether_there_is_skill_and_has_it_beside_that_of_volatility(
    *, visitor, bucket, training_job
):
    page = visitor.open(f"/jobs/{training_job.id}")
    model = TrainedModel.from_json(visitor.open(f"/jobs/{training_job.id}/model.json").text.encode())
    skill = model.long.skill
    sentence = re.search(r'<p class="sentence">([^<]*)</p>', page.text)[1]
    assert f"the area under the curve is {skill.auc:.3f} ({skill.auc_low:.3f} to {skill.auc_high:.3f})" in sentence
    table = page.text.split('<h2 id="skill">')[1].split("</table>")[0]
    for shown in (skill.auc, skill.volatility_auc):
        assert f"{shown:.3f}<small" in table
    assert f"{skill.brier_base:.4f}" in table
    assert f"From {model.trained_on.unseen_from} on" in page.text


def test_its_charts_are_of_days_that_the_training_has_not_seen(visitor, training_job):
    page = visitor.open(f"/jobs/{training_job.id}")
    unseen = re.search(r"From (\S+) on, with the usual costs", page.text)[1]
    charts = {
        name: visitor.ask(html.unescape(address)).value
        for address, name in re.findall(r'data-figure-url="([^"]*/charts/(\w+)[^"]*)"', page.text)
    }
    assert charts.keys() == {"reliability", "importance", "equity", "candles"}
    bought = [x for trace in charts["candles"]["data"] if trace.get("name") == "buy" for x in trace["x"]]
    assert bought
    assert min(bought) >= unseen
    assert charts["reliability"]["data"][1]["name"] == "buying"
    assert visitor.open(f"/jobs/{training_job.id}/report.html").status == 200


def test_its_button_keeps_the_model_and_fills_in_the_form_to_simulate_with_it(visitor, bucket, training_job):
    address = f"/jobs/{training_job.id}/model"
    fields = visitor.press(address, name="tried-it", replace="yes").fields
    kept = trained_models.find(bucket, "tried-it")
    assert (fields["strategy"], fields["trained_model"]) == ("ml-forecast", kept.digest)
    assert fields["prices"] == training_job.inputs["prices"]
    refused = visitor.press(address, name="no blanks")
    assert "The model was not kept" in refused.text
    assert "must be 1 to 64 letters" in refused.text


def test_a_verdict_is_found_while_nobody_waits_and_then_told(visitor, training_job, eventually):
    address = f"/jobs/{training_job.id}/verdict"
    assert visitor.open(address).status == 200
    eventually(lambda: "did at least as well" in visitor.open(address).text)
    page = visitor.open(address)
    assert f"of {verdicts.HISTORIES:,} histories without any memory" in page.text
    [drawn] = re.findall(r'data-figure-url="([^"]*)"', page.text)
    figure = json.loads(visitor.open(html.unescape(drawn)).text)
    assert "simulated histories do at least as well" in figure["layout"]["title"]["text"]
    assert "Could it be luck?" in visitor.open(f"/jobs/{training_job.id}/report.html").text


def test_of_a_rule_that_never_traded_no_figures_are_shown():
    history = mc.load_history("AAPL", source="sample")
    never = mc.Momentum(1, entry_limit=0.5)  # which no day reaches
    found = verdicts.as_shown(mc.verdict(history, never, unseen_from=date(2012, 1, 3), iterations=64, seed=1))
    assert found.sentence.endswith("the rule never traded: there is nothing to judge.")
    assert (found.lines, found.areas, found.whole) == ((), (), None)


def test_only_what_has_a_trained_model_has_a_verdict(visitor, job, submit_job, do_job):
    submit_job(job)
    do_job(job)
    assert visitor.open(f"/jobs/{job.id}/verdict").status == 404
    assert "no verdict" in visitor.open(f"/api/jobs/{job.id}/charts/verdict").text
