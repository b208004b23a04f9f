"""Several values in a field of the form: all combinations are compared."""

import json

import pytest

from fleet.job_store import load_job
from montecarlo.errors import ParameterError
from montecarlo.experiments.varied import values_of, written
from montecarlo.strategies import BollingerReversion, Breakout, SmaCrossover
from tests.webui.conftest import RECOMMENDED
from webui.forms.form import JobForm, texts_of
from webui.forms.own_rule import USUAL
from webui.forms.pairs import read_pairs, write_pairs

SHORT, WIDTH = SmaCrossover().parameters["short"], BollingerReversion().parameters["width"]


def sweep_of(page, bucket):
    job = load_job(bucket, page.url.rsplit("/", 1)[-1])
    assert job.experiment.kind == "sweep"
    return job


@pytest.mark.parametrize(
    ("parameter", "text", "values"),
    [
        (SHORT, "10..30 step 10", [10, 20, 30]),
        (SHORT, " 10 .. 30  step 10 ", [10, 20, 30]),
        (SHORT, "10:30:10", [10, 20, 30]),
        (SHORT, "10, 20,50", [10, 20, 50]),
        (SHORT, "5..10 step 5, 50", [5, 10, 50]),
        (WIDTH, "0.5..1.5 step .25", [0.5, 0.75, 1.0, 1.25, 1.5]),
        (WIDTH, ".5...9 step .1", [0.5, 0.6, 0.7, 0.8, 0.9]),
    ],
)
def test_a_range_is_written_in_either_way(parameter, text, values):
    assert list(values_of(parameter, text)) == values


@pytest.mark.parametrize("text", ["10..60", "10..60 step", "1..2..3 step 1", "10..30 by 5", "10 .. 30 steps 5"])
def test_what_is_no_range_is_refused_with_an_example(text):
    with pytest.raises(ParameterError, match=r"must be start:stop:step such as 5:50:5.* or 5..50 step 5, not"):
        list(values_of(SHORT, text))


@pytest.mark.parametrize(
    ("parameter", "values", "text"),
    [
        (SHORT, [10, 20, 30], "10..30 step 10"),
        (SHORT, [10, 20, 50], "10, 20, 50"),
        (SHORT, [10, 20], "10, 20"),
        (WIDTH, [0.1, 0.2, 0.3], "0.1..0.3 step 0.1"),
        (WIDTH, [1.0, 2.0, 3.0], "1..3 step 1"),
        (SmaCrossover().parameters["shorting"], [False, True], "false, true"),
    ],
)
def test_values_are_written_as_they_are_read(parameter, values, text):
    assert written(parameter, values) == text
    assert list(values_of(parameter, text)) == values


def test_ranges_make_a_sweep_and_come_back_when_it_is_repeated(visitor, bucket):
    sent = visitor.send_job(short="10..30 step 10", long="50, 100", days="200", capital="5000", warm_up="true")
    job = sweep_of(sent, bucket)
    assert dict(job.experiment.axes) == {"short": (10, 20, 30), "long": (50, 100)}
    assert (job.experiment.days, job.experiment.rules.capital) == (200, 5000)
    assert len(job.experiment.warm_up) == 99
    texts = texts_of(job, job.experiment)
    assert (texts["sma-crossover.short"], texts["sma-crossover.long"]) == ("10..30 step 10", "50, 100")
    again = JobForm.read(texts, own_rules=False)
    assert (again.problems, again.over) == ({}, {"short": [10, 20, 30], "long": [50, 100]})
    assert again.values["seed"] == job.experiment.seed
    assert visitor.send_job(short="10, 20, 20").status == 200


def test_both_ways_of_a_switch_and_all_words_of_a_choice_can_be_compared(visitor, bucket):
    job = sweep_of(visitor.send_job(short="10, 20", shorting="false, true", days="200"), bucket)
    assert dict(job.experiment.axes) == {"short": (10, 20), "shorting": (False, True)}
    typed = {name: text for name, text in RECOMMENDED.items() if name not in ("short", "long")}
    typed |= {"strategy": "breakout", "breakout.channel": "20", "breakout.direction": "long, short, both"}
    job = sweep_of(visitor.press("/jobs", **typed), bucket)
    assert isinstance(job.experiment.strategy, Breakout)
    assert dict(job.experiment.axes) == {"direction": ("both", "long", "short")}


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"short": "10..60"}, "sma-crossover.short", "such as 5:50:5"),
        ({"short": "10,,20"}, "sma-crossover.short", "a value on each side of a comma"),
        ({"short": "10, many"}, "sma-crossover.short", "must be a whole number from"),
        ({"short": "100, 200", "long": "50"}, "sma-crossover.short", "at least two combinations"),
        ({"short": "1..900 step 1", "long": "901..1000 step 1"}, "sma-crossover.short", "1,000 combinations at most"),
        ({"long": "1,250"}, "sma-crossover.long", "is 1250 to some and a list to others: write 1250 without commas"),
        ({"short": "5, 10", "long": "50, 60", "shorting": "false, true"}, "sma-crossover.shorting", "too much to vary"),
        ({"short": "5, 10", "precision": "win_rate=1%", "iterations": "5000"}, "precision", "a sweep compares all"),
        ({"short": "5, 10", "rows": "true"}, "rows", "cannot be kept where combinations are compared"),
        ({"days": "10, 20"}, "days", "must be a whole number"),
    ],
)
def test_ranges_that_cannot_be_used_come_back_beside_their_field(visitor, queue, typed, field, said):
    page = visitor.send_job(**typed)
    assert page.status == 400
    assert said.lower() in page.words[f"{field}-problem"].lower()
    bare = {f"sma-crossover.{name}" if name in ("short", "long", "shorting") else name: typed[name] for name in typed}
    assert {name: page.fields[name] for name in bare} == bare
    assert queue.depth().empty


def test_a_number_of_thousands_is_no_list(visitor, bucket):
    page = visitor.send_job(long="1,000", days="2000")
    assert load_job(bucket, page.url.rsplit("/", 1)[-1]).experiment.strategy.long == 1000


def test_a_comparison_can_be_previewed(visitor, bucket):
    preview = visitor.send_job(short="10..30 step 10", preview="true")
    assert json.loads(preview.words["job"])["experiment"]["axes"] == [["short", [10, 20, 30]]]
    sweep_of(visitor.post("/jobs", preview.fields), bucket)


def test_parameters_of_ones_own_rule_can_be_varied(visitor, bucket):
    typed = {name: text for name, text in RECOMMENDED.items() if name not in ("short", "long")}
    told = "lookback=20..60 step 20 band=0, 0.01"
    sent = visitor.press("/jobs", **typed | {"strategy": "own-rule", **USUAL, "rule_told": told, "days": "200"})
    job = sweep_of(sent, bucket)
    assert dict(job.experiment.axes) == {"lookback": (20, 40, 60), "band": (0.0, 0.01)}
    assert len(job.experiment.strategies) == 6
    texts = texts_of(job, job.experiment)
    assert texts["rule_told"] == "band=0, 0.01 lookback=20..60 step 20"
    assert read_pairs(texts["rule_told"]) == {"band": "0, 0.01", "lookback": "20..60 step 20"}


def test_pairs_are_read_as_they_are_written():
    values = {"a": "1", "b": "10..60 step 5", "c": "1, 2", "d": "it's = odd", "e": ""}
    assert read_pairs(write_pairs(values)) == values
