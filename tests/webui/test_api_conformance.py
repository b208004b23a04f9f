"""The JSON interface answers as its description says, whatever it is asked: schemathesis tries."""

import copy
import json
from collections import Counter
from typing import Any

import pytest
import schemathesis
from openapi_spec_validator import validate
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from fleet import progress
from fleet.new_job import make_job, make_sweep_job
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.accounting.rules import Rules
from montecarlo.data.span import Span
from montecarlo.models import MODELS
from montecarlo.parameters import declared
from montecarlo.strategies import STRATEGIES, SmaCrossover
from montecarlo.strategies.ml_forecast import MlForecast
from tests.webui.paper_traders import put_trader
from webui.api.description import HOLDERS
from webui.api.operations import OPERATIONS

pytestmark = pytest.mark.thorough

FIELDS = (  # of a job: at least one of each type
    *("strategy", "symbol", "source", "prices", "channel", "direction", "model", "normal.drift"),
    *("days", "iterations", "capital", "warm_up", "seed", "rows", "end", "preview"),
)
EXAMPLES = 2  # of each operation, beside those that its schema's edges give

# What a description cannot say: that the short window must be below the long one, or which jobs have which charts.
NOT_TOLD = {"positive_data_acceptance": {"enabled": False}}


@pytest.fixture
def jobs(history, submit_job, do_job, bucket) -> list[str]:
    """Names of jobs in several states, and of one that there is not."""
    common: dict[str, Any] = {"days": 60, "iterations": 300, "strategy": SmaCrossover(5, 20)}
    done = make_job(history, seed=1, uncertainty=True, **common)
    sweep = make_sweep_job(history, over={"short": (5, 10), "long": (20, 30)}, seed=2, **common)
    queued, cancelled = (make_job(history, seed=seed, **common) for seed in (3, 4))
    for job in (done, sweep, queued, cancelled):
        submit_job(job)
    for job in (done, sweep):
        do_job(job)
    progress.cancel(bucket, cancelled.id)
    return [*(job.id for job in (done, sweep, queued, cancelled)), "AAPL-0123456789ab"]


def narrowed(description: dict[str, Any], jobs: list[str]) -> dict[str, Any]:
    """The same, for requests that find something: jobs that there are, prices that need no network, and numbers."""
    it = copy.deepcopy(description)
    request = it["components"]["schemas"]["AskedJob"]
    request["oneOf"] = [each for each in request["oneOf"] if each["title"] == "breakout"]
    for each in request["oneOf"]:
        fields = each["properties"] = {name: each["properties"][name] for name in FIELDS}
        for field in fields.values():
            if "anyOf" in field:
                field["anyOf"] = [kind for kind in field["anyOf"] if "description" not in kind]
        fields |= {
            "source": {"type": "string", "const": "sample"},
            "model": {"type": "string", "const": "normal"},
            "prices": {"type": "string", "const": ""},
            "symbol": {"type": "string", "enum": ["AAPL", "IBM"]},
            "days": {"type": "integer", "minimum": 30, "maximum": 300},
            "channel": {"type": "integer", "minimum": 2, "maximum": 20},
            "iterations": {"type": "integer", "minimum": 1, "maximum": 10_000_000},
        }
    portfolio = it["components"]["schemas"]["AskedPortfolio"]["properties"]
    few = {name: portfolio[name] for name in ("weights", "rebalance", "seed", "preview")}
    held = [{"symbol": "AAPL", "weight": 0.5}, {"symbol": "IBM", "weight": "25%"}]
    few |= {"holdings": {"const": held}, "days": {"const": 60}, "iterations": {"const": 300}}
    it["components"]["schemas"]["AskedPortfolio"]["properties"] = few
    for path in it["paths"].values():
        for operation in path.values():
            for part in operation["parameters"]:
                if part["name"] == "job_id":
                    part["schema"] = {"type": "string", "enum": jobs}
                elif part["name"] == "job":
                    several = {"type": "array", "minItems": 2, "maxItems": 5, "uniqueItems": True}
                    part["schema"] = several | {"items": {"type": "string", "enum": jobs}}
                elif part["name"] == "trader":
                    part["schema"] = {"type": "string", "enum": ["same", "apart", "fresh", "nobody"]}
                elif part["name"] == "name" and part["in"] == "path":
                    part["schema"] = {"type": "string", "enum": ["fan", "returns", "drifts", "map", "account", "none"]}
    return it


def test_no_request_finds_a_fault_or_an_answer_that_is_not_described(visitor, jobs, traders, history):
    put_trader(traders, history, "same")
    put_trader(traders, history, "apart", missed=(1,))
    put_trader(traders, history, "fresh", decided=False)
    description = json.loads(visitor.open("/api/openapi.json").text)
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "checks": NOT_TOLD,
            "generation": {"deterministic": True, "max-examples": EXAMPLES, "no-shrink": True},
            "phases": {"stateful": {"enabled": False}},
        }
    )
    schema = schemathesis.openapi.from_dict(narrowed(description, jobs), config=config)
    schema.config.update(base_url=visitor.web)
    answers, wrong = Counter[tuple[str, int]](), list[str]()
    for event in from_schema(schema).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError | events.Interrupted), event
        if isinstance(event, events.ScenarioFinished):
            told = [each.response for each in event.recorder.interactions.values()]
            assert None not in told, "no answer at all"
            answers.update((str(event.recorder.label), each.status_code) for each in told if each)
            found = [check.failure_info for checks in event.recorder.checks.values() for check in checks]
            wrong += [f"{each.failure.title}: {each.failure.message}\n{each.code_sample}" for each in found if each]
    assert not wrong, "\n\n".join(wrong)
    operations = {f"{method.upper()} {path}" for path, each in description["paths"].items() for method in each}
    assert operations == {operation for operation, status in answers if status < 300}, "each was done once at least"
    assert answers["POST /api/jobs", 201], "and a job was submitted"
    assert answers["POST /api/portfolios", 201]


def test_the_description_is_one_of_openapi_and_describes_what_there_is(visitor):
    description = json.loads(visitor.open("/api/openapi.json").text)
    validate(description)
    addresses = {(method, path) for path, methods in description["paths"].items() for method in methods}
    assert addresses == {(each.method.lower(), each.address) for each in OPERATIONS.values()}
    names = [name for holder in HOLDERS for name in holder.SCHEMAS]
    assert len(names) == len({*names}), "no name means two things"
    portfolio = description["components"]["schemas"]["AskedPortfolio"]["properties"]
    assert portfolio.keys() >= {"holdings", *declared(Rebalancing), *declared(Span), "days", "model", "bootstrap.block"}
    asked = {each["title"]: each["properties"] for each in description["components"]["schemas"]["AskedJob"]["oneOf"]}
    assert asked.keys() == {*STRATEGIES, MlForecast.name, "own-rule"}
    for name, strategy in {**STRATEGIES, MlForecast.name: MlForecast}.items():
        assert asked[name].keys() >= {*declared(strategy), *declared(Rules), *declared(Span)}
        assert asked[name].keys() >= {f"{model.name}.{each}" for model in MODELS.values() for each in model.settable()}
