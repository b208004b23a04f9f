"""Training as a person asks for it."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.data.history import check_history
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.learning import libraries
from montecarlo.learning.words import sentence
from montecarlo.trained import TrainedModel
from montecarlo.trained.forecast import NEVER


@pytest.fixture(scope="module")
def trained(random_history) -> mc.Trained:
    return mc.train(random_history, name="walk", n=8, max_holding=5)


def test_a_model_says_what_it_is_and_what_it_was_trained_on(trained: mc.Trained, random_history) -> None:
    model = trained.model
    assert (model.name, model.n, model.barrier.max_holding) == ("walk", 8, 5)
    assert model.trained_on.digest == random_history.digest
    assert model.trained_on.last == random_history.bars.index[479].date()
    assert model.trained_on.unseen_from == random_history.bars.index[480].date()
    assert model.made_by.startswith("scikit-learn ")
    assert TrainedModel.from_json(model.to_json()) == model


def test_tables_have_both_sides(trained: mc.Trained) -> None:
    for table in (trained.skill, trained.reliability, trained.importance, trained.classes):
        assert table.columns[0] == "side"
        assert table["side"].unique().tolist() == ["long", "short"]
    shares = trained.classes
    assert shares["part"].tolist() == ["fit", "calibration", "test"] * 2
    np.testing.assert_allclose(shares[["target", "stop", "time"]].sum(axis=1), 1)
    assert trained.skill["days"].tolist() == [1200 - 480 - 8 - 6] * 2
    assert trained.reliability.groupby("side")["days"].sum().tolist() == trained.skill["days"].tolist()
    assert (trained.skill["auc_low"] < trained.skill["auc"]).all()


def test_on_a_random_walk_it_says_that_there_is_no_skill(trained: mc.Trained) -> None:
    assert len(trained.sentences) == 2
    for words in trained.sentences:
        assert "within error of no skill at all" in words


def test_the_threshold_is_where_trades_break_even_unless_it_is_given(trained: mc.Trained, random_history) -> None:
    seen = trained.classes.query("side == 'long' and part != 'test'")
    timed = float(np.average(seen["time"], weights=seen["days"]))
    assert trained.model.long.threshold == pytest.approx((1 - timed) / 2)
    given = mc.train(random_history, trained.settings, threshold=0.7, direction="short").model
    assert given.short.threshold == 0.7
    assert given.long is None


def test_trees_are_trained_likewise(random_history) -> None:
    found = mc.train(random_history, method="trees", n=4, max_holding=5, direction="long")
    assert len(found.model.long.classifier.roots) == 100
    assert found.model.made_by.startswith("lightgbm ")
    assert TrainedModel.from_json(found.model.to_json()) == found.model


def test_a_model_that_never_trades_says_so(random_history) -> None:
    found = mc.train(random_history, n=8, max_holding=5, threshold=0.99)
    for forecast in found.model.sides.values():
        if forecast.cut == NEVER:
            assert forecast.a == 0
    flat = [side for side, each in found.model.sides.items() if each.a == 0]
    assert [words.partition(":")[0] for words in found.warnings if "never trades" in words] == flat


@pytest.mark.parametrize(("threshold", "trades"), [(0.2, "whatever the features say"), (0.9, "hardly ever")])
def test_a_model_that_decides_alike_on_all_days_says_so(random_history, threshold: float, trades: str) -> None:
    found = mc.train(random_history, max_holding=5, threshold=threshold)
    deciding = [side for side, each in found.model.sides.items() if each.a > 0]
    assert deciding
    assert [words.partition(":")[0] for words in found.warnings if trades in words] == deciding


def test_walking_forward_trains_again_for_each_piece(random_history) -> None:
    walked = mc.walk_forward(random_history, n=4, max_holding=5, folds=4, direction="long")
    assert len(walked.trained) == 4
    for one, judged in zip(walked.trained, walked.skill.itertuples(), strict=True):
        assert pd.Timestamp(one.model.trained_on.last) < judged.judged_from
        assert judged.judged_from < judged.judged_until
    assert walked.skill["fold"].tolist() == [1, 2, 3, 4]
    assert (walked.skill["judged_from"][1:].to_numpy() > walked.skill["judged_until"][:-1].to_numpy()).all()
    mean, low, high = walked.mean("long")
    assert low < 0.5 < high
    assert mean == pytest.approx(walked.skill["auc"].mean())
    with pytest.raises(ParameterError, match="folds must be a whole number from 2 to 50"):
        mc.walk_forward(random_history, folds=1)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"method": "forest"}, "method must be one of logistic, trees"),
        ({"name": "a/b"}, "name must be 1 to 64 letters"),
        ({"windows": 3}, "windows is no setting of a training, which has name, method"),
        ({"max_holding": 200}, "share leaves .* days to train on"),
        ({"take_profit": 5}, "take_profit must tell days apart: on 0 of the .* days to train on, a long trade reaches"),
        ({"take_profit": 0.001, "stop_loss": 1}, "take_profit must tell days apart.* take a further target"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(random_history, told, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        mc.train(random_history, **told)


def test_closes_alone_cannot_be_labelled(random_history) -> None:
    closes = check_history(random_history.bars[["close"]], "TEST", "csv")
    with pytest.raises(HistoryError, match="closes only"):
        mc.train(closes)


def test_settings_are_read_as_they_were_written() -> None:
    settings = mc.Training(name="x", method="trees", threshold=0.6)
    assert mc.Training.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"auc_low": 0.49}, "within error of no skill at all, 0.5"),
        ({"auc_low": 0.51, "excess_auc_low": -0.01}, "none is shown beyond what yesterday's volatility alone tells"),
        ({"auc_low": 0.51, "excess_auc_low": 0.01}, "more than yesterday's volatility alone"),
        ({"auc_low": 0.40, "auc_high": 0.49}, "worse than chance"),
    ],
)
def test_skill_is_put_in_a_sentence(trained: mc.Trained, change, words: str) -> None:
    skill = replace(trained.model.long.skill, **{"auc_high": 0.6, **change})
    assert words in sentence("long", skill)


def test_nothing_that_trains_is_imported_before_it_is_needed() -> None:
    program = (
        "import sys, montecarlo\n"
        "print([name for name in ('sklearn', 'lightgbm', 'joblib') if name in sys.modules])\n"
        "sys.modules.update(sklearn=None, lightgbm=None)\n"
        "from montecarlo.learning import libraries\n"
        "for library in (lambda: libraries.scikit_learn('pipeline'), libraries.lightgbm):\n"
        "    try:\n"
        "        library()\n"
        "    except montecarlo.LibraryError as error:\n"
        "        print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    first, without, neither = done.stdout.splitlines()
    assert first == "[]"
    for line, name in ((without, "scikit-learn"), (neither, "LightGBM")):
        assert line.endswith(f'{name}, which is not installed; it comes with: pip install "spot-montecarlo[learning]"')


def test_a_system_without_openmp_is_told_what_to_install(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lightgbm.py").write_text('raise OSError("libgomp.so.1: cannot open shared object file")\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lightgbm", raising=False)
    with pytest.raises(mc.LibraryError, match="apt-get install libgomp1"):
        libraries.lightgbm()
