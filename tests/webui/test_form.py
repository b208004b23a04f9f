"""The form: what it offers, what it refuses, what it sends."""

import json
import math

import pytest

from fleet import keys
from fleet.job import Job
from fleet.job_store import load_job
from montecarlo.accounting.rules import Rules
from montecarlo.data.sources import SOURCES, load_history
from montecarlo.experiments.simulation import Simulation
from montecarlo.limits import MAX_DAYS, MAX_ITERATIONS
from montecarlo.models import MODELS
from montecarlo.parameters import Choice, Number, Switch, Whole, declared, shown
from montecarlo.strategies import STRATEGIES, Strategy
from webui.forms import folded
from webui.forms.form import JobForm, texts_of

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
    "strategy": "sma-crossover",
    "sma-crossover.short": "11",
    "sma-crossover.long": "37",
    "sma-crossover.shorting": "true",
    "days": "123",
    "iterations": "777",
    "model": "gbm",
}
BUT_STRATEGY = {"symbol": "AAPL", "source": "sample", "days": "1260", "iterations": "300", "model": "normal"}
CHOSEN = ("source", "model")
OF_SIMULATION = declared(Simulation)
OF_ALL = declared(Strategy)  # of every strategy, each with one field
LESSER = {**declared(Rules), "seed": OF_SIMULATION["seed"], "rows": OF_SIMULATION["rows"]}


def job_id_of(page) -> str:
    return page.url.rsplit("/", 1)[-1]


def field_of(strategy: str, name: str) -> str:
    """What a parameter of a strategy is called in the form."""
    return name if name in OF_ALL else f"{strategy}.{name}"


def problems_of(page) -> list[str]:
    return [name.removesuffix("-problem") for name in page.words if name.endswith("-problem")]


def beyond(kind) -> list[str]:
    """What is just out of a parameter's range, or no value of its kind at all."""
    match kind:
        case Whole(low, high):
            return [str(low - 1), str(high + 1), f"{low}.5", "", "many"]
        case Number(low, high, low_allowed):
            below = math.nextafter(low, -math.inf) if low_allowed else low
            return [repr(below), repr(math.nextafter(high, math.inf)), "nan", "-inf", "", "much"]
        case Choice():
            return ["", "neither", SCRIPT]
        case Switch():
            return ["", "yes", "perhaps"]


def another(parameter) -> object:
    """A value that is not the usual one."""
    match parameter.kind:
        case Whole():
            return (parameter.default or 0) + 1
        case Number():
            return (parameter.default or 0) + 0.0625
        case Choice(words):
            return words[-1]
        case Switch():
            return not parameter.default


# ---- what is offered -------------------------------------------------------------------------------------------------


def test_the_recommended_values_are_filled_in(visitor):
    page = visitor.open("/")
    recommended = {"symbol": "AAPL", "source": "sample", "days": "1260", "iterations": "2000", "model": "normal"}
    recommended |= {"strategy": "sma-crossover", "sma-crossover.short": "40", "sma-crossover.long": "100"}
    assert {name: page.fields[name] for name in recommended} == recommended
    assert page.fields["preview"] == "false"
    assert not page.unfolded


def test_every_strategy_model_and_source_without_a_file_is_offered(visitor):
    choices = visitor.open("/").choices
    assert choices["strategy"] == [*STRATEGIES, "ml-forecast", "own-rule"]
    assert choices["model"] == list(MODELS)
    assert choices["source"] == [source for source in SOURCES if source != "csv"]


def test_every_parameter_of_every_strategy_has_a_field_with_its_words_and_its_usual_value(visitor):
    page = visitor.open("/")
    for strategy in STRATEGIES.values():
        assert strategy.help in page.text.replace("&#39;", "'")
        for name, parameter in declared(strategy).items():
            field = field_of(strategy.name, name)
            assert page.fields[field] == parameter.written(parameter.default).removesuffix(".0")
            assert parameter.help in page.text.replace("&#39;", "'")
            if isinstance(parameter.kind, Choice):
                assert page.choices[field] == [*parameter.kind.words, ", ".join(parameter.kind.words)]
            if isinstance(parameter.kind, Switch):
                assert page.choices[field] == ["false", "true", "false, true"]


