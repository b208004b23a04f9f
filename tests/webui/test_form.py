"""The form: what it offers, what it refuses, what it sends."""

import json

import pytest

from fleet import keys
from fleet.job import Job
from fleet.job_store import load_job
from montecarlo import limits
from montecarlo.data.sources import SOURCES
from montecarlo.models import MODELS

NUMBERS = ("short", "long", "days", "iterations")
TEXTS = ("symbol", *NUMBERS)
FIELDS = (*TEXTS, "source", "model", "preview")
SCRIPT = "<script>alert('x')</script>"
BAD = {
    "empty": "",
    "negative": "-5",
    "huge": "9" * 400,
    "not a number": "12,5 apples",
    "script-like": SCRIPT,
}

# Not the recommended values, so that a field which lost what was typed shows.
TYPED = {
    "symbol": "MSFT",
    "source": "sample",
    "short": "11",
    "long": "37",
    "days": "123",
    "iterations": "777",
    "model": "gbm",
}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_value_comes_back_beside_its_field_and_nothing_is_sent(visitor, queue, bucket, name, kind):
    before = list(bucket.list(keys.SUBMISSIONS))
    bad = BAD[kind]
    page = visitor.send_job(**{**TYPED, name: bad})
    assert page.status == 400
    assert page.words[f"{name}-problem"].strip()
    if name in TEXTS:
        assert page.fields[name] == bad
        assert page.attributes[name]["aria-invalid"] == "true"
        assert f"{name}-problem" in page.attributes[name]["aria-describedby"]
    else:
        assert limits.shown(bad) in page.words[f"{name}-problem"]
        assert name == "preview" or name not in page.fields, "no choice stands in for the one that was made"
    others = {other: typed for other, typed in TYPED.items() if other != name}
    assert {other: page.fields[other] for other in others} == others
    assert [other for other in FIELDS if f"{other}-problem" in page.words] == [name]
    assert SCRIPT not in page.text
    assert queue.depth().empty
    assert list(bucket.list(keys.SUBMISSIONS)) == before


@pytest.mark.parametrize(
    ("typed", "name", "message"),
    [
        ({"short": "100", "long": "100"}, "short", "less than long"),
        ({"short": "101", "long": "100"}, "short", "less than long"),
        ({"long": "1261"}, "long", "no more than days"),
        ({"symbol": "NOSUCH"}, "symbol", "NOSUCH"),
        ({"symbol": "a b"}, "symbol", "'a b'"),
        ({"source": "csv"}, "source", "sample, yfinance, fred"),
        ({"iterations": str(limits.MAX_ITERATIONS + 1)}, "iterations", f"{limits.MAX_ITERATIONS:,}"),
        ({"days": str(limits.MAX_DAYS + 1)}, "days", f"{limits.MAX_DAYS:,}"),
    ],
)
def test_values_that_do_not_go_together_or_exist_come_back_as_well(visitor, queue, typed, name, message):
    page = visitor.send_job(**typed)
    assert page.status == 400
    assert message in page.words[f"{name}-problem"]
    assert all(page.fields[other] == text for other, text in typed.items() if other in TEXTS)
    assert queue.depth().empty


@pytest.mark.parametrize("name", [*TEXTS, "source", "model"])
def test_a_missing_field_is_not_filled_in_silently(visitor, queue, name):
    fields = {other: typed for other, typed in TYPED.items() if other != name}
    page = visitor.press("/jobs", **fields)
    assert page.status == 400
    assert page.words[f"{name}-problem"]
    assert queue.depth().empty


def test_the_recommended_values_are_filled_in(visitor):
    page = visitor.open("/")
    recommended = {"symbol": "AAPL", "source": "sample", "short": "40", "long": "100", "days": "1260"}
    recommended |= {"iterations": "2000", "model": "normal"}
    assert {name: page.fields[name] for name in recommended} == recommended
    assert "preview" not in page.fields


def test_the_address_can_fill_in_the_form(visitor):
    page = visitor.open("/?symbol=IBM&short=7&source=fred&seed=3&csrf_token=x")
    assert (page.fields["symbol"], page.fields["short"], page.fields["source"]) == ("IBM", "7", "fred")
    assert page.fields["long"] == "100"
    assert page.fields["csrf_token"] != "x"


@pytest.mark.parametrize("name", NUMBERS)
def test_the_browser_is_told_the_limits_of_the_library(visitor, name):
    attributes = visitor.open("/").attributes[name]
    assert (attributes["min"], attributes["max"]) == (
        str(limits.PARAMETERS[name].low),
        str(limits.PARAMETERS[name].high),
    )


def test_every_model_and_every_source_without_a_file_is_offered(visitor):
    choices = visitor.open("/").choices
    assert choices["model"] == list(MODELS)
    assert choices["source"] == [source for source in SOURCES if source != "csv"]


def test_a_preview_sends_nothing_and_its_button_sends_the_very_message(visitor, queue, bucket):
    preview = visitor.send_job(preview="yes", iterations="300")
    assert preview.status == 200
    assert queue.depth().empty

    sent = visitor.post("/jobs", preview.fields)
    (message,) = queue.receive(wait_seconds=1, visibility_seconds=30)
    queue.delete(message)
    assert message.body == preview.words["messages"]
    assert sent.url.endswith(f"/jobs/{json.loads(message.body)['job']}")
    assert Job.from_json(preview.words["job"]) == load_job(bucket, json.loads(message.body)["job"])
    assert all(f"<code>{value}</code>" in preview.text for value in message.attributes.values())


def test_a_previewed_job_that_has_changed_since_is_shown_again(visitor, queue):
    preview = visitor.send_job(preview="yes")
    page = visitor.post("/jobs", {**preview.fields, "short": "41"})
    assert page.status == 409
    assert "changed" in page.text
    assert json.loads(page.words["job"])["simulation"]["strategy"]["short"] == 41
    assert queue.depth().empty


@pytest.mark.parametrize("seed", ["", "-1", "9" * 400, SCRIPT])
def test_a_seed_that_is_tampered_with_is_refused(visitor, queue, seed):
    page = visitor.send_job(seed=seed)
    assert page.status == 400
    assert "Seed" in page.text
    assert SCRIPT not in page.text
    assert queue.depth().empty


@pytest.mark.parametrize("token", [{}, {"csrf_token": ""}, {"csrf_token": "forged"}])
def test_without_its_token_the_form_comes_back_with_what_was_typed(visitor, queue, token):
    page = visitor.post("/jobs", {**TYPED, **token})
    assert page.status == 400
    assert "press the button once more" in page.text
    assert {name: page.fields[name] for name in TYPED} == TYPED
    assert queue.depth().empty

    assert visitor.post("/jobs", page.fields).status == 200
    assert queue.depth().visible == 1


def test_a_form_far_too_large_is_refused_kindly(visitor, queue):
    page = visitor.send_job(symbol="A" * 200_000)
    assert page.status == 413
    assert "far larger" in page.text
    assert queue.depth().empty
