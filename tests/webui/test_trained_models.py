"""A trained model is chosen by its name or brought along as a file, and refused in words."""

import json
from dataclasses import replace

import pytest
from pandas.testing import assert_frame_equal

from fleet import keys, trained_models
from fleet.job_store import load_job
from montecarlo.experiments.backtest import backtest
from montecarlo.experiments.verdict import verdict
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.trained import TrainedModel, TrainedOn
from tests.montecarlo.any_forecast import forecast_of, random_model
from tests.webui.test_form import BUT_STRATEGY, job_id_of, problems_of
from webui.forms.trained import unseen_part
from webui.results import unseen

FORECAST = {**BUT_STRATEGY, "strategy": "ml-forecast", "model": "gbm", "days": "120"}


@pytest.fixture
def model(history) -> TrainedModel:
    """Of the first half of the sample's days, without any skill."""
    made = random_model(7, n=4, sides=("long", "short"), stop_loss=0.03, take_profit=0.05, max_holding=7)
    days = [each.astype(object) for each in history.dates[[0, 99, 100]]]
    return replace(made, name="nothing-learned", trained_on=TrainedOn("AAPL", "sample", history.digest, *days))


@pytest.fixture
def kept(bucket, model) -> TrainedModel:
    trained_models.keep(bucket, model, replace=True)
    return model


@pytest.fixture
def nothing_kept(bucket) -> None:
    for entry in bucket.some(keys.NAMED_MODELS, at_most=100).entries:
        bucket.delete(entry.key)


def strategy_of(bucket, page):
    return load_job(bucket, job_id_of(page)).experiment.strategy


@pytest.mark.parametrize("said", ["name", "digest"])
def test_a_kept_model_is_chosen_by_its_name_or_digest_and_goes_with_the_job(*, visitor, bucket, kept, said):
    page = visitor.press("/jobs", **FORECAST, trained_model=getattr(kept, said))
    assert page.status == 200
    job = load_job(bucket, job_id_of(page))
    assert job.inputs["model"] == kept.digest
    assert bucket.get(keys.input_key("model", kept.digest)) == kept.to_json()
    strategy = job.experiment.strategy
    assert (strategy.stop_loss, strategy.take_profit, strategy.max_holding) == (0.03, 0.05, 7), "as it was trained"
    again = visitor.open(page.link("Change and repeat")).fields
    assert (again["strategy"], again["trained_model"], again["stop_loss"]) == ("ml-forecast", kept.digest, "")


def test_the_form_offers_kept_models_with_what_they_were_trained_on(visitor, kept, eventually):
    eventually(lambda: kept.digest in visitor.open("/").choices["trained_model"])  # names are kept for moments
    page = visitor.open("/?strategy=ml-forecast")
    first, last = kept.trained_on.first, kept.trained_on.last
    assert f"Trained on AAPL from sample, {first} to {last}; has not seen the days from" in page.text


def test_stops_of_a_forecast_can_be_set_and_compared(visitor, bucket, kept):
    page = visitor.press("/jobs", **FORECAST, trained_model=kept.name, stop_loss="0.02, 0.04", direction="long")
    sweep = load_job(bucket, job_id_of(page)).experiment
    assert dict(sweep.axes) == {"stop_loss": (0.02, 0.04)}
    assert {each.direction for each in sweep.strategies} == {"long"}
    again = visitor.open(page.link("Change and repeat")).fields
    assert (again["stop_loss"], again["take_profit"], again["ml-forecast.direction"]) == ("0.02, 0.04", "", "long")


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"trained_model": ""}, "trained_model", "Is missing: choose one that was kept"),
        ({"trained_model": "no-such"}, "trained_model", "not 'no-such': train one, or drop its file"),
        ({"trained_model": "0" * 64}, "trained_model", "train one, or drop its file"),
        ({"trained_model": "nothing-learned", "stop_loss": "2"}, "stop_loss", "a number above 0 to 1, not 2"),
    ],
)
def test_what_cannot_be_traded_comes_back_beside_its_field(*, visitor, queue, kept, typed, field, message):
    page = visitor.press("/jobs", **FORECAST, **typed)
    assert (page.status, problems_of(page)) == (400, [field])
    assert message in page.words[f"{field}-problem"]
    assert queue.depth().empty


def test_a_file_is_kept_under_its_digest_and_chosen(visitor, bucket, model, nothing_kept):
    form = {**visitor.open("/").fields, **FORECAST}
    del form["csrf_token"], form["trained_model"]
    page = send_model(visitor, "/jobs", model.to_json(), **form)
    assert page.status == 200
    assert strategy_of(bucket, page).card.digest == model.digest
    assert trained_models.load_by_digest(bucket, model.digest) == model


def send_model(visitor, path, content, **fields):
    """As a browser does it: the field for the file has the name of a model's."""
    return visitor.send_file(path, "model.json", content, field="model_file", **fields)


def test_a_script_of_the_page_is_told_what_a_dropped_file_holds(visitor, model):
    told = json.loads(send_model(visitor, "/trained-models", model.to_json()).text)
    assert (told["digest"], told["name"]) == (model.digest, model.name)
    assert "nothing is known of its skill" in told["words"]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"date,close\n2020-01-02,1\n"])
def test_a_file_that_is_no_model_is_refused_in_words(visitor, content):
    page = send_model(visitor, "/trained-models", content)
    assert page.status == 400
    assert json.loads(page.text)["problem"].startswith("The file is no")


def test_a_script_submits_a_forecast_by_the_name_of_its_model(visitor, bucket, kept):
    asked = {"symbol": "AAPL", "source": "sample", "model": "gbm", "days": 120, "iterations": 50, "seed": 3}
    told = visitor.ask("/api/jobs", {**asked, "strategy": "ml-forecast", "trained_model": kept.name, "max_holding": 3})
    assert told.status == 201
    strategy = load_job(bucket, told.value["job_id"]).experiment.strategy
    assert (strategy.card.digest, strategy.max_holding) == (kept.digest, 3)


def test_beside_the_form_only_days_are_traded_that_the_model_has_not_seen(visitor, kept, history):
    prices = visitor.send_file("/prices", "AAPL.csv", history.to_csv())
    digest = json.loads(prices.text)["prices"]
    told = visitor.ask("/api/preview", {**FORECAST_JSON, "trained_model": kept.name, "prices": digest, "source": "csv"})
    assert told.status == 200
    assert f"Only the days from {kept.trained_on.unseen_from} on" in told.value["shown"]
    dates = {each["type"]: each["x"] for each in told.value["chart"]["data"] if each["type"] == "candlestick"}
    assert dates["candlestick"], "bars are drawn"


FORECAST_JSON = {"symbol": "AAPL", "strategy": "ml-forecast", "model": "gbm", "days": 120, "iterations": 50}


def test_the_unseen_days_are_traded_as_in_the_verdict_which_stands_on_the_same_page(history, model):
    eager = replace(model, **{side: forecast_of(each.classifier, threshold=0.2) for side, each in model.sides.items()})
    rule, rules = MlForecast(eager), unseen.rules_of(eager)
    shown = backtest(unseen_part(history, eager), rule, rules=rules)
    judged = verdict(history, rule, iterations=16, seed=0, scored=2, rules=rules)
    assert shown.trades["entry_date"].iloc[0].date() == eager.trained_on.unseen_from
    assert_frame_equal(shown.trades, judged.backtest.trades)
    assert shown.equity.iloc[-1] / rules.capital - 1 == judged.real