def test_a_field_for_a_number_tells_its_bounds_and_is_text_that_takes_one_however_it_is_written(visitor):
    attributes = visitor.open("/").attributes
    fields = {
        field_of(strategy.name, name): each
        for strategy in STRATEGIES.values()
        for name, each in declared(strategy).items()
    }
    fields |= LESSER | {name: OF_SIMULATION[name] for name in ("days", "iterations")}
    numbers = {name: each.kind for name, each in fields.items() if isinstance(each.kind, Whole | Number)}
    assert len(numbers) > 10
    for name, kind in numbers.items():
        assert attributes[name]["type"] == "text"
        assert attributes[name]["title"] == str(kind).capitalize()


@pytest.mark.parametrize("short", ["short", "sma-crossover.short"])
def test_the_address_can_fill_in_the_form(visitor, short):
    page = visitor.open(f"/?symbol=IBM&{short}=7&source=fred&csrf_token=x&bogus=1")
    assert (page.fields["symbol"], page.fields["sma-crossover.short"], page.fields["source"]) == ("IBM", "7", "fred")
    assert page.fields["sma-crossover.long"] == "100"
    assert page.fields["csrf_token"] != "x"


def test_a_bare_name_in_the_address_is_of_the_strategy_that_is_chosen(visitor):
    fields = visitor.open("/?strategy=ema-crossover&short=7&shorting=true").fields
    assert (fields["strategy"], fields["ema-crossover.short"], fields["ema-crossover.shorting"]) == (
        "ema-crossover",
        "7",
        "true",
    )
    assert (fields["sma-crossover.short"], fields["sma-crossover.shorting"]) == ("40", "false")


@pytest.mark.parametrize(
    ("unusual", "heading", "said"),
    [
        ({}, "exits prices model money more", ""),
        ({"capital": "100000", "days": "10"}, "exits prices model money more", ""),
        ({"capital": "5000", "interest": "true"}, "money", "capital 5000, interest on cash"),
        ({"stop_loss": "0.02", "max_holding": "9"}, "exits", "stop loss 0.02, longest holding time 9"),
        ({"intrabar": "target-first"}, "exits", "stop and target in one bar target-first"),
        ({"commission_model": "per-share"}, "money", "commission is per-share"),
        ({"warm_up": "true", "seed": "3", "rows": "false"}, "more", "warm-up, seed 3, keep rows no"),
        ({"model": "bootstrap", "block": "20"}, "model", "bootstrap, block 20"),
        ({"source": "fred", "years": "5"}, "prices", "fred, years of prices 5"),
        ({"prices": "0" * 64, "source": "csv"}, "prices", "kept prices"),
    ],
)
def test_a_folded_heading_says_what_is_not_as_usual_below_it(unusual, heading, said):
    words = folded.words(JobForm.filled_in(unusual, own_rules=False))
    assert {words.pop(each) for each in heading.split()} == {said}
    assert not any(words.values())


def test_a_heading_is_folded_unless_something_below_it_has_a_problem(visitor):
    form = JobForm.filled_in({"capital": "5000"}, own_rules=False)
    assert not any(heading.is_open(form.refused({"days": "are too many"})) for heading in folded.HEADINGS)
    [opened] = [heading for heading in folded.HEADINGS if heading.is_open(form.refused({"fill": "is no fill"}))]
    assert opened.name == "money"
    page = visitor.open("/?capital=5000")
    assert not page.unfolded
    assert ">capital 5000</small>" in page.text


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*(name for name in TYPED if name != "strategy"), "preview"])
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_value_comes_back_beside_its_field_and_nothing_is_sent(visitor, queue, bucket, name, kind):
    before = list(bucket.list(keys.SUBMISSIONS))
    bad = BAD[kind]
    page = visitor.press("/jobs", **{**TYPED, name: bad})
    assert page.status == 400
    assert problems_of(page) == [name]
    if name in CHOSEN:
        assert shown(bad) in page.words[f"{name}-problem"] or not bad
        assert name not in page.fields, "no choice stands in for the one that was made"
    else:
        assert f"{name}-problem" in page.attributes[name]["aria-describedby"]
        assert page.attributes[name]["aria-invalid"] == "true"
        assert page.fields[name] == bad or page.attributes[name]["type"] == "checkbox"
    others = {other: typed for other, typed in TYPED.items() if other != name}
    assert {other: page.fields[other] for other in others} == others
    assert SCRIPT not in page.text
    assert queue.depth().empty
    assert list(bucket.list(keys.SUBMISSIONS)) == before


