"""What the form shows before anything is submitted, in the library's own numbers."""

import json

import pytest

from capacity.estimate import Work, fleet_of, on_fleet
from montecarlo.accounting.rules import Rules
from montecarlo.charts import price_history
from montecarlo.data.sources import load_history
from montecarlo.experiments.backtest import backtest
from montecarlo.models import fit
from montecarlo.strategies import Breakout, SmaCrossover
from tests.webui.conftest import RECOMMENDED
from webui.display import percent, ratio
from webui.forms import estimates
from webui.forms.form import JobForm
from webui.forms.own_rule import FILE, SOURCE, TOLD, USUAL


def preview(visitor, **fields: str) -> dict:
    page = visitor.press("/preview", **{**RECOMMENDED, **fields})
    assert page.status == 200
    return json.loads(page.text)


def trades_in(figure: dict) -> dict[str, int]:
    return {trace["name"]: len(trace["x"]) for trace in figure["data"] if trace.get("mode") == "markers"}


@pytest.mark.parametrize(
    ("typed", "strategy", "rules"),
    [
        ({}, SmaCrossover(), {}),
        (
            {
                "strategy": "breakout",
                "channel": "30",
                "direction": "both",
                "commission": "0.01",
                "short": "",
                "long": "",
            },
            Breakout(channel=30, direction="both"),
            {"commission": 0.01},
        ),
    ],
)
def test_chart_and_headline_are_those_of_a_backtest(visitor, typed, strategy, rules):
    fields = {name: text for name, text in typed.items() if name not in ("short", "long")}
    own = {} if not typed else {name: RECOMMENDED[name] for name in RECOMMENDED if name not in ("short", "long")}
    page = visitor.press("/preview", **({**RECOMMENDED} if not typed else {**own, **fields}))
    found = json.loads(page.text)
    history = load_history("AAPL", "sample")
    done = backtest(history, strategy, rules=Rules(**rules))
    value = done.summary.set_index("statistic")["value"]
    told = {each["name"]: each["text"] for each in found["headline"]}
    capital = done.rules.capital
    assert told == {
        "Return": percent(done.equity.iloc[-1] / capital - 1),
        "Buy and hold": percent(done.buy_and_hold.iloc[-1] / capital - 1),
        "Maximum drawdown": percent(value["max_drawdown"]),
        "Sharpe ratio": ratio(value["sharpe"]),
        "Trades": str(len(done.trades)),
        "Time invested": percent(value["exposure"]),
    }
    expected = json.loads(price_history(history, strategy, done).to_json())
    assert [trace["name"] for trace in found["chart"]["data"]] == [trace["name"] for trace in expected["data"]]
    assert trades_in(found["chart"]) == trades_in(expected)
    assert found["problems"] == {}
    first = (done.buy_and_hold != capital).idxmax()
    assert f"The rule can first trade on {first:%Y-%m-%d}" in found["shown"]
    assert found["prices"] == "AAPL from sample, 3,270 days from 2000-03-01 to 2013-03-01"


def test_what_the_model_finds_stands_by_the_fields_that_would_replace_it(visitor):
    model = fit(load_history("AAPL", "sample"), "student_t")
    found = preview(visitor, model="student_t")["fit"]
    assert found["student_t.drift"] == f"{model.drift:.3g}"
    assert found.keys() == {f"student_t.{name}" for name in model.settable()}


def test_problems_stand_by_their_fields_and_what_can_be_shown_is(visitor):
    found = preview(visitor, days="x", capital="5000", bogus="1")
    assert found["problems"] == {"days": "Must be a whole number from 1 to 25,000, not 'x'"}
    assert found["other_problems"] == [
        "'bogus' is neither a field of the form nor a parameter of the strategy or of the model"
    ]
    assert found["chart"]
    assert found["folded"]["money"] == "capital 5000"
    assert found["estimate"] is None
    assert preview(visitor, short="100")["chart"] is None
    assert preview(visitor, symbol="NOSUCH")["problems"].keys() == {"symbol"}
    late = preview(visitor, long="1261")
    assert late["problems"].keys() == {"sma-crossover.long"}
    assert late["chart"], "on the history there are enough days"


def test_a_comparison_shows_how_many_and_the_trades_of_one(visitor):
    found = preview(visitor, short="10..60 step 5", long="20..100 step 10")
    assert found["compares"] == "compares 11 \N{MULTIPLICATION SIGN} 9 = 99 combinations, of which 74 can be traded"
    assert found["shown"].startswith("The trades of one of them: short window 30, long window 70. The rule can first")
    assert "average of 30 days" in [trace["name"] for trace in found["chart"]["data"]]
    assert preview(visitor, short="5, 10")["compares"] == "compares 2 combinations"


