"""``spotmc train`` and ``spotmc models``, and a trained model in the commands that take a strategy."""

import json

import pytest

import montecarlo as mc
from fleet import keys, markers
from fleet.inputs import at_hand
from fleet.job_store import load_job
from fleet.new_job import make_training_job
from fleet.results import result
from fleet.submit import submit
from montecarlo.errors import LibraryError
from montecarlo.learning import Training, libraries
from montecarlo.trained import TrainedModel
from spotmc.cli import main
from tests.montecarlo.any_forecast import random_model

TRAIN = ("train", "--n", "4", "--direction", "long")
FORECAST = ("--strategy", "ml-forecast", "--model-file", "model.json")
PATHS = ("--days", "60", "--iterations", "500", "--seed", "7", "--model", "bootstrap")


@pytest.fixture
def spotmc(tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder, in this process: what it left with, and what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        printed = capsys.readouterr()
        return left.value.code, printed.out, printed.err

    return run


@pytest.fixture
def model(tmp_path):
    """In a file of the folder."""
    found = random_model(5, n=4, name="any")
    (tmp_path / "model.json").write_bytes(found.to_json())
    return found


def test_a_model_is_trained_judged_and_traded(spotmc, tmp_path):
    status, out, err = spotmc(*TRAIN, "--name", "aapl", "--share", "0.9")
    assert status == 0, err
    assert {path.name for path in (tmp_path / "aapl").iterdir()} == {
        *("job.json", "training.csv", "reliability.csv", "importance.csv", "model.json", "summary.csv")
    }
    words = " ".join(out.split())
    assert "Buying: on " in words
    assert "which is within error of no skill at all" in words
    assert "the rule" in words
    assert "histories without any memory" in words, "the verdict"
    trained = TrainedModel.from_json((tmp_path / "aapl" / "model.json").read_bytes())
    model = ("--strategy", "ml-forecast", "--model-file", "aapl/model.json")
    next_command = out.splitlines()[-1].split()
    unseen = ("--start", str(trained.trained_on.unseen_from))
    assert next_command == ["spotmc", "backtest", "--symbol", "AAPL", "--source", "sample", *unseen, *model]
    status, out, err = spotmc(*next_command[1:], "--out", "bt")
    assert status == 0, err
    assert "ml-forecast of aapl" in " ".join(out.split())
    assert "was trained on" not in err
    assert {path.name for path in (tmp_path / "bt").iterdir()} == {
        *("job.json", "equity.csv", "trades.csv", "summary.csv", "model.json")
    }
    status, _, err = spotmc("backtest", *model)
    assert status == 0
    assert f"begins on {trained.trained_on.unseen_from} leaves them out (--start)" in " ".join(err.split())


def test_a_model_that_decides_nothing_is_told_beside_its_figures(spotmc):
    """By default the AAPL sample gives one that buys on all days."""
    arguments = ("train", "--n", "16", "--no-verdict")
    status, _, err = spotmc(*arguments)
    assert status == 0, err
    assert "warning: long: its probability reaches the threshold" in " ".join(err.split())
    assert "so that it trades whatever the features say" in " ".join(err.split())
    status, out, _ = spotmc(*arguments, "--json", "--overwrite")
    assert any(each.startswith("long: its probability reaches") for each in json.loads(out)["warnings"])


def test_several_settings_make_several_models_of_which_one_is_chosen(spotmc, tmp_path):
    status, out, err = spotmc(*TRAIN, "--take-profit", "0.02,0.04", "--no-verdict", "--json")
    assert status == 0, err
    told = json.loads(out)
    assert [row["take_profit"] for row in told["models"]] == [0.02, 0.04]
    assert sum(row["chosen"] for row in told["models"]) == 1
    assert told["sentence"].startswith("Of 2 models, take profit 0.0")
    assert told["verdict"] is None
    status, out, _ = spotmc(*TRAIN, "--take-profit", "0.02,0.04", "--no-verdict", "--overwrite")
    assert status == 0
    assert "AUC," in out


def test_a_trained_model_goes_through_every_command_and_lies_beside_results(spotmc, tmp_path, model):
    status, _, err = spotmc("run", *FORECAST, *PATHS, "--no-uncertainty", "--out", "run")
    assert status == 0, err
    assert (tmp_path / "run" / "model.json").read_bytes() == model.to_json()
    assert json.loads((tmp_path / "run" / "job.json").read_text())["inputs"]["model"] == model.digest
    status, out, err = spotmc("sweep", *FORECAST, *PATHS, "--set", "take_profit=0.02,0.05", "--json")
    assert status == 0, err
    assert [row["take_profit"] for row in json.loads(out)["combinations"]] == [0.02, 0.05]


@pytest.mark.parametrize("command", ["submit", "backtest", "sweep"])
def test_a_preview_shows_which_model_it_would_be(spotmc, model, command):
    more = {"submit": PATHS, "backtest": ("--submit",), "sweep": (*PATHS, "--submit", "--set", "take_profit=0.02,0.05")}
    status, out, err = spotmc(command, *FORECAST, *more[command], "--preview")
    assert status == 0, err
    assert json.loads(out)["job"]["inputs"]["model"] == model.digest


@pytest.mark.usefixtures("model")
def test_a_job_that_is_sent_takes_its_model_along(spotmc, queue, bucket, model):
    status, _, err = spotmc("backtest", *FORECAST, "--submit")
    assert status == 0, err
    assert bucket.get(f"models/{model.digest}.json") == model.to_json()
    assert queue.depth().visible == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--strategy", "ml-forecast"), "--model-file must be given for ml-forecast"),
        (("backtest", "--model-file", "model.json"), "--model-file is for --strategy ml-forecast, not for sma-"),
        (("run", "--strategy", "ml-forecast", "--model-file", "none.json"), "none.json cannot be read"),
        (("run", "--strategy", "ml-forecast", "--model-file", "note.txt"), "note.txt is no JSON"),
        (("run", *FORECAST, "--set", "short=5"), "--short is no parameter of ml-forecast"),
        (("run", *FORECAST, "--model", "student_t"), "--model student_t does not tell what prices do within a day"),
        (("train", "--n", "1"), "--n must be a whole number"),
        (("train", "--share", "0.4,0.5"), "--share cannot have several values"),
        (("train", "--take-profit", "9"), "--take-profit must tell days apart"),
        (("train", "--end", "2000-12-31"), "--share leaves 13 days to train on"),
        (("train", "--end", "2000-12-31", "--submit", "--preview"), "--share leaves 13 days to train on"),
        (("train", "--preview"), "give --submit, too"),
        (("backtest", "--submit", "--out", "x"), "`spotmc results` fetches files"),
        (("models", "keep", "x"), "give --model-file or --job"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(spotmc, tmp_path, model, arguments, message):
    del model
    (tmp_path / "note.txt").write_text("hello")
    status, _, err = spotmc(*arguments)
    assert status == 2
    line = [each for each in err.splitlines() if each.startswith("spotmc ")]
    assert len(line) == 1, err
    assert message in line[0]


def test_models_are_kept_listed_fetched_and_forgotten(spotmc, tmp_path, settings, model):
    del settings
    assert "No model is kept" in spotmc("models")[1]
    status, out, err = spotmc("models", "keep", "mine", "--model-file", "model.json")
    assert status == 0, err
    assert "Kept mine, trained on TEST" in out
    assert [each["digest"] for each in json.loads(spotmc("models", "--json")[1])] == [model.digest]
    assert "mine" in spotmc("models")[1]
    assert spotmc("models", "fetch", "mine")[0] == 0
    assert (tmp_path / "mine.json").read_bytes() == model.to_json()
    assert "is there already" in spotmc("models", "fetch", "mine")[2]
    assert spotmc("models", "forget", "mine")[0] == 0
    assert "there is no model named mine" in spotmc("models", "fetch", "mine", "--overwrite")[2]


def test_the_model_of_a_training_on_the_fleet_is_kept_and_its_results_are_fetched(
    *, spotmc, tmp_path, queue, bucket, do_job
):
    status, out, err = spotmc(*TRAIN, "--submit", "--name", "aapl", "--json")
    assert status == 0, err
    job_id = json.loads(out)["job_id"]
    job = load_job(bucket, job_id)
    do_job(at_hand(bucket, job))
    status, out, err = spotmc("models", "keep", "--job", job_id)
    assert status == 0, err
    assert "Kept aapl, trained on AAPL until " in out
    status, out, err = spotmc("results", job_id, "--out", "fetched")
    assert status == 0, err
    assert "Buying: on " in out
    assert (tmp_path / "fetched" / "model.json").read_bytes() == result(bucket, job, "model.json")


def test_without_what_trains_it_says_what_to_install(spotmc, monkeypatch):
    def missing(module):
        raise LibraryError('training needs scikit-learn; it comes with: pip install "spot-montecarlo[learning]"')

    monkeypatch.setattr(libraries, "scikit_learn", missing)
    status, _, err = spotmc(*TRAIN)
    assert status == 1
    assert 'pip install "spot-montecarlo[learning]"' in err


def test_a_training_that_no_worker_can_do_says_so_in_its_status(spotmc, queue, bucket):
    years = mc.load_history("AAPL", "sample")
    job = make_training_job(years, Training())
    submit(job, years, queue, bucket)
    markers.write_marker(bucket, keys.lacking_key(job.id), worker="w", lacks="training needs scikit-learn")
    status, out, err = spotmc("status", job.id)
    assert status == 0
    assert "queued" in out
    assert "warning: no worker that took it so far can do it: training needs scikit-learn" in err