@pytest.mark.parametrize("kind", BAD)
def test_an_unknown_strategy_comes_back_as_it_was_chosen(visitor, queue, kind):
    page = visitor.press("/jobs", **{**TYPED, "strategy": BAD[kind]})
    assert page.status == 400
    assert problems_of(page) == ["strategy"]
    assert page.fields["strategy"] == BAD[kind]
    assert SCRIPT not in page.text
    assert queue.depth().empty


@pytest.mark.parametrize("strategy", [name for name, kind in STRATEGIES.items() if declared(kind)])
@pytest.mark.thorough
def test_every_bound_of_a_strategy_is_held_beside_its_field(visitor, queue, strategy):
    own = {name: each for name, each in declared(STRATEGIES[strategy]).items() if name not in OF_ALL}
    for name, parameter in (own or OF_ALL).items():
        for bad in beyond(parameter.kind):
            if parameter.optional and not bad:
                continue
            field, page = field_of(strategy, name), visitor.open(f"/?strategy={strategy}")
            page = visitor.post("/jobs", {**page.fields, field: bad})
            assert (page.status, problems_of(page)) == (400, [field]), bad
            expected = f"{parameter.kind}, not " if bad else "missing"
            assert expected in page.words[f"{field}-problem"]
    assert queue.depth().empty


@pytest.mark.parametrize("name", [*LESSER, "warm_up", "days", "iterations"])
def test_every_other_bound_is_held_beside_its_field_in_sight(visitor, queue, name):
    kind = Switch() if name == "warm_up" else OF_SIMULATION.get(name, LESSER.get(name)).kind
    empty_is_usual = (name in LESSER and LESSER[name].optional) or name in ("seed", "rows")
    for bad in beyond(kind):
        if bad or not empty_is_usual:
            page = visitor.send_job(**{name: bad})
            assert (page.status, problems_of(page)) == (400, [name]), bad
            assert page.unfolded == (name not in ("days", "iterations"))
            assert page.fields[name] == bad or isinstance(kind, Switch)
    assert queue.depth().empty


@pytest.mark.parametrize(
    ("typed", "name", "message"),
    [
        ({"short": "100", "long": "100"}, "sma-crossover.short", "less than long"),
        ({"short": "101", "long": "100"}, "sma-crossover.short", "less than long"),
        ({"long": "1261"}, "sma-crossover.long", "day 1,260 of 1,260"),
        ({"long": "20000", "days": "25000", "warm_up": "true"}, "warm_up", "AAPL has 3,269"),
        ({"iterations": "200000000", "rows": "true"}, "rows", "100,000,000 iterations at most"),
        ({"precision": "win_rat=1%"}, "precision", "must name a statistic that has an interval, not 'win_rat'"),
        ({"precision": "win_rate=1%", "iterations": "2000"}, "iterations", "must be at least 4,096 with a precision"),
        (
            {"precision": "return_mean_controlled=1%", "iterations": "5000", "model": "bootstrap"},
            "precision",
            "cannot be reached for return_mean_controlled",
        ),
        ({"precision": "win_rate=none"}, "precision", "must have a width above 0 for win_rate"),
        ({"symbol": "NOSUCH"}, "symbol", "NOSUCH"),
        ({"symbol": "a b"}, "symbol", "'a b'"),
        ({"start": "2005-13-01"}, "start", "Must be a day such as 2020-12-31, 1800-01-01 or later, not '2005-13-01'"),
        ({"start": "2005-06-01", "end": "2004-06-01"}, "start", "must not be after the end, 2004-06-01"),
        ({"commission_model": "per-share"}, "commission_per_share", "must be given for a commission per share"),
        ({"commission_minimum": "1"}, "commission_minimum", "is of the commission per-share: choose that"),
        ({"slippage_volatility": "0.1"}, "slippage_volatility", "is of the slippage volatility: choose that"),
        ({"stop_loss": "0.02, 0.04", "short": "5, 10", "long": "50, 60"}, "stop_loss", "too much to vary"),
        ({"end": "2999-01-01"}, "end", "must not be in the future"),
        ({"start": "2005-06-01", "years": "3"}, "years", "must be left out where the first day is given"),
        ({"years": "0"}, "years", "a whole number from 1 to 200"),
        ({"start": "2013-03-04"}, "symbol", "no prices from 2013-03-04, only from 2000-03-01 until 2013-03-01"),
        ({"source": "csv"}, "source", "sample, yfinance, fred"),
        ({"iterations": str(MAX_ITERATIONS + 1)}, "iterations", f"{MAX_ITERATIONS:,}"),
        ({"days": str(MAX_DAYS + 1)}, "days", f"{MAX_DAYS:,}"),
    ],
)
def test_values_that_do_not_go_together_or_exist_come_back_as_well(visitor, queue, typed, name, message):
    page = visitor.send_job(**typed)
    assert page.status == 400
    assert problems_of(page) == [name]
    assert message.lower() in page.words[f"{name}-problem"].lower()
    bare = {f"sma-crossover.{other}" if other in ("short", "long") else other: text for other, text in typed.items()}
    assert all(page.fields.get(other) == text for other, text in bare.items() if other != "source")
    assert queue.depth().empty


