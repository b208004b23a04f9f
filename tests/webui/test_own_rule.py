"""A rule that a person brings along: typed into the form where that is allowed, tried, sent, and read again."""

import json

import pytest

from fleet import keys
from fleet.job_store import load_job
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.strategies.own_rule import RULE, OwnRule
from webui.forms.own_rule import FILE, SOURCE, TOLD, USUAL

JOB = {"symbol": "AAPL", "source": "sample", "days": "300", "iterations": "300", "model": "gbm", "seed": "5"}
OWN = {"strategy": "own-rule", **USUAL}

PEEKS = """
import numpy as np

def targets(closes):
    wanted = np.zeros(closes.shape)
    wanted[:-1] = closes[1:] > closes[:-1]
    return wanted
"""


OF_BARS = """
import numpy as np

def targets(bars):
    return {"targets": bars.close > bars.open, "stop_loss": 0.02}
"""


def problem(page, field: str) -> str:
    return page.words[f"{field}-problem"]


def test_it_is_offered_with_a_rule_to_begin_with_only_where_it_is_allowed(visitor, serve_web):
    allowed = visitor.open("/")
    assert allowed.choices["strategy"][-1] == "own-rule"
    assert allowed.fields[SOURCE] == USUAL[SOURCE]

    refusing = serve_web()
    page = refusing.open("/")
    assert "own-rule" not in page.choices["strategy"]
    assert SOURCE not in page.fields
    sent = refusing.press("/jobs", **JOB, **OWN)
    assert sent.status == 400
    assert "SPOTMC_OWN_RULES=allow" in problem(sent, "strategy")


def test_a_variable_that_says_neither_keeps_the_web_ui_from_starting(serve_web):
    with pytest.raises(Exception, match="SPOTMC_OWN_RULES must be allow or refuse, not 'yes'"):
        serve_web(SPOTMC_OWN_RULES="yes")


def test_the_job_has_the_rule_as_it_was_typed_and_its_page_says_so(visitor, bucket):
    own = OWN | {SOURCE: USUAL[SOURCE].replace("\n", "\r\n"), TOLD: "lookback=60", FILE: "high road.py"}
    sent = visitor.press("/jobs", **JOB, **own)
    job = load_job(bucket, sent.url.rsplit("/", 1)[-1])
    rule = job.experiment.strategy
    assert isinstance(rule, OwnRule)
    assert (rule.file, rule.settings, rule.first_decision) == ("high-road.py", {"lookback": 60, "band": 0.02}, 60)
    assert bucket.get(keys.input_key(RULE, rule.digest)) == USUAL[SOURCE].encode()
    assert rule.digest == RuleFile("high-road.py", USUAL[SOURCE].encode()).digest
    assert "high-road.py" in sent.text
    assert "on another processor it may round" in sent.text


@pytest.mark.thorough
def test_one_that_looks_at_bars_trades_those_of_the_bootstrap(visitor, bucket):
    sent = visitor.press("/jobs", **JOB | {"model": "bootstrap"}, **OWN | {SOURCE: OF_BARS, TOLD: ""})
    job = load_job(bucket, sent.url.rsplit("/", 1)[-1])
    assert job.experiment.strategy.uses_bars
    assert job.experiment.model.has_bars


def test_a_worker_does_it_and_its_results_are_shown(visitor, bucket, start_worker, eventually, monkeypatch):
    sent = visitor.press("/jobs", **JOB, **OWN)
    monkeypatch.setenv("SPOTMC_OWN_RULES", "allow")
    start_worker()
    eventually(lambda: bucket.exists(keys.summary_key(sent.url.rsplit("/", 1)[-1])))
    page = visitor.open(f"/jobs/{sent.url.rsplit('/', 1)[-1]}")
    assert "Mean return" in page.text
    assert visitor.open(page.link("paths.csv")).text.count("\n") == 301


def test_it_can_be_previewed_changed_and_repeated_from_the_page_of_its_job(visitor, queue, bucket):
    preview = visitor.press("/jobs", **JOB, **OWN, preview="true")
    assert queue.depth().empty
    assert visitor.post("/change", preview.fields).fields[SOURCE] == USUAL[SOURCE]

    sent = visitor.post("/jobs", preview.fields)
    assert load_job(bucket, sent.url.rsplit("/", 1)[-1]).to_dict() == json.loads(preview.words["job"])
    again = visitor.open(sent.link("Change and repeat"))
    assert (again.fields["strategy"], again.fields[SOURCE]) == ("own-rule", USUAL[SOURCE])
    assert (again.fields[TOLD], again.fields[FILE]) == ("band=0.02 lookback=120", "my_rule.py")


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({SOURCE: ""}, SOURCE, "my_rule.py is empty"),
        ({SOURCE: "def targets(closes:\n"}, SOURCE, "my_rule.py cannot be read as Python"),
        ({SOURCE: "import scipy"}, SOURCE, "workers do not have scipy"),
        ({SOURCE: "import os\nos._exit(3)"}, SOURCE, "ended its process, with status 3"),
        ({SOURCE: PEEKS}, SOURCE, "it looks ahead"),
        ({SOURCE: "def targets(closes):\n    return 1 / 0"}, SOURCE, "ZeroDivisionError"),
        ({TOLD: "lookback"}, TOLD, "'lookback' has no ="),
        ({TOLD: "lookback='60"}, TOLD, "No closing quotation"),
        ({TOLD: "lookback=many"}, TOLD, "lookback must be"),
        ({TOLD: "period=3"}, TOLD, "period is no parameter of my_rule.py, which has lookback, band"),
        ({TOLD: "lookback=0"}, SOURCE, "my_rule.py failed"),
        ({TOLD: "lookback=400"}, "days", "first decides on day 400 of 300"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value)[:30],
)
def test_what_is_wrong_with_it_is_said_beside_its_field_and_nothing_is_sent(visitor, queue, typed, field, said):
    page = visitor.press("/jobs", **JOB, **(OWN | typed))
    assert page.status == 400
    assert said.lower() in problem(page, field).lower()
    assert page.fields[SOURCE] == (OWN | typed)[SOURCE]
    assert queue.depth().empty


def test_a_rule_that_is_no_longer_there_is_said_to_be_gone(visitor):
    page = visitor.open(f"/?strategy=own-rule&{SOURCE}={'0' * 64}")
    assert page.status == 200
    assert "0000" in page.text
    assert 'role="alert"' in page.text
