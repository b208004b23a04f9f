"""A training as an experiment: which model is chosen, by what, and what of that is luck."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.errors import DamageError, HistoryError, LibraryError, ParameterError
from montecarlo.experiments import sentence, training_tables
from montecarlo.experiments.cells import Cells
from montecarlo.experiments.given_history import GivenHistory
from montecarlo.experiments.training import TrainingGrid
from montecarlo.experiments.training_tables import STATISTICS, SUMMARY, TABLE, Cell, chosen, read, summary
from montecarlo.learning import Training, libraries, train
from montecarlo.trained import Skill, TrainedModel


@pytest.fixture(scope="module")
def aapl():
    return mc.load_history("AAPL", "sample")


@pytest.fixture(scope="module")
def grid(aapl):
    """Three models, of which one learns from trades that never reach their target."""
    over = (("take_profit", (0.02, 0.04, 9.0)),)
    settings = Training(name="aapl", direction="long", n=4)
    return TrainingGrid(history=GivenHistory.of(aapl), settings=settings, axes=over)


@pytest.fixture(scope="module")
def done(grid):
    return grid.run(0, 3)


def skill(auc, brier=0.25, brier_base=0.25):
    numbers = dict.fromkeys((each for each in training_tables.JUDGED if each != "days"), 0.5)
    return Skill(**{**numbers, "days": 100, "auc": auc, "brier": brier, "brier_base": brier_base})


def cell(validated, judged, doubts=None, **more):
    judged, validated = ({"long": skill(each, **more)} for each in (judged, validated))
    return Cell(model="{}", judged=judged, validated=validated, doubts=doubts or {})


def test_cells_add_up_alike_in_whatever_order_and_however_they_are_cut():
    parts = [Cells({0: "a"}), Cells({1: "b"}), Cells({2: "c"})]
    whole = parts[0] + parts[1] + parts[2]
    assert parts[2] + (parts[1] + parts[0]) == whole
    assert (parts[1] + parts[2] + parts[0]).to_bytes() == whole.to_bytes()
    assert whole + parts[1] == whole, "the same cell twice counts once"
    assert Cells.from_bytes(whole.to_bytes(), 3) == whole
    assert whole.units == 3


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"3": 1}', b'{"x": 1}'])
def test_cells_of_another_experiment_are_none(content):
    with pytest.raises(DamageError):
        Cells.from_bytes(content, 3)


def test_through_json_it_is_the_same_training(grid, aapl, done):
    read = TrainingGrid.from_dict(json.loads(json.dumps(grid.to_dict())))
    assert read == grid
    assert read.with_inputs({"prices": aapl.to_csv()}).to_dict() == grid.to_dict()
    assert read.results(read.partial_result(done.to_bytes()), ()) == grid.results(done, ())


def test_a_model_that_cannot_be_trained_does_not_keep_the_others_from_it(grid, done):
    files = grid.results(done, ())
    for name, content in files.items():
        grid.require_whole(name, content)
    table = read(files[TABLE])
    assert list(table["take_profit"]) == [0.02, 0.04, 9.0]
    assert "take_profit must tell days apart" in table["problem"][2]
    assert math.isnan(table["auc"][2])
    value = read(files[SUMMARY]).set_index("statistic")["value"]
    assert list(value.index) == list(STATISTICS)
    assert (value["models"], value["failed"]) == (3, 1)


def test_the_chosen_one_is_trained_on_all_days_and_chosen_on_days_that_do_not_judge(grid, done, aapl):
    """The model of the first is the one that ``train`` makes; on the days that choose it was judged without them."""
    first = grid.found(done)[0]
    alone = train(aapl, grid.cells[0])
    assert first.model == alone.model.to_json().decode()
    assert first.judged["long"] == alone.model.long.skill
    before = aapl.bars.iloc[: int(0.4 * len(aapl.bars))]
    validated = train(replace(aapl, bars=before), grid.cells[0], share=0.6)
    assert first.validated["long"] == validated.model.long.skill
    judged_from = alone.model.trained_on.unseen_from
    assert before.index[-1].date() < judged_from, "no day that judges has chosen"


def test_days_that_judge_do_not_change_the_choice(grid, done, aapl):
    """Prices after the days that train may be anything."""
    bars = aapl.bars.copy()
    later = np.arange(len(bars)) >= int(0.4 * len(bars))
    factor = np.where(later, np.exp(np.random.default_rng(1).normal(0, 0.01, len(bars)).cumsum()), 1.0)
    for name in ("open", "high", "low", "close", "adjusted_close"):
        bars[name] *= factor
    other = replace(grid, history=GivenHistory.of(replace(aapl, bars=bars)))
    found, ours = Cell.from_dict(other.run(0, 1).found[0]), grid.found(done)[0]
    assert found.validated == ours.validated
    assert found.judged != ours.judged


def test_the_choice_is_the_best_on_days_that_choose_and_its_luck_what_it_loses_more_than_all():
    cells = [cell(0.50, 0.52), cell(0.60, 0.53), cell(0.40, 0.54), Cell(problem="too few days")]
    assert chosen(cells, "auc") == 1
    value = summary(cells, 1, "auc").set_index("statistic")["value"]
    assert (value["models"], value["failed"], value["chosen"]) == (4, 1, 1)
    assert value["validation"] == pytest.approx(0.60)
    assert value["judged"] == pytest.approx(0.53)
    assert value["average_validation"] == pytest.approx(0.50)
    assert value["average_judged"] == pytest.approx(0.53)
    assert value["luck"] == pytest.approx(0.07 - (0.50 - 0.53))
    assert value["rank"] == pytest.approx(0.5)


def test_what_is_doubtful_about_the_chosen_model_is_among_its_results():
    settings = [Training(direction="long", n=n) for n in (4, 8)]
    cells = [cell(0.5, 0.5, doubts={"long": "never trades"}), cell(0.6, 0.5, doubts={"long": "always trades"})]
    cells = [Cell.from_dict(json.loads(json.dumps(each.to_dict()))) for each in cells]
    table = training_tables.table({"n": [4, 8]}, settings, cells, 1)
    read = training_tables.read(table.to_csv(index=False).encode())
    assert training_tables.doubts_of_chosen(read) == ["long: always trades"]
    sure = training_tables.table({}, settings[:1], [cell(0.5, 0.5)], 0)
    assert training_tables.doubts_of_chosen(training_tables.read(sure.to_csv(index=False).encode())) == []


def test_by_squared_error_it_is_what_gains_on_the_usual_share():
    cells = [cell(0.6, 0.6, brier=0.25, brier_base=0.25), cell(0.5, 0.5, brier=0.10, brier_base=0.11)]
    assert chosen(cells, "auc") == 0
    assert chosen(cells, "brier") == 1


def test_of_equals_the_first_is_chosen_and_of_none_none():
    assert chosen([cell(0.5, 0.4), cell(0.5, 0.6)], "auc") == 0
    assert chosen([Cell(problem="x"), Cell(problem="y")], "auc") is None
    assert chosen([Cell(problem="x")], "auc") is None


def test_of_a_single_model_nothing_is_chosen_and_no_luck_is_told(aapl):
    single = TrainingGrid(history=GivenHistory.of(aapl), settings=Training(n=4, direction="long"))
    files = single.results(single.run(0, 1), ())
    value = read(files[SUMMARY]).set_index("statistic")["value"]
    assert math.isnan(value["luck"])
    assert math.isnan(value["validation"])
    said = sentence.of_results("AAPL", single, files.__getitem__)
    assert said.startswith("Buying: on ")
    assert TrainedModel.from_json(files["model.json"]).n == 4


def test_the_sentence_names_the_choice_what_it_was_chosen_by_and_what_it_has_later(grid, done):
    files = grid.results(done, ())
    value = read(files[SUMMARY]).set_index("statistic")["value"]
    said = sentence.of_results("AAPL", grid, files.__getitem__)
    assert said.startswith("Of 3 models, take profit 0.0")
    assert f"an area under the curve of {value['validation']:.3f}; on later days it has {value['judged']:.3f}" in said


@pytest.mark.parametrize(
    ("threshold", "words"),
    [
        (0.01, " It buys on (nearly) all of these days, whatever the features say."),
        (0.99, " It does not buy on any of these days, or hardly ever."),
    ],
)
def test_it_is_said_where_the_features_decide_nothing(aapl, threshold, words):
    settings = Training(n=4, direction="long", threshold=threshold)
    always = TrainingGrid(history=GivenHistory.of(aapl), settings=settings)
    files = always.results(always.run(0, 1), ())
    assert sentence.of_results("AAPL", always, files.__getitem__).endswith(words)


@pytest.mark.parametrize(
    ("axes", "problem"),
    [
        ((("threshold", (0.5, 0.6)),), "threshold cannot have several values.*how often a model trades"),
        ((("share", (0.4, 0.5)),), "share cannot have several values.*judged on the same days"),
        ((("n", ("x",)),), "n must be a whole number"),
        ((("n", ()),), "n makes 0 models"),
        (
            (("n", tuple(range(2, 63))), ("direction", ("long", "short", "both")), ("max_holding", (5, 10))),
            "366 models",
        ),
        ((("n", (4, 8)), ("n", (4, 8))), "axes must be names, each once"),
    ],
)
def test_what_cannot_be_varied_is_refused_with_a_reason(grid, axes, problem):
    with pytest.raises(ParameterError, match=problem):
        replace(grid, axes=axes)


def test_where_nothing_trains_it_says_what_to_install_and_everything_else_works(grid, done, monkeypatch):
    def missing(module):
        raise LibraryError("training needs scikit-learn, which is not installed; it comes with: pip …")

    monkeypatch.setattr(libraries, "scikit_learn", missing)
    assert grid.lacks.startswith("training needs scikit-learn")
    assert grid.results(grid.partial_result(done.to_bytes()), ())[TABLE]
    assert grid.title == "training of aapl: 3 models by take_profit"


def test_a_single_model_that_cannot_be_trained_says_why_at_once(aapl):
    single = TrainingGrid(history=GivenHistory.of(aapl), settings=Training(take_profit=9.0))
    with pytest.raises(ParameterError, match="must tell days apart"):
        single.run(0, 1)


def test_a_history_of_closes_is_refused_before_anybody_trains(aapl):
    bars = aapl.bars.assign(open=np.nan, high=np.nan, low=np.nan)
    with pytest.raises(HistoryError):
        TrainingGrid(history=GivenHistory.of(replace(aapl, bars=bars)), settings=Training())