def test_all_problems_are_told_at_once(visitor):
    page = visitor.send_job(symbol="a b", short="200", days="0", commission="1")
    assert sorted(problems_of(page)) == ["commission", "days", "sma-crossover.short", "symbol"]
    assert "4 things in the form cannot be used" in page.text


@pytest.mark.parametrize("name", [name for name in TYPED if not name.endswith("shorting")])
def test_a_missing_field_is_not_filled_in_silently(visitor, queue, name):
    page = visitor.press("/jobs", **{other: typed for other, typed in TYPED.items() if other != name})
    assert page.status == 400
    assert problems_of(page) == [name]
    assert "is missing" in page.words[f"{name}-problem"].lower() or name == "symbol"
    assert queue.depth().empty


@pytest.mark.parametrize("name", ["channel", "comission", "breakout.chanel", SCRIPT])
def test_a_field_that_is_none_is_not_ignored_silently(visitor, queue, name):
    page = visitor.send_job(**{name: "30"})
    assert page.status == 400
    assert "is neither a field of the form nor a parameter of the strategy" in page.text
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
    page = visitor.send_job(symbol="A" * 500_000)
    assert page.status == 413
    assert "far larger" in page.text
    assert queue.depth().empty


# ---- what is sent ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("before", ["", "its name"])
def test_every_strategy_is_sent_with_its_parameters(visitor, bucket, strategy, before):
    wanted = {name: another(parameter) for name, parameter in declared(STRATEGIES[strategy]).items()}
    typed = {
        field_of(strategy, name) if before else name: declared(STRATEGIES[strategy])[name].written(value)
        for name, value in wanted.items()
    }
    sent = visitor.press("/jobs", **BUT_STRATEGY, strategy=strategy, **typed)
    assert sent.status == 200
    stored = json.loads(bucket.get(keys.job_key(job_id_of(sent))))
    assert stored["experiment"]["strategy"] == {"name": strategy, **wanted}


def test_only_the_chosen_strategy_counts_of_a_form_without_script(visitor, bucket):
    form = visitor.open("/").fields
    assert form["breakout.channel"] == "20", "all strategies have fields in it"
    sent = visitor.post(
        "/jobs", {**form, "strategy": "momentum", "momentum.lookback": "60", "breakout.channel": "<b>", "days": "90"}
    )
    stored = load_job(bucket, job_id_of(sent))
    assert stored.experiment.strategy.to_dict() == {
        "name": "momentum",
        "lookback": 60,
        "band": 0.0,
        "shorting": False,
    }


def test_every_rule_warm_up_seed_and_rows_are_sent(visitor, bucket):
    rules = {"capital": 5000.5, "shares": 12.0, "commission": 0.001, "slippage": 0.0, "fill": "same-close"}
    rules |= {"risk_free": -0.01}
    texts = {name: str(value) for name, value in rules.items()}
    sent = visitor.send_job(**texts, warm_up="true", seed="18446744073709551615", rows="false")
    experiment = load_job(bucket, job_id_of(sent)).experiment
    assert experiment.rules == Rules(**rules)
    assert (len(experiment.warm_up), experiment.seed, experiment.rows) == (99, 2**64 - 1, False)


def test_lesser_fields_that_are_missing_are_as_usual(visitor, bucket):
    experiment = load_job(bucket, job_id_of(visitor.send_job())).experiment
    assert experiment.rules == Rules()
    assert (experiment.warm_up, experiment.rows) == ((), True)