def test_a_rule_of_ones_own_is_run_only_when_that_is_asked_for(visitor):
    typed = {name: text for name, text in RECOMMENDED.items() if name not in ("short", "long")}
    typed |= {"strategy": "own-rule", **USUAL, TOLD: "lookback=60"}
    found = json.loads(visitor.press("/preview", **typed).text)
    assert trades_in(found["chart"]) == {}
    assert "press" in found["shown"]
    tried = json.loads(visitor.press("/preview", **typed, try_rule="yes").text)
    assert trades_in(tried["chart"])["buy"] > 5
    assert tried["problems"] == {}
    several = json.loads(visitor.press("/preview", **typed | {TOLD: "lookback=20..60 step 20"}, try_rule="yes").text)
    assert several["compares"] == "compares 3 combinations"
    broken = json.loads(visitor.press("/preview", **typed | {SOURCE: "import os\nos._exit(3)"}, try_rule="yes").text)
    assert "ended its process" in broken["problems"][SOURCE]
    assert FILE not in broken["problems"]


def test_the_chart_has_the_colours_of_the_theme(visitor):
    light, dark = (json.dumps(preview(visitor, theme=theme)["chart"]) for theme in ("light", "dark"))
    assert light != dark


def test_nothing_is_sent_and_strangers_are_refused(visitor, queue):
    preview(visitor)
    assert queue.depth().empty
    assert visitor.post("/preview", RECOMMENDED).status == 400


# ---- the estimate ----------------------------------------------------------------------------------------------------


def experiment(**typed: str):
    form = JobForm.read({**RECOMMENDED, **typed}, own_rules=False)
    assert form.problems == {}
    return form.job(load_history("AAPL", "sample"), 1)[0].experiment


def basis(**parameters) -> estimates.Basis:
    return estimates.Basis(4e8, 2, estimates.Priced(fleet_of(parameters), "given in a test"))


def test_an_estimate_is_that_of_the_work_and_warns_of_what_is_large():
    small = estimates.estimate_of(experiment(uncertainty="false"), basis())
    assert small["path_days"] == "2,520,000"
    assert small["here"] == "less than a second"
    assert small["warnings"] == []
    assert "given in a test" in small["prices"]
    large = estimates.estimate_of(experiment(iterations="1e8", rows="true", days="25000", uncertainty="false"), basis())
    assert large["here"] == "52 minutes"
    assert large["warnings"] == ["Its rows would take about 12 GB: leave them out, the summary needs none."]
    huge = estimates.estimate_of(
        experiment(iterations="1e12", rows="false"), basis(MaxWorkers=1000, MaxDollarsPerHour=99)
    )
    assert len(huge["warnings"]) == 2
    assert estimates.estimate_of(experiment(precision="win_rate=1%", iterations="1e6"), basis())["here"].startswith(
        "at most"
    )


def test_a_stack_is_estimated_with_its_own_maximum_and_the_median_of_present_prices():
    parameters = {"MaxWorkers": "50", "WorkersOn": "AutoScalingGroup", "Password": "*****"}
    own = estimates.priced_with(parameters, [0.03, 0.09, 0.04], "the median of 3 Spot prices")
    assert own.fleet is not None
    assert (own.fleet.workers, own.fleet.price.spot) == (50, 0.04)
    told = estimates.estimate_of(experiment(), estimates.Basis(4e8, 2, own))["prices"]
    assert "up to 50 workers" in told
    assert "$0.04 an hour on Spot" in told
    assert "(the median of 3 Spot prices)" in told
    on_batch = estimates.priced_with({"WorkersOn": "Batch", "MaxWorkers": "50"}, [0.03], "")
    told = estimates.estimate_of(experiment(), estimates.Basis(4e8, 2, on_batch))
    assert told["fleet"] == "not known"
    assert "AWS Batch" in told["prices"]


@pytest.mark.parametrize("chunks", [3000, 9000])
def test_a_long_job_is_estimated_from_a_part_of_it_as_if_all_were_simulated(chunks, monkeypatch):
    from capacity import estimate

    work = Work(chunks=chunks, chunk_seconds=20, path_days=1, core_seconds=1)
    quick = on_fleet(work, fleet_of())
    monkeypatch.setattr(estimate, "_SIMULATED", 10**6)
    whole = on_fleet(work, fleet_of())
    assert quick.seconds == pytest.approx(whole.seconds, rel=0.02)
    assert quick.dollars == pytest.approx(whole.dollars, rel=0.03)


def test_the_estimate_comes_once_the_speed_has_been_measured(visitor, eventually):
    def told():
        found = preview(visitor)
        assert found["measuring"] == (found["estimate"] is None)
        return found["estimate"]

    eventually(told)
    assert told()["path_days"] == "616,674,240"