def test_without_a_seed_each_job_has_its_own(visitor):
    assert job_id_of(visitor.send_job()) != job_id_of(visitor.send_job())
    assert job_id_of(visitor.send_job(seed="7")) == job_id_of(visitor.send_job(seed="7"))


@pytest.mark.parametrize(
    ("days", "span"),
    [
        ({"start": "2005-06-01", "end": "2009-06-30"}, {"start": "2005-06-01", "end": "2009-06-30"}),
        ({"years": "3"}, {"start": "2010-03-02"}),
        ({}, {}),
    ],
)
def test_the_days_of_the_history_can_be_chosen(visitor, bucket, days, span):
    page = visitor.open("/")
    assert [page.attributes[name]["type"] for name in ("start", "end")] == ["date", "date"]
    job = load_job(bucket, job_id_of(visitor.send_job(**days)))
    assert job.inputs["prices"] == load_history("AAPL", "sample", **span).digest


def test_the_days_of_a_year_can_be_given_and_are_repeated(visitor, bucket):
    job = load_job(bucket, job_id_of(visitor.send_job(bars_per_year="260")))
    assert job.experiment.model.bars_per_year == 260
    assert texts_of(job, job.experiment)["bars_per_year"] == "260"


def test_stops_and_targets_are_one_field_each_and_come_back_where_the_job_is_repeated(visitor, bucket):
    page = visitor.send_job(stop_loss="0.02..0.06 step 0.02", max_holding="20", intrabar="target-first")
    sweep = load_job(bucket, job_id_of(page)).experiment
    assert dict(sweep.axes) == {"stop_loss": (0.02, 0.04, 0.06)}
    assert (sweep.strategy.max_holding, sweep.rules.intrabar) == (20, "target-first")
    fields = visitor.open(page.link("Change and repeat")).fields
    assert (fields["stop_loss"], fields["max_holding"]) == ("0.02..0.06 step 0.02", "20")
    assert not [name for name in fields if name.endswith(".stop_loss")]


def test_a_rule_of_ones_own_takes_no_stop_from_the_form():
    typed = {**TYPED, "strategy": "own-rule", "own_rule": "x = 1", "own_rule_file": "a.py", "stop_loss": "0.02"}
    assert "says itself when it leaves" in JobForm.read(typed, own_rules=True).problems["stop_loss"]


def test_how_costs_are_reckoned_is_sent_and_repeated(visitor, bucket):
    page = visitor.send_job(commission_model="per-share", commission_per_share="0.005", commission_minimum="1")
    rules = load_job(bucket, job_id_of(page)).experiment.rules
    assert (rules.commission_model, rules.commission_per_share, rules.commission_minimum) == ("per-share", 0.005, 1)
    fields = visitor.open(page.link("Change and repeat")).fields
    assert (fields["commission_model"], fields["commission_per_share"]) == ("per-share", "0.005")


# ---- the preview -----------------------------------------------------------------------------------------------------


def test_a_preview_sends_nothing_and_its_button_sends_the_very_message(visitor, queue, bucket):
    preview = visitor.send_job(preview="true", iterations="300")
    assert preview.status == 200
    assert queue.depth().empty

    sent = visitor.post("/jobs", preview.fields)
    (message,) = queue.receive(wait_seconds=1, visibility_seconds=30)
    queue.delete(message)
    assert message.body == preview.words["messages"]
    assert sent.url.endswith(f"/jobs/{json.loads(message.body)['job']}")
    assert Job.from_json(preview.words["job"]) == load_job(bucket, json.loads(message.body)["job"])
    assert all(f"<code>{value}</code>" in preview.text for value in message.attributes.values())


def test_a_preview_carries_every_choice(visitor, bucket):
    typed = {
        "strategy": "bollinger-reversion",
        "window": "30",
        "width": "1.25",
        "shorting": "true",
        "fill": "same-close",
    }
    typed |= {"warm_up": "true", "rows": "false", "shares": "3", "model": "bootstrap"}
    first = BUT_STRATEGY | typed
    preview = visitor.press("/jobs", **first, preview="true")
    sent = load_job(bucket, job_id_of(visitor.post("/jobs", preview.fields)))
    assert sent == Job.from_json(preview.words["job"])
    strategy = sent.experiment.strategy
    assert (strategy.window, strategy.width, strategy.shorting) == (30, 1.25, True)
    assert (sent.experiment.rules.shares, sent.experiment.rows, len(sent.experiment.warm_up)) == (3, False, 29)


def test_what_is_previewed_can_be_changed(visitor):
    preview = visitor.send_job(preview="true", short="7", capital="5000", shorting="true")
    assert "Change it" in preview.text
    form = visitor.post("/change", {**preview.fields, "seed": ""}).fields
    assert (form["sma-crossover.short"], form["capital"], form["sma-crossover.shorting"]) == ("7", "5000", "true")
    assert (form["seed"], form["preview"]) == ("", "false")


def test_a_previewed_job_that_has_changed_since_is_shown_again(visitor, queue):
    preview = visitor.send_job(preview="true")
    page = visitor.post("/jobs", {**preview.fields, "sma-crossover.short": "41"})
    assert page.status == 409
    assert "changed" in page.text
    assert json.loads(page.words["job"])["experiment"]["strategy"]["short"] == 41
    assert queue.depth().empty


@pytest.mark.parametrize(
    ("typed", "iterations"), [("1,000", 1000), ("1_000", 1000), ("1e3", 1000), (" 1.5e3 ", 1500), ("1000", 1000)]
)
def test_a_number_is_read_as_on_the_command_line(visitor, typed, iterations):
    page = visitor.press("/jobs", **TYPED | {"iterations": typed}, preview="true")
    assert f'"iterations": {iterations},' in page.text.replace("&#34;", '"')


@pytest.mark.parametrize("typed", ["1,5", "1.000", "\u0661\u0660\u0660\u0660", "1 000"])
def test_what_some_read_as_another_number_is_refused_there_too(visitor, typed):
    page = visitor.press("/jobs", **TYPED | {"iterations": typed}, preview="true")
    assert page.status == 400
    assert "iterations-problem" in page.words
    assert page.fields["iterations"] == typed


def test_a_capital_that_may_be_a_hundred_or_a_hundred_thousand_is_refused(visitor):
    page = visitor.press("/jobs", **TYPED | {"capital": "100.000"}, preview="true")
    assert page.status == 400
    assert "100.000 is 100 to some and 100000 to others" in page.words["capital-problem"]


def test_parameters_of_the_model_are_set_by_hand_and_come_back_where_it_is_repeated(visitor, bucket):
    page = visitor.send_job(model="bootstrap", model_values="drift=0.05, block=20", uncertainty="false")
    simulation = load_job(bucket, job_id_of(page)).experiment
    assert (simulation.model.block, simulation.model.by_hand) == (20, ("drift", "block"))
    assert simulation.model.drift == pytest.approx(0.05)
    assert not simulation.uncertainty
    assert "Drift is 0.05, set by hand; fitted to the history it is 0.312" in page.text
    fields = visitor.open(page.link("Change and repeat")).fields
    assert (fields["bootstrap.drift"], fields["bootstrap.block"]) == ("0.05", "20")
    assert fields["uncertainty"] == "false"


@pytest.mark.parametrize("name", ["student_t.degrees_of_freedom", "degrees_of_freedom"])
def test_each_parameter_of_the_model_has_a_field_of_its_own(visitor, bucket, name):
    for model, kind in MODELS.items():
        assert {f"{model}.{each}" for each in kind.settable()} <= visitor.open("/").fields.keys()
    page = visitor.send_job(model="student_t", **{name: "5", "normal.drift": "<b>"})
    model = load_job(bucket, job_id_of(page)).experiment.model
    assert (model.degrees_of_freedom, model.by_hand) == (5, ("degrees_of_freedom",))


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ("block=20", "model_values", "block cannot be set for the gbm model, which has drift, volatility"),
        ("drift", "model_values", "Must be such as drift=0.05 block=20: 'drift' has no ="),
        ("volatility=-1", "gbm.volatility", "Must be a number from 0 to 100, not -1.0"),
    ],
)
def test_parameters_that_the_model_cannot_have_are_told_beside_their_field(visitor, typed, field, message):
    page = visitor.send_job(model="gbm", model_values=typed)
    assert page.status == 400
    assert problems_of(page) == [field]
    assert message in page.words[f"{field}-problem"]


def test_a_parameter_of_the_model_that_is_told_twice_is_refused(visitor):
    page = visitor.send_job(model="gbm", model_values="drift=0.05", **{"gbm.drift": "0.06"})
    assert "drift is given twice" in page.words["model_values-problem"]
    assert page.fields["gbm.drift"] == "0.06"
